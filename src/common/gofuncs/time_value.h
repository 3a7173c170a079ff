// time.Time as templates see it, and Go's time layouts (spec sections 10 and 14.4).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

extern const gotemplate::Type kTime;

/// An instant with the zone that it is shown in.
struct Time {
  std::int64_t seconds = 0;  ///< since 1970
  std::int32_t nanoseconds = 0;
  std::int32_t offset = 0;  ///< seconds east of UTC
  std::string zone = "UTC";

  /// Year 1, January 1, which is how Go shows "no time".
  static Time zero();
  static Time from(std::chrono::system_clock::time_point point);
  /// The last day of months and the like need the calendar: local date and seconds of the day.
  [[nodiscard]] std::int64_t local_seconds() const { return seconds + offset; }
};

gotemplate::Value time_value(Time time);
/// The instant a duration later, shown in the same zone.
Time later(Time time, std::chrono::nanoseconds duration);
/// a - b, held within what a duration can tell (292 years).
std::chrono::nanoseconds difference(const Time& a, const Time& b);
const Time& time_of(const gotemplate::Value& value);
/// The zero time when the text is none.
gotemplate::Value time_from_rfc3339(std::string_view text);

/// time.Format.
std::string format_time(const Time& time, std::string_view layout);
/// RFC 3339 with nanoseconds, as JSON, YAML and TOML write times.
std::string format_rfc3339(const Time& time);
/// time.Parse with UTC as default zone; offset of named zones is 0. Error: Go's text.
Result<Time> parse_time(std::string_view layout, std::string_view text);
/// The same; place puts a time for which the text names no zone where it belongs.
Result<Time> parse_time(std::string_view layout, std::string_view text, const std::function<Time(Time)>& place);

inline constexpr std::string_view kRfc3339Seconds = "2006-01-02T15:04:05Z07:00";

}  // namespace leasehold::gofuncs

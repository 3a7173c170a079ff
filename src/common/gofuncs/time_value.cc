#include "time_value.h"

#include <array>
#include <memory>

#include "context.h"
#include "leasehold/base/scalars.h"
#include "time_calendar.h"
#include "time_types.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kInt;
using gotemplate::kInt64;
using gotemplate::kString;

constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::int64_t kNanosPerSecond = 1000000000;
/// 0001-01-01T00:00:00Z
constexpr std::int64_t kZeroSeconds = -62135596800;

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

Value number(std::int64_t value) { return Value::integer(value); }
Calendar calendar(Call& call) { return calendar_of(time_of(call[0])); }

Result<Value> method_format(Call& call) { return Value::string(format_time(time_of(call[0]), call.text(1))); }
Result<Value> method_string(Call& call) { return Value::string(call[0].type()->text(call[0])); }
Result<Value> method_unix(Call& call) { return Value::integer(time_of(call[0]).seconds, kInt64); }
Result<Value> method_unix_nano(Call& call) {
  const Time& time = time_of(call[0]);
  const auto nanos = static_cast<std::uint64_t>(time.seconds) * 1000000000U + static_cast<std::uint64_t>(time.nanoseconds);
  return Value::integer(static_cast<std::int64_t>(nanos), kInt64);
}
Result<Value> method_unix_milli(Call& call) {
  const Time& time = time_of(call[0]);
  return Value::integer(time.seconds * 1000 + time.nanoseconds / 1000000, kInt64);
}
Result<Value> method_unix_micro(Call& call) {
  const Time& time = time_of(call[0]);
  return Value::integer(time.seconds * 1000000 + time.nanoseconds / 1000, kInt64);
}
Result<Value> method_year(Call& call) { return number(calendar(call).year); }
Result<Value> method_month(Call& call) { return Value::integer(calendar(call).month, kMonth); }
Result<Value> method_day(Call& call) { return number(calendar(call).day); }
Result<Value> method_weekday(Call& call) { return Value::integer(calendar(call).weekday, kWeekday); }
Result<Value> method_year_day(Call& call) { return number(calendar(call).year_day); }
Result<Value> method_hour(Call& call) { return number(calendar(call).hour); }
Result<Value> method_minute(Call& call) { return number(calendar(call).minute); }
Result<Value> method_second(Call& call) { return number(calendar(call).second); }
Result<Value> method_nanosecond(Call& call) { return number(time_of(call[0]).nanoseconds); }
Result<Value> method_is_zero(Call& call) {
  const Time& time = time_of(call[0]);
  return Value::boolean(time.seconds == kZeroSeconds && time.nanoseconds == 0);
}

int order(Call& call) {
  const Time& a = time_of(call[0]);
  const Time& b = time_of(call[1]);
  if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
  if (a.nanoseconds != b.nanoseconds) return a.nanoseconds < b.nanoseconds ? -1 : 1;
  return 0;
}

Result<Value> method_before(Call& call) { return Value::boolean(order(call) < 0); }
Result<Value> method_after(Call& call) { return Value::boolean(order(call) > 0); }
Result<Value> method_equal(Call& call) { return Value::boolean(order(call) == 0); }

Result<Value> method_compare(Call& call) { return Value::integer(order(call)); }

Result<Value> method_sub(Call& call) { return duration_value(difference(time_of(call[0]), time_of(call[1]))); }
Result<Value> method_add(Call& call) { return time_value(later(time_of(call[0]), duration_of(call[1]))); }

/// What is left over a multiple of unit, counted from year 1 as Go does.
std::chrono::nanoseconds rest_of(const Time& time, std::chrono::nanoseconds unit) {
  const __int128 since = static_cast<__int128>(time.seconds - kZeroSeconds) * kNanosPerSecond + time.nanoseconds;
  const __int128 rest = since % unit.count();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(rest < 0 ? rest + unit.count() : rest));
}

Result<Value> method_truncate(Call& call) {
  const std::chrono::nanoseconds unit = duration_of(call[1]);
  if (unit.count() <= 0) return call[0];
  return time_value(later(time_of(call[0]), -rest_of(time_of(call[0]), unit)));
}

Result<Value> method_round(Call& call) {
  const std::chrono::nanoseconds unit = duration_of(call[1]);
  if (unit.count() <= 0) return call[0];
  const std::chrono::nanoseconds rest = rest_of(time_of(call[0]), unit);
  return time_value(later(time_of(call[0]), rest < unit - rest ? -rest : unit - rest));
}

Result<Value> method_utc(Call& call) {
  Time time = time_of(call[0]);
  time.offset = 0;
  time.zone = "UTC";
  return time_value(std::move(time));
}

Result<Value> method_add_date(Call& call) {
  Time time = time_of(call[0]);
  Calendar date = calendar_of(time);
  constexpr std::int64_t kLimit = 1000000;
  for (std::size_t index = 1; index <= 3; ++index) {
    if (call.integer(index) > kLimit || call.integer(index) < -kLimit) return invalid("date out of range");
  }
  date.year += static_cast<int>(call.integer(1));
  date.month += static_cast<int>(call.integer(2));
  date.day += static_cast<int>(call.integer(3));
  time.seconds = seconds_of(date) - time.offset;
  return time_value(std::move(time));
}

std::string time_text(const Value& value) {
  return format_time(time_of(value), "2006-01-02 15:04:05.999999999 -0700 MST");
}


// clang-format off
constexpr Function kTimeMethods[] = {
    {"Format",     types<kString>,          false, &method_format,     "text by a Go layout"},
    {"String",     {},                      false, &method_string,     "date, time and zone"},
    {"Unix",       {},                      false, &method_unix,       "seconds since 1970"},
    {"UnixNano",   {},                      false, &method_unix_nano,  "nanoseconds since 1970"},
    {"UnixMilli",  {},                      false, &method_unix_milli, "milliseconds since 1970"},
    {"UnixMicro",  {},                      false, &method_unix_micro, "microseconds since 1970"},
    {"Year",       {},                      false, &method_year,       ""},
    {"Month",      {},                      false, &method_month,      "name of the month"},
    {"Day",        {},                      false, &method_day,        ""},
    {"Weekday",    {},                      false, &method_weekday,    "name of the day"},
    {"YearDay",    {},                      false, &method_year_day,   ""},
    {"Hour",       {},                      false, &method_hour,       ""},
    {"Minute",     {},                      false, &method_minute,     ""},
    {"Second",     {},                      false, &method_second,     ""},
    {"Nanosecond", {},                      false, &method_nanosecond, ""},
    {"IsZero",     {},                      false, &method_is_zero,    ""},
    {"Before",     types<kTime>,            false, &method_before,     ""},
    {"After",      types<kTime>,            false, &method_after,      ""},
    {"Equal",      types<kTime>,            false, &method_equal,      ""},
    {"Compare",    types<kTime>,            false, &method_compare,    "-1, 0 or 1"},
    {"Sub",        types<kTime>,            false, &method_sub,        "the duration since another time"},
    {"Add",        types<kDuration>,        false, &method_add,        "a duration later"},
    {"Truncate",   types<kDuration>,        false, &method_truncate,   "rounded down to a multiple of a duration"},
    {"Round",      types<kDuration>,        false, &method_round,      "rounded to a multiple of a duration"},
    {"AddDate",    types<kInt, kInt, kInt>, false, &method_add_date,   "years, months and days later"},
    {"UTC",        {},                      false, &method_utc,        ""},
    {"Local",      {},                      false, &method_utc,        ""},
    {.name = "Date",    .refusal = "function Date has 3 return values; should be 1 or 2"},
    {.name = "Clock",   .refusal = "function Clock has 3 return values; should be 1 or 2"},
    {.name = "ISOWeek", .refusal = "invalid function signature for ISOWeek: second return value should be error; is int"},
    {.name = "ZoneBounds", .refusal = "invalid function signature for ZoneBounds: second return value should be error; is time.Time"},
    {.name = "Zone",    .refusal = "invalid function signature for Zone: second return value should be error; is int"},
};
// clang-format on

}  // namespace

constinit const gotemplate::Type kTime{
    .kind = Kind::Struct, .name = "time.Time", .methods = kTimeMethods, .text = &time_text};

Time Time::zero() {
  Time time;
  time.seconds = kZeroSeconds;
  return time;
}

Time Time::from(std::chrono::system_clock::time_point point) {
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(point.time_since_epoch());
  const auto whole = std::chrono::floor<std::chrono::seconds>(nanos);
  Time time;
  time.seconds = whole.count();
  time.nanoseconds = static_cast<std::int32_t>((nanos - whole).count());
  return time;
}

Time later(Time time, std::chrono::nanoseconds duration) {
  const std::int64_t total = time.nanoseconds + duration.count() % kNanosPerSecond;
  time.seconds += duration.count() / kNanosPerSecond;
  time.seconds += total < 0 ? -1 : total / kNanosPerSecond;
  time.nanoseconds = static_cast<std::int32_t>(total < 0 ? total + kNanosPerSecond : total % kNanosPerSecond);
  return time;
}

std::chrono::nanoseconds difference(const Time& a, const Time& b) {
  const __int128 nanos = static_cast<__int128>(a.seconds - b.seconds) * kNanosPerSecond + a.nanoseconds - b.nanoseconds;
  if (nanos > std::chrono::nanoseconds::max().count()) return std::chrono::nanoseconds::max();
  if (nanos < std::chrono::nanoseconds::min().count()) return std::chrono::nanoseconds::min();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(nanos));
}

Value time_value(Time time) { return Value::native(kTime, std::make_shared<Time>(std::move(time))); }

const Time& time_of(const Value& value) { return value.as<Time>(); }

Value time_from_rfc3339(std::string_view text) {
  // Our Time keeps years that a system_clock in nanoseconds cannot, hence the layout parser.
  auto time = parse_time(kRfc3339Seconds, text);
  return time_value(time ? *std::move(time) : Time::zero());
}

Calendar calendar_of(const Time& time) {
  const std::int64_t local = time.local_seconds();
  std::int64_t days = local / kSecondsPerDay;
  std::int64_t rest = local % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  const std::chrono::sys_days day{std::chrono::days(days)};
  const std::chrono::year_month_day date(day);
  const std::chrono::sys_days first{std::chrono::year_month_day(date.year(), std::chrono::January, std::chrono::day(1))};
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .weekday = static_cast<int>(std::chrono::weekday(day).c_encoding()),
          .year_day = static_cast<int>((day - first).count()) + 1,
          .hour = static_cast<int>(rest / 3600),
          .minute = static_cast<int>(rest / 60 % 60),
          .second = static_cast<int>(rest % 60)};
}

std::int64_t seconds_of(const Calendar& date) {
  int year = date.year;
  int month = date.month - 1;
  year += month / 12;
  month %= 12;
  if (month < 0) {
    month += 12;
    --year;
  }
  // std::chrono::year ends at 32767; whole cycles of 400 years are exact and taken out before.
  constexpr std::int64_t kDaysPerCycle = 146097;
  const int cycles = year / 400;
  const std::chrono::sys_days first{std::chrono::year(year - cycles * 400) /
                                    std::chrono::month(static_cast<unsigned>(month + 1)) / 1};
  const std::int64_t days = first.time_since_epoch().count() + cycles * kDaysPerCycle + date.day - 1;
  return days * kSecondsPerDay + date.hour * 3600 + date.minute * 60 + date.second;
}

std::string_view month_name(int month) { return kMonths.at(static_cast<std::size_t>(month - 1)); }
std::string_view weekday_name(int weekday) { return kWeekdays.at(static_cast<std::size_t>(weekday)); }

}  // namespace leasehold::gofuncs

// Sprig's dates (spec 12.7), those that Vault 2 leaves out included (12.9).
#include <chrono>
#include <cstdlib>
#include <string>

#include "context.h"
#include "leasehold/base/scalars.h"
#include "time_value.h"
#include "zone.h"

namespace leasehold::gofuncs {

namespace {

using std::chrono::nanoseconds;
using gotemplate::kAny;
using gotemplate::kString;

constexpr std::int64_t kNanosPerSecond = 1000000000;

Zone local_zone(Call& call) { return Zone::load(context_of(call).host().time_zone).value_or(Zone()); }

Time now(Call& call) { return local_zone(call).show(Time::from(context_of(call).now())); }

/// What a date argument means: an instant, epoch seconds, anything else is now.
Time instant(Call& call, const Value& value) {
  if (value.is(kTime)) return time_of(value);
  if (value.kind() == Kind::Int) {
    Time time;
    time.seconds = value.as_int();
    return time;
  }
  return now(call);
}

/// to_date and its strict twin read times without a zone in the local one.
Result<Time> parse_local(Call& call) {
  return parse_time(call.text(0), call.text(1), [&call](Time time) { return local_zone(call).from_local(std::move(time)); });
}

Result<Value> to_date(Call& call) {
  auto time = parse_local(call);
  return time_value(time ? *std::move(time) : Time::zero());
}

Result<Value> must_to_date(Call& call) {
  auto time = parse_local(call);
  if (!time) return time.error();
  return time_value(*std::move(time));
}

Result<Value> must_modify(Call& call) {
  auto duration = parse_duration(call.text(0));
  if (!duration) return duration.error();
  return time_value(later(time_of(call[1]), *duration));
}

Result<Value> modify(Call& call) {
  auto duration = parse_duration(call.text(0));
  return duration ? time_value(later(time_of(call[1]), *duration)) : call[1];
}

Result<Value> unix_epoch(Call& call) { return Value::string(std::to_string(time_of(call[0]).seconds)); }

// As Go's Time.Sub: what does not fit becomes the longest duration.
nanoseconds age(Call& call, const Time& then) {
  const Time present = now(call);
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  const bool overflows = __builtin_sub_overflow(present.seconds, then.seconds, &seconds) ||
                         __builtin_mul_overflow(seconds, kNanosPerSecond, &nanos) ||
                         __builtin_add_overflow(nanos, std::int64_t{present.nanoseconds} - then.nanoseconds, &nanos);
  if (!overflows) return nanoseconds(nanos);
  return present.seconds < then.seconds ? nanoseconds::min() : nanoseconds::max();
}

// To whole seconds; near the longest duration, where there is no room for it, not at all.
nanoseconds rounded(nanoseconds duration) {
  constexpr nanoseconds kRoom = std::chrono::seconds(1);
  if (duration > nanoseconds::max() - kRoom || duration < nanoseconds::min() + kRoom) return duration;
  return std::chrono::round<std::chrono::seconds>(duration);
}

Result<Value> ago(Call& call) {
  return Value::string(format_duration(rounded(age(call, instant(call, call[0])))));
}

Result<Value> duration(Call& call) {
  std::int64_t seconds = 0;
  if (call[0].is(kString)) {
    if (auto number = parse_int(call.text(0))) seconds = *number;
  } else if (call[0].is(gotemplate::kInt64)) {
    seconds = call[0].as_int();
  }
  const auto nanos = static_cast<std::uint64_t>(seconds) * static_cast<std::uint64_t>(kNanosPerSecond);
  return Value::string(format_duration(nanoseconds(static_cast<std::int64_t>(nanos))));
}

Result<Value> duration_round(Call& call) {
  nanoseconds length{0};
  if (call[0].is(kString)) {
    if (auto parsed = parse_duration(call.text(0))) length = *parsed;
  } else if (call[0].is(gotemplate::kInt64)) {
    length = nanoseconds(call[0].as_int());
  } else if (call[0].is(kTime)) {
    length = age(call, time_of(call[0]));
  }
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  static constexpr std::int64_t kDay = 86400;
  static constexpr Unit kUnits[] = {{kDay * 365, "y"}, {kDay * 30, "mo"}, {kDay, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
  const auto nanos = static_cast<std::uint64_t>(length.count() < 0 ? -length.count() : length.count());
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.seconds * kNanosPerSecond);
    if (nanos > size) return Value::string(std::to_string(nanos / size) + std::string(unit.name));
  }
  return Value::string("0s");
}

Value shown(Time time, std::string_view zone, std::string_view layout) {
  return Value::string(format_time(Zone::load(zone).value_or(Zone()).show(std::move(time)), layout));
}

constexpr std::string_view kDay = "2006-01-02";

Result<Value> date(Call& call) {
  return shown(instant(call, call[1]), context_of(call).host().time_zone, call.text(0));
}
Result<Value> date_in_zone(Call& call) { return shown(instant(call, call[1]), call.text(2), call.text(0)); }
Result<Value> html_date(Call& call) {
  return shown(instant(call, call[0]), context_of(call).host().time_zone, kDay);
}
Result<Value> html_date_in_zone(Call& call) { return shown(instant(call, call[0]), call.text(1), kDay); }
Result<Value> current(Call& call) { return time_value(now(call)); }

// clang-format off
constexpr Function kSprigDates[] = {
    {"sprig_toDate",           types<kString, kString>,       false, &to_date,           "an instant of a text, zero if it is wrong"},
    {"sprig_mustToDate",       types<kString, kString>,       false, &must_to_date,      "an instant of a text"},
    {"sprig_mustDateModify",   types<kString, kTime>,         false, &must_modify,       "a duration later"},
    {"sprig_must_date_modify", types<kString, kTime>,         false, &must_modify,       "a duration later"},
    {"sprig_unixEpoch",        types<kTime>,                  false, &unix_epoch,        "seconds since 1970"},
    {"sprig_ago",              types<kAny>,                   false, &ago,               "how long ago"},
    {"sprig_duration",         types<kAny>,                   false, &duration,          "seconds as a Go duration"},
    {"sprig_durationRound",    types<kAny>,                   false, &duration_round,    "a duration in its largest unit"},
};

// They ask the clock or take its zone for granted: not in the hermetic set.
constexpr Function kSprigClock[] = {
    {"sprig_now",              {},                            false, &current,           "now"},
    {"sprig_date",             types<kString, kAny>,          false, &date,              "text by a Go layout"},
    {"sprig_dateInZone",       types<kString, kAny, kString>, false, &date_in_zone,      "the same in a zone"},
    {"sprig_date_in_zone",     types<kString, kAny, kString>, false, &date_in_zone,      "the same in a zone"},
    {"sprig_dateModify",       types<kString, kTime>,         false, &modify,            "a duration later, unchanged if it is wrong"},
    {"sprig_date_modify",      types<kString, kTime>,         false, &modify,            "a duration later, unchanged if it is wrong"},
    {"sprig_htmlDate",         types<kAny>,                   false, &html_date,         "year, month and day"},
    {"sprig_htmlDateInZone",   types<kAny, kString>,          false, &html_date_in_zone, "the same in a zone"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_dates() { return kSprigDates; }
std::span<const Function> sprig_clock() { return kSprigClock; }

}  // namespace leasehold::gofuncs

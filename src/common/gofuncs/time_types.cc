#include "time_types.h"

#include <limits>

#include "context.h"
#include "leasehold/base/scalars.h"
#include "time_calendar.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kInt64;
using std::chrono::nanoseconds;

constexpr double kNanosPerSecond = 1e9;

std::string month_text(const Value& value) {
  const std::int64_t month = value.as_int();
  if (month < 1 || month > 12) return "%!Month(" + std::to_string(month) + ")";
  return std::string(month_name(static_cast<int>(month)));
}

std::string weekday_text(const Value& value) {
  const std::int64_t day = value.as_int();
  if (day < 0 || day > 6) return "%!Weekday(" + std::to_string(day) + ")";
  return std::string(weekday_name(static_cast<int>(day)));
}

std::string duration_text(const Value& value) { return format_duration(duration_of(value)); }

Result<Value> method_text(Call& call) { return Value::string(call[0].type()->text(call[0])); }

template <int Seconds>
Result<Value> method_in_units(Call& call) {
  return Value::floating(static_cast<double>(duration_of(call[0]).count()) / kNanosPerSecond / Seconds);
}

template <std::int64_t Nanoseconds>
Result<Value> method_count(Call& call) {
  return Value::integer(duration_of(call[0]).count() / Nanoseconds, kInt64);
}

Result<Value> method_truncate(Call& call) {
  return duration_value(truncated(duration_of(call[0]), nanoseconds(call.integer(1))));
}

Result<Value> method_round(Call& call) {
  return duration_value(rounded(duration_of(call[0]), nanoseconds(call.integer(1))));
}

Result<Value> method_abs(Call& call) {
  const std::int64_t count = duration_of(call[0]).count();
  if (count == std::numeric_limits<std::int64_t>::min()) return duration_value(nanoseconds::max());
  return duration_value(nanoseconds(count < 0 ? -count : count));
}

constexpr Function kNameMethods[] = {{.name = "String", .parameters = {}, .call = &method_text, .help = "the name"}};

// clang-format off
constexpr Function kDurationMethods[] = {
    {"String",       {},               false, &method_text,           "as `1h2m3.5s`"},
    {"Hours",        {},               false, &method_in_units<3600>, ""},
    {"Minutes",      {},               false, &method_in_units<60>,   ""},
    {"Seconds",      {},               false, &method_in_units<1>,    ""},
    {"Milliseconds", {},               false, &method_count<1000000>, ""},
    {"Microseconds", {},               false, &method_count<1000>,    ""},
    {"Nanoseconds",  {},               false, &method_count<1>,       ""},
    {"Truncate",     types<kDuration>, false, &method_truncate,       "a whole multiple of another duration"},
    {"Round",        types<kDuration>, false, &method_round,          "the nearest multiple of another duration"},
    {"Abs",          {},               false, &method_abs,            "without its sign"},
};
// clang-format on

}  // namespace

constinit const gotemplate::Type kMonth{
    .kind = Kind::Int, .name = "time.Month", .methods = kNameMethods, .text = &month_text};
constinit const gotemplate::Type kWeekday{
    .kind = Kind::Int, .name = "time.Weekday", .methods = kNameMethods, .text = &weekday_text};
constinit const gotemplate::Type kDuration{
    .kind = Kind::Int, .name = "time.Duration", .methods = kDurationMethods, .text = &duration_text};

Value duration_value(nanoseconds duration) { return Value::integer(duration.count(), kDuration); }

nanoseconds duration_of(const Value& value) { return nanoseconds(value.as_int()); }

nanoseconds truncated(nanoseconds duration, nanoseconds unit) {
  return unit.count() <= 0 ? duration : duration - duration % unit;
}

nanoseconds rounded(nanoseconds duration, nanoseconds unit) {
  if (unit.count() <= 0) return duration;
  const nanoseconds rest = duration % unit;
  const std::int64_t size = rest.count() < 0 ? -rest.count() : rest.count();
  const nanoseconds low = duration - rest;
  if (size < unit.count() - size) return low;
  const bool fits = rest.count() < 0 ? low >= nanoseconds::min() + unit : low <= nanoseconds::max() - unit;
  if (!fits) return rest.count() < 0 ? nanoseconds::min() : nanoseconds::max();
  return rest.count() < 0 ? low - unit : low + unit;
}

}  // namespace leasehold::gofuncs

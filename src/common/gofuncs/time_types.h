// Go's time.Month, time.Weekday and time.Duration: whole numbers that print as text. Truth: spec
// "templates" section 10; golden/templates sprig_dates_semver.
#pragma once

#include <chrono>

#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

extern const gotemplate::Type kMonth, kWeekday, kDuration;

gotemplate::Value duration_value(std::chrono::nanoseconds duration);
/// REQUIRES: value is a kDuration.
std::chrono::nanoseconds duration_of(const gotemplate::Value& value);
/// Rounded down towards zero, or half away from zero, to a multiple of unit; unit <= 0 changes nothing.
std::chrono::nanoseconds truncated(std::chrono::nanoseconds duration, std::chrono::nanoseconds unit);
std::chrono::nanoseconds rounded(std::chrono::nanoseconds duration, std::chrono::nanoseconds unit);

}  // namespace leasehold::gofuncs

// Calendar arithmetic on Time.
#pragma once

#include <string_view>

#include "time_value.h"

namespace leasehold::gofuncs {

struct Calendar {
  int year = 1;
  int month = 1;    ///< 1 to 12
  int day = 1;      ///< 1 to 31
  int weekday = 0;  ///< 0 is Sunday
  int year_day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

/// Date and time of day in the zone of time.
Calendar calendar_of(const Time& time);
/// Seconds since 1970 of a date in UTC; months and days may be out of range and then carry over.
std::int64_t seconds_of(const Calendar& date);
std::string_view month_name(int month);
std::string_view weekday_name(int weekday);

}  // namespace leasehold::gofuncs

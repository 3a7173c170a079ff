// Splits a Go time layout into elements (spec 14.4).
#pragma once

#include <string_view>

namespace leasehold::gofuncs {

enum class Element {
  End,
  LongMonth,
  Month,
  NumericMonth,
  ZeroMonth,
  LongWeekday,
  Weekday,
  Day,
  PaddedDay,
  ZeroDay,
  PaddedYearDay,
  ZeroYearDay,
  Hour,
  Hour12,
  ZeroHour12,
  Minute,
  ZeroMinute,
  Second,
  ZeroSecond,
  LongYear,
  Year,
  UpperPm,
  LowerPm,
  ZoneName,
  IsoZone,              ///< Z0700
  IsoColonZone,         ///< Z07:00
  IsoShortZone,         ///< Z07
  IsoSecondsZone,       ///< Z070000
  IsoColonSecondsZone,  ///< Z07:00:00
  Zone,                 ///< -0700
  ColonZone,            ///< -07:00
  ShortZone,            ///< -07
  SecondsZone,          ///< -070000
  ColonSecondsZone,     ///< -07:00:00
  FixedFraction,        ///< .000
  TrimmedFraction,      ///< .999
};

struct LayoutPart {
  std::string_view literal;  ///< before the element
  Element element = Element::End;
  std::string_view text;  ///< the element as written
  std::string_view rest;
};

/// The first element of layout. When there is none, literal is all of it.
LayoutPart next_part(std::string_view layout);

}  // namespace leasehold::gofuncs

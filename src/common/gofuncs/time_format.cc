// Instants as text, by layout.
#include <array>
#include <chrono>
#include <cstdlib>

#include "layout.h"
#include "time_calendar.h"
#include "time_value.h"

namespace leasehold::gofuncs {

namespace {

std::string padded(std::int64_t number, std::size_t width, char fill = '0') {
  const bool negative = number < 0;
  std::string text = std::to_string(negative ? -number : number);
  if (text.size() < width) text.insert(0, width - text.size(), fill);
  return (negative ? "-" : "") + text;
}

struct ZoneStyle {
  bool iso;  ///< Z for UTC
  bool colon;
  bool minutes;
  bool seconds;
};

std::string zone_text(std::int32_t offset, ZoneStyle style) {
  if (style.iso && offset == 0) return "Z";
  const std::int32_t size = std::abs(offset);
  std::string text = offset < 0 ? "-" : "+";
  text += padded(size / 3600, 2);
  if (style.minutes) text += (style.colon ? ":" : "") + padded(size / 60 % 60, 2);
  if (style.seconds) text += (style.colon ? ":" : "") + padded(size % 60, 2);
  return text;
}

ZoneStyle zone_style(Element element) {
  switch (element) {
    case Element::IsoZone:
      return {.iso = true, .colon = false, .minutes = true, .seconds = false};
    case Element::IsoColonZone:
      return {.iso = true, .colon = true, .minutes = true, .seconds = false};
    case Element::IsoShortZone:
      return {.iso = true, .colon = false, .minutes = false, .seconds = false};
    case Element::IsoSecondsZone:
      return {.iso = true, .colon = false, .minutes = true, .seconds = true};
    case Element::IsoColonSecondsZone:
      return {.iso = true, .colon = true, .minutes = true, .seconds = true};
    case Element::Zone:
      return {.iso = false, .colon = false, .minutes = true, .seconds = false};
    case Element::ColonZone:
      return {.iso = false, .colon = true, .minutes = true, .seconds = false};
    case Element::ShortZone:
      return {.iso = false, .colon = false, .minutes = false, .seconds = false};
    case Element::SecondsZone:
      return {.iso = false, .colon = false, .minutes = true, .seconds = true};
    default:
      return {.iso = false, .colon = true, .minutes = true, .seconds = true};
  }
}

std::string fraction_text(std::int32_t nanoseconds, std::string_view element, bool trim) {
  std::string digits = padded(nanoseconds, 9).substr(0, std::min<std::size_t>(element.size() - 1, 9));
  if (trim) {
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.empty()) return {};
  }
  return element[0] + digits;
}

std::string zone_name(const Time& time) {
  if (!time.zone.empty()) return time.zone;
  return zone_text(time.offset, {.iso = false, .colon = false, .minutes = true, .seconds = false});
}

std::string element_text(const Time& time, const Calendar& date, const LayoutPart& part) {
  const int hour12 = date.hour % 12 == 0 ? 12 : date.hour % 12;
  switch (part.element) {
    case Element::LongMonth:
      return std::string(month_name(date.month));
    case Element::Month:
      return std::string(month_name(date.month).substr(0, 3));
    case Element::NumericMonth:
      return padded(date.month, 1);
    case Element::ZeroMonth:
      return padded(date.month, 2);
    case Element::LongWeekday:
      return std::string(weekday_name(date.weekday));
    case Element::Weekday:
      return std::string(weekday_name(date.weekday).substr(0, 3));
    case Element::Day:
      return padded(date.day, 1);
    case Element::PaddedDay:
      return padded(date.day, 2, ' ');
    case Element::ZeroDay:
      return padded(date.day, 2);
    case Element::PaddedYearDay:
      return padded(date.year_day, 3, ' ');
    case Element::ZeroYearDay:
      return padded(date.year_day, 3);
    case Element::Hour:
      return padded(date.hour, 2);
    case Element::Hour12:
      return padded(hour12, 1);
    case Element::ZeroHour12:
      return padded(hour12, 2);
    case Element::Minute:
      return padded(date.minute, 1);
    case Element::ZeroMinute:
      return padded(date.minute, 2);
    case Element::Second:
      return padded(date.second, 1);
    case Element::ZeroSecond:
      return padded(date.second, 2);
    case Element::LongYear:
      return padded(date.year, 4);
    case Element::Year:
      return padded(std::abs(date.year % 100), 2);
    case Element::UpperPm:
      return date.hour >= 12 ? "PM" : "AM";
    case Element::LowerPm:
      return date.hour >= 12 ? "pm" : "am";
    case Element::ZoneName:
      return zone_name(time);
    case Element::FixedFraction:
    case Element::TrimmedFraction:
      return fraction_text(time.nanoseconds, part.text, part.element == Element::TrimmedFraction);
    case Element::End:
      return {};
    default:
      return zone_text(time.offset, zone_style(part.element));
  }
}

}  // namespace

std::string format_time(const Time& time, std::string_view layout) {
  const Calendar date = calendar_of(time);
  std::string out;
  for (LayoutPart part = next_part(layout);; part = next_part(part.rest)) {
    out += part.literal;
    if (part.element == Element::End) return out;
    out += element_text(time, date, part);
  }
}

std::string format_rfc3339(const Time& time) { return format_time(time, "2006-01-02T15:04:05.999999999Z07:00"); }

}  // namespace leasehold::gofuncs

#include "layout.h"

#include <iterator>

namespace leasehold::gofuncs {

namespace {

struct Name {
  std::string_view text;
  Element element;
};

// Longer ones first where one begins another.
constexpr Name kNames[] = {
    {"January", Element::LongMonth},
    {"Jan", Element::Month},
    {"Monday", Element::LongWeekday},
    {"Mon", Element::Weekday},
    {"MST", Element::ZoneName},
    {"002", Element::ZeroYearDay},
    {"01", Element::ZeroMonth},
    {"02", Element::ZeroDay},
    {"03", Element::ZeroHour12},
    {"04", Element::ZeroMinute},
    {"05", Element::ZeroSecond},
    {"06", Element::Year},
    {"15", Element::Hour},
    {"2006", Element::LongYear},
    {"__2", Element::PaddedYearDay},
    {"_2", Element::PaddedDay},
    {"1", Element::NumericMonth},
    {"2", Element::Day},
    {"3", Element::Hour12},
    {"4", Element::Minute},
    {"5", Element::Second},
    {"PM", Element::UpperPm},
    {"pm", Element::LowerPm},
    {"-070000", Element::SecondsZone},
    {"-07:00:00", Element::ColonSecondsZone},
    {"-0700", Element::Zone},
    {"-07:00", Element::ColonZone},
    {"-07", Element::ShortZone},
    {"Z070000", Element::IsoSecondsZone},
    {"Z07:00:00", Element::IsoColonSecondsZone},
    {"Z0700", Element::IsoZone},
    {"Z07:00", Element::IsoColonZone},
    {"Z07", Element::IsoShortZone},
};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A run of 0 or 9 after a point or comma, not followed by another digit.
std::size_t fraction_size(std::string_view text) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || (text[1] != '0' && text[1] != '9')) return 0;
  std::size_t size = 2;
  while (size < text.size() && text[size] == text[1]) ++size;
  return size < text.size() && is_digit(text[size]) ? 0 : size;
}

const Name* name_at(std::string_view text) {
  for (const Name& name : kNames) {
    if (!text.starts_with(name.text)) continue;
    const bool short_name = name.element == Element::Month || name.element == Element::Weekday;
    if (short_name && text.size() > 3 && is_lower(text[3])) continue;
    // "_2006" is an underscore and a year.
    if (name.element == Element::PaddedDay && text.starts_with("_2006")) continue;
    return &name;
  }
  return nullptr;
}

}  // namespace

LayoutPart next_part(std::string_view layout) {
  for (std::size_t index = 0; index < layout.size(); ++index) {
    const std::string_view here = layout.substr(index);
    if (const std::size_t size = fraction_size(here); size > 0) {
      return {.literal = layout.substr(0, index),
              .element = here[1] == '0' ? Element::FixedFraction : Element::TrimmedFraction,
              .text = here.substr(0, size),
              .rest = here.substr(size)};
    }
    if (const Name* name = name_at(here); name != nullptr) {
      return {.literal = layout.substr(0, index),
              .element = name->element,
              .text = here.substr(0, name->text.size()),
              .rest = here.substr(name->text.size())};
    }
  }
  return {.literal = layout, .element = Element::End, .text = {}, .rest = {}};
}

}  // namespace leasehold::gofuncs

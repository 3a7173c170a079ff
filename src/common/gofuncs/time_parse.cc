// Text as instants, by layout.
#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <optional>

#include "layout.h"
#include "leasehold/base/text.h"
#include "time_calendar.h"
#include "time_value.h"

namespace leasehold::gofuncs {

namespace {

bool is_digit(std::string_view text, std::size_t index) {
  return index < text.size() && text[index] >= '0' && text[index] <= '9';
}

/// What the elements read so far say.
struct Fields {
  int year = 0;
  int month = -1;
  int day = -1;
  int year_day = -1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int32_t nanoseconds = 0;
  bool pm = false;
  bool am = false;
  std::optional<std::int32_t> offset;
  std::string zone_name;
  bool utc = false;
};

class TimeParser {
 public:
  TimeParser(std::string_view layout, std::string_view text, const std::function<Time(Time)>& place)
      : layout_(layout), text_(text), rest_(text), place_(place) {}

  Result<Time> run() {
    for (LayoutPart part = next_part(layout_);; part = next_part(part.rest)) {
      if (!skip_literal(part.literal)) return mismatch(literal_at_, part.literal);
      if (part.element == Element::End) {
        if (!rest_.empty()) {
          return invalid("parsing time " + go_quote(text_) + ": extra text: " + go_quote(rest_));
        }
        return finish();
      }
      const std::string_view before = rest_;
      if (!element(part)) return mismatch(before, part.text);
      if (!range_.empty()) return invalid("parsing time " + go_quote(text_) + ": " + range_ + " out of range");
    }
  }

 private:
  Error mismatch(std::string_view rest, std::string_view wanted) const {
    return invalid("parsing time " + go_quote(text_) + " as " + go_quote(layout_) + ": cannot parse " +
                   go_quote(rest) + " as " + go_quote(wanted));
  }

  bool skip_literal(std::string_view literal) {
    while (!literal.empty()) {
      literal_at_ = rest_;
      if (literal.front() == ' ') {
        if (!rest_.empty() && rest_.front() != ' ') return false;
        literal.remove_prefix(std::min(literal.find_first_not_of(' '), literal.size()));
        rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
        continue;
      }
      if (rest_.empty() || rest_.front() != literal.front()) return false;
      literal.remove_prefix(1);
      rest_.remove_prefix(1);
    }
    return true;
  }

  std::optional<int> digits(std::size_t least, std::size_t most) {
    std::size_t count = 0;
    int value = 0;
    while (count < most && is_digit(rest_, count)) value = value * 10 + (rest_[count++] - '0');
    if (count < least) return std::nullopt;
    rest_.remove_prefix(count);
    return value;
  }

  bool read(int& field, std::size_t least, std::size_t most, int low, int high, const char* name) {
    const auto value = digits(least, most);
    if (!value) return false;
    field = *value;
    if (field < low || field > high) range_ = name;
    return true;
  }

  template <class Names>
  bool read_name(Names names, int count, int first, bool whole, int& field) {
    for (int index = first; index < first + count; ++index) {
      std::string_view name = names(index);
      if (!whole) name = name.substr(0, 3);
      if (rest_.size() >= name.size() && to_lower(rest_.substr(0, name.size())) == to_lower(name)) {
        field = index;
        rest_.remove_prefix(name.size());
        return true;
      }
    }
    return false;
  }

  bool read_zone_offset(Element element) {
    const bool iso = element == Element::IsoZone || element == Element::IsoColonZone ||
                     element == Element::IsoShortZone || element == Element::IsoSecondsZone ||
                     element == Element::IsoColonSecondsZone;
    if (iso && rest_.starts_with('Z')) {
      rest_.remove_prefix(1);
      utc();
      return true;
    }
    const bool colon = element == Element::IsoColonZone || element == Element::ColonZone ||
                       element == Element::IsoColonSecondsZone || element == Element::ColonSecondsZone;
    const bool minutes = element != Element::IsoShortZone && element != Element::ShortZone;
    const bool seconds = element == Element::IsoSecondsZone || element == Element::SecondsZone ||
                         element == Element::IsoColonSecondsZone || element == Element::ColonSecondsZone;
    if (rest_.empty() || (rest_.front() != '+' && rest_.front() != '-')) return false;
    const int sign = rest_.front() == '-' ? -1 : 1;
    rest_.remove_prefix(1);
    int parts[3] = {0, 0, 0};
    const int count = seconds ? 3 : (minutes ? 2 : 1);
    for (int index = 0; index < count; ++index) {
      if (index > 0 && colon) {
        if (!rest_.starts_with(':')) return false;
        rest_.remove_prefix(1);
      }
      const auto value = digits(2, 2);
      if (!value) return false;
      parts[index] = *value;
    }
    if (parts[0] > 24) range_ = "time zone offset hour";
    if (parts[1] > 60) range_ = "time zone offset minute";
    fields_.offset = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
    return true;
  }

  void utc() {
    fields_.offset = 0;
    fields_.utc = true;
  }

  bool read_zone_name() {
    if (rest_.starts_with("UTC")) {
      rest_.remove_prefix(3);
      utc();
      return true;
    }
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] >= 'A' && rest_[size] <= 'Z') ++size;
    if (size < 3 || size > 5) return false;
    fields_.zone_name = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  bool read_fraction(std::size_t size) {
    // rest_ starts with the point.
    std::int32_t value = 0;
    for (std::size_t index = 1; index <= 9; ++index) {
      value *= 10;
      if (index < size) value += rest_[index] - '0';
    }
    fields_.nanoseconds = value;
    rest_.remove_prefix(size);
    return true;
  }

  [[nodiscard]] std::size_t fraction_size() const {
    if (rest_.empty() || (rest_[0] != '.' && rest_[0] != ',') || !is_digit(rest_, 1)) return 0;
    std::size_t size = 1;
    while (is_digit(rest_, size)) ++size;
    return size;
  }

  bool read_second(const LayoutPart& part, std::size_t least) {
    if (!read(fields_.second, least, 2, 0, 59, "second")) return false;
    // Fractions are accepted even when the layout has none.
    const Element following = next_part(part.rest).literal.empty() ? next_part(part.rest).element : Element::End;
    if (following == Element::FixedFraction || following == Element::TrimmedFraction) return true;
    const std::size_t size = fraction_size();
    return size == 0 || read_fraction(size);
  }

  bool read_day(std::size_t least, std::size_t most) {
    const auto value = digits(least, most);
    if (!value) return false;
    fields_.day = *value;
    return true;
  }

  bool read_pm() {
    const std::string word = to_lower(rest_.substr(0, 2));
    fields_.pm = word == "pm";
    fields_.am = word == "am";
    if (!fields_.pm && !fields_.am) return false;
    rest_.remove_prefix(2);
    return true;
  }

  bool read_year() {
    const auto value = digits(2, 2);
    if (!value) return false;
    fields_.year = *value + (*value >= 69 ? 1900 : 2000);
    return true;
  }

  bool read_fraction_element(const LayoutPart& part) {
    const std::size_t size = fraction_size();
    if (part.element == Element::TrimmedFraction) return size == 0 || read_fraction(size);
    return size >= part.text.size() && read_fraction(part.text.size());
  }

  void skip_blank() {
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  bool element(const LayoutPart& part) {
    switch (part.element) {
      case Element::LongMonth:
      case Element::Month:
        return read_name(month_name, 12, 1, part.element == Element::LongMonth, fields_.month);
      case Element::NumericMonth:
        return read(fields_.month, 1, 2, 1, 12, "month");
      case Element::ZeroMonth:
        return read(fields_.month, 2, 2, 1, 12, "month");
      case Element::LongWeekday:
      case Element::Weekday: {
        int ignored = 0;
        return read_name(weekday_name, 7, 0, part.element == Element::LongWeekday, ignored);
      }
      case Element::PaddedDay:
        skip_blank();
        return read_day(1, 2);
      case Element::Day:
        return read_day(1, 2);
      case Element::ZeroDay:
        return read_day(2, 2);
      case Element::PaddedYearDay:
        skip_blank();
        skip_blank();
        return read(fields_.year_day, 1, 3, 1, 366, "day-of-year");
      case Element::ZeroYearDay:
        return read(fields_.year_day, 3, 3, 1, 366, "day-of-year");
      case Element::Hour:
        return read(fields_.hour, 2, 2, 0, 23, "hour");
      case Element::Hour12:
        return read(fields_.hour, 1, 2, 0, 12, "hour");
      case Element::ZeroHour12:
        return read(fields_.hour, 2, 2, 0, 12, "hour");
      case Element::Minute:
        return read(fields_.minute, 1, 2, 0, 59, "minute");
      case Element::ZeroMinute:
        return read(fields_.minute, 2, 2, 0, 59, "minute");
      case Element::Second:
        return read_second(part, 1);
      case Element::ZeroSecond:
        return read_second(part, 2);
      case Element::LongYear: {
        const auto value = digits(4, 4);
        fields_.year = value.value_or(0);
        return value.has_value();
      }
      case Element::Year:
        return read_year();
      case Element::UpperPm:
      case Element::LowerPm:
        return read_pm();
      case Element::ZoneName:
        return read_zone_name();
      case Element::FixedFraction:
      case Element::TrimmedFraction:
        return read_fraction_element(part);
      default:
        return read_zone_offset(part.element);
    }
  }

  Result<Time> finish() {
    if (fields_.pm && fields_.hour < 12) fields_.hour += 12;
    if (fields_.am && fields_.hour == 12) fields_.hour = 0;
    Calendar date{.year = fields_.year,
                  .month = fields_.month < 0 ? 1 : fields_.month,
                  .day = fields_.day < 0 ? 1 : fields_.day,
                  .hour = fields_.hour,
                  .minute = fields_.minute,
                  .second = fields_.second};
    const std::chrono::year_month_day_last last{std::chrono::year(date.year),
                                                std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(date.month)))};
    if (date.day < 1 || date.day > static_cast<int>(static_cast<unsigned>(last.day()))) {
      return invalid("parsing time " + go_quote(text_) + ": day out of range");
    }
    if (fields_.year_day > 0) {
      date.month = 1;
      date.day = fields_.year_day;
    }
    Time time;
    time.offset = fields_.offset.value_or(0);
    time.seconds = seconds_of(date) - time.offset;
    time.nanoseconds = fields_.nanoseconds;
    if (fields_.offset && !fields_.utc && time.offset != 0) time.zone = fields_.zone_name;  // else an offset
    if (!fields_.offset && !fields_.zone_name.empty()) time.zone = fields_.zone_name;
    if (!fields_.offset && fields_.zone_name.empty() && place_) return place_(std::move(time));
    return time;
  }

  std::string_view layout_;
  std::string_view text_;
  std::string_view rest_;
  std::string_view literal_at_;  ///< where the literal did not fit
  const std::function<Time(Time)>& place_;
  std::string range_;
  Fields fields_;
};

}  // namespace

Result<Time> parse_time(std::string_view layout, std::string_view text, const std::function<Time(Time)>& place) {
  return TimeParser(layout, text, place).run();
}

Result<Time> parse_time(std::string_view layout, std::string_view text) { return parse_time(layout, text, nullptr); }

}  // namespace leasehold::gofuncs

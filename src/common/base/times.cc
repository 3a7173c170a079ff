// RFC 3339 in both directions, by civil-date arithmetic: no time zone database, no locale.
#include <array>
#include <cstdio>

#include "leasehold/base/scalars.h"

namespace leasehold {
namespace {

using namespace std::chrono;

constexpr int kFirstYear = 1679;
constexpr int kLastYear = 2261;

// Reads count digits; -1 when there are none.
int eat_number(std::string_view& rest, std::size_t count) {
  if (rest.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (rest[i] < '0' || rest[i] > '9') return -1;
    value = value * 10 + (rest[i] - '0');
  }
  rest.remove_prefix(count);
  return value;
}

bool eat(std::string_view& rest, char c) {
  if (rest.empty() || rest[0] != c) return false;
  rest.remove_prefix(1);
  return true;
}

bool in(int value, int low, int high) { return value >= low && value <= high; }

nanoseconds eat_fraction(std::string_view& rest) {
  std::int64_t scale = 100'000'000;
  std::int64_t value = 0;
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    value += (rest[0] - '0') * scale;
    scale /= 10;
    rest.remove_prefix(1);
  }
  return nanoseconds(value);
}

// `Z`, or `+01:30`; false when neither.
bool eat_zone(std::string_view& rest, minutes& offset) {
  if (eat(rest, 'Z') || eat(rest, 'z')) return true;
  const bool east = !rest.empty() && rest[0] == '+';
  if (!eat(rest, '+') && !eat(rest, '-')) return false;
  const int hour = eat_number(rest, 2);
  const bool colon = eat(rest, ':');
  const int minute = eat_number(rest, 2);
  if (!colon || !in(hour, 0, 24) || !in(minute, 0, 59)) return false;
  offset = minutes((east ? 1 : -1) * (hour * 60 + minute));
  return true;
}

}  // namespace

Result<system_clock::time_point> parse_rfc3339(std::string_view text) {
  std::string_view rest = text;
  const auto bad = [&] { return invalid("not an RFC 3339 time"); };
  const int y = eat_number(rest, 4);
  bool ok = eat(rest, '-');
  const int mo = eat_number(rest, 2);
  ok = ok && eat(rest, '-');
  const int d = eat_number(rest, 2);
  ok = ok && (eat(rest, 'T') || eat(rest, 't'));
  const int h = eat_number(rest, 2);
  ok = ok && eat(rest, ':');
  const int mi = eat_number(rest, 2);
  ok = ok && eat(rest, ':');
  const int s = eat_number(rest, 2);
  if (!ok || y < 0 || !in(h, 0, 23) || !in(mi, 0, 59) || !in(s, 0, 60)) return bad();
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (mo < 1 || d < 1 || !date.ok()) return bad();
  nanoseconds fraction{0};
  if (eat(rest, '.')) fraction = eat_fraction(rest);
  minutes offset{0};
  if (!eat_zone(rest, offset) || !rest.empty()) return bad();
  // Nanoseconds of 64 bits reach from 1677 to 2262; a time beyond is far away and stays that.
  if (y < kFirstYear) return system_clock::time_point(sys_days(year(kFirstYear) / January / 1));
  if (y > kLastYear) return system_clock::time_point(sys_days(year(kLastYear) / December / 31));
  return system_clock::time_point(duration_cast<system_clock::duration>(
      sys_days(date).time_since_epoch() + hours(h) + minutes(mi) + seconds(s) + fraction - offset));
}

std::string format_rfc3339_nano(system_clock::time_point time) {
  const auto days_part = floor<days>(time);
  const year_month_day date(days_part);
  const hh_mm_ss clock(duration_cast<nanoseconds>(time - days_part));
  std::array<char, 64> buffer{};
  const int length = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09lld", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<long long>(clock.subseconds().count()));
  std::string out(buffer.data(), static_cast<std::size_t>(length));
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out + "Z";
}

}  // namespace leasehold

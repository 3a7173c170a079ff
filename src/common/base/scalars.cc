// Go's scalar syntax. Durations follow time.ParseDuration's grammar, checked against
// golden/injector/tables/duration.json.
#include "leasehold/base/scalars.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "leasehold/base/text.h"

namespace leasehold {
namespace {

using std::chrono::nanoseconds;

Error syntax(std::string_view function, std::string_view text) {
  return invalid("strconv." + std::string(function) + ": parsing " + go_quote(text) + ": invalid syntax");
}
Error range(std::string_view function, std::string_view text) {
  return invalid("strconv." + std::string(function) + ": parsing " + go_quote(text) + ": value out of range");
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// Go quotes the text of duration errors with \x.. for every byte that is not ASCII.
std::string quote_duration(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (value < 0x20 || value >= 0x7f) {
      std::array<char, 8> buffer{};
      const int length = std::snprintf(buffer.data(), buffer.size(), "\\x%02x", value);
      out.append(buffer.data(), static_cast<std::size_t>(length));
    } else {
      out += c;
    }
  }
  return out + '"';
}

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"\xc2\xb5s", 1'000},  // U+00B5
                                         {"\xce\xbcs", 1'000},  // U+03BC
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};

constexpr std::uint64_t kDurationLimit = std::uint64_t{1} << 63;

// Eats digits into value; false on overflow beyond 2^63.
bool eat_digits(std::string_view& rest, std::uint64_t& value) {
  while (!rest.empty() && digit(rest[0])) {
    if (value > kDurationLimit / 10) return false;
    value = value * 10 + static_cast<std::uint64_t>(rest[0] - '0');
    if (value > kDurationLimit) return false;
    rest.remove_prefix(1);
  }
  return true;
}

/// Digits after the point: value / scale.
struct Fraction {
  std::uint64_t value = 0;
  double scale = 1;
};

// Digits that do not fit any more are skipped.
Fraction eat_fraction(std::string_view& rest) {
  Fraction fraction;
  bool full = false;
  for (; !rest.empty() && digit(rest[0]); rest.remove_prefix(1)) {
    full = full || fraction.value > (kDurationLimit - 1) / 10;
    if (full) continue;
    fraction.value = fraction.value * 10 + static_cast<std::uint64_t>(rest[0] - '0');
    fraction.scale *= 10;
  }
  return fraction;
}

// One `number unit` of a duration; adds to total.
Result<void> eat_term(std::string_view whole, std::string_view& rest, std::uint64_t& total) {
  const auto bad = [&] { return invalid("time: invalid duration " + quote_duration(whole)); };
  if (rest[0] != '.' && !digit(rest[0])) return bad();
  std::uint64_t value = 0;
  const std::size_t before = rest.size();
  if (!eat_digits(rest, value)) return bad();
  bool any = rest.size() != before;
  Fraction fraction;
  if (!rest.empty() && rest[0] == '.') {
    rest.remove_prefix(1);
    const std::size_t before_fraction = rest.size();
    fraction = eat_fraction(rest);
    any = any || rest.size() != before_fraction;
  }
  if (!any) return bad();
  std::size_t length = 0;
  while (length < rest.size() && rest[length] != '.' && !digit(rest[length])) ++length;
  if (length == 0) return invalid("time: missing unit in duration " + quote_duration(whole));
  const std::string_view name = rest.substr(0, length);
  rest.remove_prefix(length);
  for (const auto& unit : kUnits) {
    if (unit.name != name) continue;
    if (value > kDurationLimit / unit.nanoseconds) return bad();
    value *= unit.nanoseconds;
    // Go's order of operations: 2m0.003922337s is 3922337 ns, not one less.
    const double scaled = static_cast<double>(unit.nanoseconds) / fraction.scale;
    value += static_cast<std::uint64_t>(static_cast<double>(fraction.value) * scaled);
    if (value > kDurationLimit || total + value > kDurationLimit) return bad();
    total += value;
    return {};
  }
  return invalid("time: unknown unit " + quote_duration(name) + " in duration " + quote_duration(whole));
}

}  // namespace

Result<bool> parse_bool(std::string_view text) {
  for (const auto yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const auto no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return syntax("ParseBool", text);
}

Result<bool> parse_bool_lenient(std::string_view text) {
  if (text.empty()) return false;
  auto value = parse_bool(text);
  if (!value) return invalid("cannot parse '' as bool: " + value.error().message);
  return value;
}

Result<std::int64_t> parse_int(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || (digits.size() != text.size() && digits[0] == '-')) return syntax("ParseInt", text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) return syntax("ParseInt", text);
  if (error == std::errc::result_out_of_range) return range("ParseInt", text);
  return value;
}

Result<std::uint64_t> parse_uint(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return syntax("ParseUint", text);
  if (error == std::errc::result_out_of_range) return range("ParseUint", text);
  return value;
}

Result<double> parse_float(std::string_view text) {
  // strtod knows the same forms but also skips blanks and takes nan(...) and hex without exponent.
  const std::string copy(text);
  const bool hex = copy.find_first_of("xX") != std::string::npos;
  if (copy.empty() || copy[0] == ' ' || (copy[0] >= '\t' && copy[0] <= '\r') ||
      copy.find('(') != std::string::npos || (hex && copy.find_first_of("pP") == std::string::npos)) {
    return syntax("ParseFloat", text);
  }
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size()) return syntax("ParseFloat", text);
  if (std::isinf(value) && copy.find_first_of("iI") == std::string::npos) return range("ParseFloat", text);
  return value;
}

Result<nanoseconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest == "0") return nanoseconds(0);
  if (rest.empty()) return invalid("time: invalid duration " + quote_duration(text));
  std::uint64_t total = 0;
  while (!rest.empty()) {
    if (auto term = eat_term(text, rest, total); !term) return term.error();
  }
  if (negative) return nanoseconds(static_cast<std::int64_t>(~total + 1));
  if (total > kDurationLimit - 1) return invalid("time: invalid duration " + quote_duration(text));
  return nanoseconds(static_cast<std::int64_t>(total));
}

Result<nanoseconds> parse_vault_duration(std::string_view text) {
  if (text.empty()) return nanoseconds(0);
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  if (text.ends_with('d')) {
    const auto days = parse_int(text.substr(0, text.size() - 1));
    if (days && *days <= kSecondsMax / 86400 && *days >= -kSecondsMax / 86400) {
      return nanoseconds(std::chrono::seconds(*days * 86400));
    }
  }
  if (const auto seconds = parse_int(text); seconds && *seconds <= kSecondsMax && *seconds >= -kSecondsMax) {
    return nanoseconds(std::chrono::seconds(*seconds));
  }
  return parse_duration(text);
}

std::string format_duration(nanoseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const auto total = count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
  std::string out = count < 0 ? "-" : "";
  const auto with_fraction = [](std::uint64_t value, std::uint64_t unit) {
    std::string text = std::to_string(value / unit);
    std::string fraction = std::to_string(unit + value % unit).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return fraction.empty() ? text : text + "." + fraction;
  };
  if (total < 1'000) return out + std::to_string(total) + "ns";
  if (total < 1'000'000) return out + with_fraction(total, 1'000) + "\xc2\xb5s";
  if (total < 1'000'000'000) return out + with_fraction(total, 1'000'000) + "ms";
  const std::uint64_t hours = total / 3'600'000'000'000;
  const std::uint64_t minutes = total / 60'000'000'000 % 60;
  if (hours != 0) out += std::to_string(hours) + "h";
  if (hours != 0 || minutes != 0) out += std::to_string(minutes) + "m";
  return out + with_fraction(total % 60'000'000'000, 1'000'000'000) + "s";
}

}  // namespace leasehold

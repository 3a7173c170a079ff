#include "leasehold/gotemplate/numeric.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>

namespace leasehold::gotemplate {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_letter(char c) { return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Underscores may stand only between digits or between a base prefix and a digit.
bool underscores_fit(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  char last = '^';  // what came before: '0' a digit, '_' an underscore, '!' anything else
  bool hex = false;
  if (text.size() >= 2 && text[0] == '0') {
    const char base = lower(text[1]);
    if (base == 'b' || base == 'o' || base == 'x') {
      hex = base == 'x';
      last = '0';
      text.remove_prefix(2);
    }
  }
  for (const char c : text) {
    if (is_digit(c) || (hex && is_hex_letter(c))) {
      last = '0';
    } else if (c == '_') {
      if (last != '0') return false;
      last = '_';
    } else {
      if (last == '_') return false;
      last = '!';
    }
  }
  return last != '_';
}

std::string without_underscores(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '_') out.push_back(c);
  }
  return out;
}

}  // namespace

std::optional<std::uint64_t> read_uint(std::string_view text) {
  if (!underscores_fit(text)) return std::nullopt;
  int base = 10;
  std::string_view digits = text;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = lower(text[1]);
    base = mark == 'x' ? 16 : (mark == 'b' ? 2 : 8);
    digits.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  const std::string plain = without_underscores(digits);
  std::uint64_t value = 0;
  const char* end = plain.data() + plain.size();
  const auto [stop, error] = std::from_chars(plain.data(), end, value, base);
  if (plain.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<std::int64_t> read_int(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto magnitude = read_uint(text);
  constexpr auto kLimit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!magnitude || *magnitude > kLimit + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
}

std::optional<double> read_float(std::string_view text) {
  if (text.find('_') != std::string_view::npos && !underscores_fit(text)) return std::nullopt;
  std::string plain = without_underscores(text);
  const bool negative = plain.starts_with('-');
  if (negative || plain.starts_with('+')) plain.erase(0, 1);
  std::string word;
  for (const char c : plain) word.push_back(lower(c));
  double value = 0;
  if (word == "inf" || word == "infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (word == "nan") {
    return std::numeric_limits<double>::quiet_NaN();
  } else {
    const bool hex = word.starts_with("0x");
    if (hex && word.find('p') == std::string::npos) return std::nullopt;
    const std::string_view digits = std::string_view(word).substr(hex ? 2 : 0);
    if (digits.empty() || (digits[0] != '.' && !is_digit(digits[0]) && !(hex && is_hex_letter(digits[0])))) {
      return std::nullopt;
    }
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(
        digits.data(), end, value, hex ? std::chars_format::hex : std::chars_format::general);
    if (stop != end) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      // Too small is 0 for Go, too large an error; from_chars does not tell which.
      const std::size_t exponent = digits.find_first_of(hex ? "p" : "e");
      const bool tiny = exponent != std::string_view::npos ? digits.substr(exponent + 1).starts_with('-')
                                                            : digits[0] == '0' || digits[0] == '.';
      if (!tiny) return std::nullopt;
      value = 0;
    } else if (error != std::errc()) {
      return std::nullopt;
    }
  }
  return negative ? -value : value;
}

}  // namespace leasehold::gotemplate

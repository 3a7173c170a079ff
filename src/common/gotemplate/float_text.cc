// Floating point numbers as strconv.FormatFloat writes them.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "leasehold/gotemplate/print.h"

namespace leasehold::gotemplate {

namespace {

/// Digits d.ddd without the point, and the exponent of the first.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal shortest(double magnitude) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude,
                                          std::chars_format::scientific);
  static_cast<void>(error);  // 64 bytes hold every shortest form
  Decimal decimal;
  const char* mark = static_cast<const char*>(
      std::memchr(buffer.data(), 'e', static_cast<std::size_t>(end - buffer.data())));
  for (const char* c = buffer.data(); c != mark; ++c) {
    if (*c != '.') decimal.digits.push_back(*c);
  }
  const char* exponent = mark + (mark[1] == '+' ? 2 : 1);
  std::from_chars(exponent, end, decimal.exponent);
  return decimal;
}

std::string with_exponent(const Decimal& decimal, char letter) {
  std::string out(1, decimal.digits[0]);
  if (decimal.digits.size() > 1) out += "." + decimal.digits.substr(1);
  out.push_back(letter);
  out.push_back(decimal.exponent < 0 ? '-' : '+');
  const std::string number = std::to_string(std::abs(decimal.exponent));
  return out + (number.size() < 2 ? "0" : "") + number;
}

std::string plain(const Decimal& decimal) {
  if (decimal.exponent < 0) {
    return "0." + std::string(static_cast<std::size_t>(-decimal.exponent - 1), '0') + decimal.digits;
  }
  const auto whole = static_cast<std::size_t>(decimal.exponent) + 1;
  if (decimal.digits.size() <= whole) return decimal.digits + std::string(whole - decimal.digits.size(), '0');
  return decimal.digits.substr(0, whole) + "." + decimal.digits.substr(whole);
}

std::string print_with(const char* pattern, int precision, double value) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
  const int size = std::snprintf(nullptr, 0, pattern, precision, value);
  std::string out(static_cast<std::size_t>(size), '\0');
  std::snprintf(out.data(), out.size() + 1, pattern, precision, value);
#pragma clang diagnostic pop
  return out;
}

/// mantissa p exponent, both decimal: 4503599627370496p-52.
std::string binary(double magnitude) {
  int exponent = 0;
  const double fraction = std::frexp(magnitude, &exponent);
  auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  exponent -= 53;
  if (magnitude == 0) exponent = -1074;
  for (; exponent < -1074; ++exponent) mantissa >>= 1U;  // subnormal numbers keep their scale
  return std::to_string(mantissa) + "p" + (exponent < 0 ? "" : "+") + std::to_string(exponent);
}

std::string hexadecimal(double magnitude, int precision, bool upper) {
  std::string out;
  if (precision < 0) {
    std::array<char, 64> buffer{};
    const auto [end, error] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, std::chars_format::hex);
    static_cast<void>(error);
    out = "0x" + std::string(buffer.data(), end);
  } else {
    out = print_with("%.*a", precision, magnitude);
  }
  const std::size_t sign = out.find('p') + 1;
  if (out.size() == sign + 2) out.insert(sign + 1, "0");
  if (upper) {
    for (char& c : out) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return out;
}

std::string magnitude_text(double magnitude, char verb, int precision) {
  switch (verb) {
    case 'b':
      return binary(magnitude);
    case 'x':
    case 'X':
      return hexadecimal(magnitude, precision, verb == 'X');
    case 'e':
    case 'E':
      if (precision < 0) return with_exponent(shortest(magnitude), verb);
      return print_with(verb == 'e' ? "%.*e" : "%.*E", precision, magnitude);
    case 'f':
    case 'F':
      return precision < 0 ? plain(shortest(magnitude)) : print_with("%.*f", precision, magnitude);
    default:
      break;
  }
  if (precision >= 0) return print_with(verb == 'G' ? "%.*G" : "%.*g", precision, magnitude);
  const Decimal decimal = shortest(magnitude);
  // compat: a million already has an exponent, golden/templates/lexer float_4
  constexpr int kExponentFrom = 6;
  if (decimal.exponent < -4 || decimal.exponent >= kExponentFrom) {
    return with_exponent(decimal, verb == 'G' ? 'E' : 'e');
  }
  return plain(decimal);
}

}  // namespace

std::string format_float(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  return (std::signbit(value) ? "-" : "") + magnitude_text(std::fabs(value), verb, precision);
}

std::string format_float(double value) { return format_float(value, 'g', -1); }

}  // namespace leasehold::gotemplate

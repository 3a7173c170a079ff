// Quantities by decimal digit strings: exact, as the reference's arbitrary precision numbers are.
#include "quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace leasehold::injector {
namespace {

constexpr std::string_view kSyntaxError =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
constexpr std::string_view kSuffixError = "unable to parse quantity's suffix";
constexpr std::size_t kTextMax = 1000;

enum class Form { Decimal, Binary, Exponent };

struct Suffix {
  std::string_view text;
  Form form;
  int power;  ///< of ten, or of two for Binary
};
constexpr std::array kSuffixes{
    Suffix{"", Form::Decimal, 0},   Suffix{"n", Form::Decimal, -9}, Suffix{"u", Form::Decimal, -6},
    Suffix{"m", Form::Decimal, -3}, Suffix{"k", Form::Decimal, 3},  Suffix{"M", Form::Decimal, 6},
    Suffix{"G", Form::Decimal, 9},  Suffix{"T", Form::Decimal, 12}, Suffix{"P", Form::Decimal, 15},
    Suffix{"E", Form::Decimal, 18}, Suffix{"Ki", Form::Binary, 10}, Suffix{"Mi", Form::Binary, 20},
    Suffix{"Gi", Form::Binary, 30}, Suffix{"Ti", Form::Binary, 40}, Suffix{"Pi", Form::Binary, 50},
    Suffix{"Ei", Form::Binary, 60},
};

/// digits * 10^exponent; digits without leading zeros, "" = 0.
struct Number {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
};

struct Scanned {
  bool negative = false;
  std::string_view whole;     ///< NUM, without leading zeros, "0" when none
  std::string_view fraction;  ///< DEN
  std::string_view suffix;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view text, std::size_t& at) {
  const std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return text.substr(start, at - start);
}

std::optional<Scanned> scan(std::string_view text) {
  Scanned found;
  std::size_t at = 0;
  if (text[0] == '+' || text[0] == '-') {
    found.negative = text[0] == '-';
    at = 1;
  }
  while (at < text.size() && text[at] == '0') ++at;
  found.whole = take_digits(text, at);
  if (found.whole.empty()) found.whole = "0";
  if (at < text.size() && text[at] == '.') {
    ++at;
    found.fraction = take_digits(text, at);
  }
  const std::size_t suffix = at;
  while (at < text.size() &&
         std::string_view("eEinumkKMGTP").find(text[at]) != std::string_view::npos)
    ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  take_digits(text, at);
  if (at != text.size()) return std::nullopt;
  found.suffix = text.substr(suffix);
  return found;
}

std::optional<Suffix> interpret(std::string_view suffix) {
  const auto* known = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                   [&](const Suffix& s) { return s.text == suffix; });
  if (known != kSuffixes.end()) return *known;
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
  std::string_view number = suffix.substr(1);
  if (number[0] == '+') number.remove_prefix(1);
  std::int64_t power = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), power);
  if (error != std::errc() || end != number.data() + number.size() ||
      (suffix[1] == '+' && number.starts_with('-'))) {
    return std::nullopt;
  }
  return Suffix{suffix, Form::Exponent, static_cast<int>(static_cast<std::int32_t>(power))};
}

/// Step 4 of the spec: whether the user's spelling survives.
bool keeps_spelling(const Scanned& scanned, const Suffix& suffix) {
  const std::string digits = std::string(scanned.whole) + std::string(scanned.fraction);
  if (suffix.form == Form::Binary) {
    const auto room = 15 - static_cast<int>(scanned.whole.size()) - suffix.power * 3 / 10 - 1;
    if (!scanned.fraction.empty() || room < 0) return false;
    return (digits.back() - '0' + 10 * (digits.size() > 1 ? digits[digits.size() - 2] - '0' : 0) +
            100 * (digits.size() > 2 ? digits[digits.size() - 3] - '0' : 0)) %
               8 !=
           0;
  }
  const std::int64_t scale =
      std::int64_t{suffix.power} - static_cast<std::int64_t>(scanned.fraction.size());
  if (digits.size() > 18 || scale < -9) return false;
  return scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0');
}

void normalise(Number& number) {
  const auto first = number.digits.find_first_not_of('0');
  if (first == std::string::npos) {
    number = Number{};
    return;
  }
  number.digits.erase(0, first);
  const auto last = number.digits.find_last_not_of('0');
  number.exponent += static_cast<std::int64_t>(number.digits.size() - last - 1);
  number.digits.resize(last + 1);
}

void multiply(std::string& digits, unsigned factor) {
  unsigned carry = 0;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    carry += static_cast<unsigned>(*digit - '0') * factor;
    *digit = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  for (; carry != 0; carry /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + carry % 10));
}

/// Away from zero, to nine decimals.
void round_up(Number& number) {
  if (number.digits.empty() || number.exponent >= -9) return;
  const std::int64_t surplus = -9 - number.exponent;
  const auto keep = static_cast<std::int64_t>(number.digits.size()) - surplus;
  number.digits = keep > 0 ? number.digits.substr(0, static_cast<std::size_t>(keep)) : "0";
  number.exponent = -9;
  // What was cut off is not zero: normalised digits do not end in 0. So add one.
  for (std::size_t at = number.digits.size(); at-- > 0;) {
    if (number.digits[at] != '9') {
      ++number.digits[at];
      normalise(number);
      return;
    }
    number.digits[at] = '0';
  }
  number.digits.insert(number.digits.begin(), '1');
  normalise(number);
}

/// The digits of an integer (exponent >= 0).
std::string integer_digits(const Number& number) {
  return number.digits + std::string(static_cast<std::size_t>(number.exponent), '0');
}

/// Divides when there is no remainder.
bool divide(std::string& digits, unsigned divisor) {
  std::string quotient;
  unsigned rest = 0;
  for (const char digit : digits) {
    rest = rest * 10 + static_cast<unsigned>(digit - '0');
    quotient += static_cast<char>('0' + rest / divisor);
    rest %= divisor;
  }
  if (rest != 0) return false;
  digits = quotient.substr(std::min(quotient.find_first_not_of('0'), quotient.size() - 1));
  return true;
}

std::string canonical_decimal(const Number& number, bool exponent_form) {
  std::string digits = number.digits;
  std::int64_t exponent = number.exponent;
  while (exponent % 3 != 0) {
    digits += '0';
    --exponent;
  }
  if (number.negative) digits.insert(digits.begin(), '-');
  if (exponent_form) return exponent == 0 ? digits : digits + "e" + std::to_string(exponent);
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.form == Form::Decimal && suffix.power == exponent)
      return digits + std::string(suffix.text);
  }
  return digits;  // compat: beyond E the suffix is lost (Q24), golden/injector/tables/quantity.json
}

std::string canonical_binary(const Number& number) {
  std::string digits = integer_digits(number);
  int power = 0;
  while (power < 60 && divide(digits, 1024)) power += 10;
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.power == power && (suffix.form == Form::Binary || power == 0)) {
      return (number.negative ? "-" : "") + digits + std::string(suffix.text);
    }
  }
  return digits;
}

bool above(const std::string& digits, std::string_view limit) {
  return digits.size() != limit.size() ? digits.size() > limit.size() : digits > limit;
}

std::string canonical(Number number, Form form) {
  constexpr std::string_view kMax = "9223372036854775807";
  if (number.digits.empty()) return "0";
  const bool integer = number.exponent >= 0;
  if (form == Form::Binary && !number.negative) {
    const auto whole =
        integer ? number.digits.size() + static_cast<std::size_t>(number.exponent) : std::size_t{0};
    if (integer && (whole > kMax.size() || above(integer_digits(number), kMax))) {
      number.digits = kMax;
      number.exponent = 0;
    }
  }
  if (form != Form::Binary) return canonical_decimal(number, form == Form::Exponent);
  if (number.exponent < 0 || !above(integer_digits(number), "1023"))
    return canonical_decimal(number, false);
  return canonical_binary(number);
}

}  // namespace

Result<std::string> canonical_quantity(std::string_view text) {
  if (text.empty() || text.size() > kTextMax) return invalid(std::string(kSyntaxError));
  if (text == "0") return std::string("0");
  const auto scanned = scan(text);
  if (!scanned) return invalid(std::string(kSyntaxError));
  const auto suffix = interpret(scanned->suffix);
  if (!suffix) return invalid(std::string(kSuffixError));
  if (keeps_spelling(*scanned, *suffix)) return std::string(text);

  Number number{scanned->negative, std::string(scanned->whole) + std::string(scanned->fraction),
                -static_cast<std::int64_t>(scanned->fraction.size())};
  normalise(number);
  if (number.digits.empty()) return std::string("0");
  if (suffix->form == Form::Binary) {
    for (int power = 0; power < suffix->power; power += 10) multiply(number.digits, 1024);
    normalise(number);
  } else {
    number.exponent += suffix->power;
  }
  round_up(number);
  return canonical(std::move(number), suffix->form);
}

}  // namespace leasehold::injector

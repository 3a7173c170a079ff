#include "literal.h"

#include <cmath>
#include <limits>

#include "leasehold/base/text.h"
#include "leasehold/gotemplate/numeric.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gotemplate {

namespace {

Error invalid_syntax() { return invalid("invalid syntax"); }

/// Reads digits of a base; nothing when one is missing or wrong.
std::optional<char32_t> read_digits(std::string_view& text, std::size_t count, char32_t base) {
  if (text.size() < count) return std::nullopt;
  char32_t code = 0;
  for (const char c : text.substr(0, count)) {
    char32_t digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<char32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<char32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<char32_t>(c - 'A' + 10);
    if (digit >= base) return std::nullopt;
    code = code * base + digit;
  }
  text.remove_prefix(count);
  return code;
}

/// One character or escape: a rune, or with is_byte a raw byte (\xff, \377).
struct Unit {
  char32_t code = 0;
  bool is_byte = false;
};

std::optional<Unit> read_escape(std::string_view& text, char quote) {
  if (text.empty()) return std::nullopt;
  const char letter = text.front();
  text.remove_prefix(1);
  static constexpr std::string_view kNames = "abtnvfr";
  if (const std::size_t place = kNames.find(letter); place != std::string_view::npos) {
    return Unit{.code = static_cast<char32_t>(7 + place)};
  }
  if (letter == '\\' || letter == quote) return Unit{.code = static_cast<unsigned char>(letter)};
  std::optional<char32_t> code;
  switch (letter) {
    case 'x':
      code = read_digits(text, 2, 16);
      break;
    case 'u':
    case 'U':
      code = read_digits(text, letter == 'u' ? 4 : 8, 16);
      if (!code || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) return std::nullopt;
      return Unit{.code = *code};
    default: {
      if (letter < '0' || letter > '7') return std::nullopt;
      code = read_digits(text, 2, 8);
      if (!code) return std::nullopt;
      code = *code + static_cast<char32_t>(letter - '0') * 64;
      if (*code > 255) return std::nullopt;
      break;
    }
  }
  if (!code) return std::nullopt;
  return Unit{.code = *code, .is_byte = true};
}

void note_float(Number& number, double value) {
  number.is_float = true;
  number.float_value = value;
  constexpr double kIntLimit = 9223372036854775808.0;
  if (!number.is_int && value == std::trunc(value) && value >= -kIntLimit && value < kIntLimit) {
    number.is_int = true;
    number.int_value = static_cast<std::int64_t>(value);
  }
  if (!number.is_uint && value == std::trunc(value) && value >= 0 && value < 2 * kIntLimit) {
    number.is_uint = true;
    number.uint_value = static_cast<std::uint64_t>(value);
  }
}

void note_complex(Number& number, std::complex<double> value) {
  number.is_complex = true;
  number.complex_value = value;
  if (value.imag() == 0) note_float(number, value.real());
}

}  // namespace

Result<std::string> unquote(std::string_view literal) {
  LH_ASSERT(literal.size() >= 2);
  const char quote = literal.front();
  std::string_view text = literal.substr(1, literal.size() - 2);
  std::string out;
  if (quote == '`') {
    for (const char c : text) {
      if (c != '\r') out.push_back(c);
    }
    return out;
  }
  while (!text.empty()) {
    if (text.front() != '\\') {
      out.push_back(text.front());
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(1);
    const auto unit = read_escape(text, quote);
    if (!unit) return invalid_syntax();
    if (unit->is_byte) {
      out.push_back(static_cast<char>(unit->code));
    } else {
      append_rune(out, unit->code);
    }
  }
  return out;
}

Result<char32_t> unquote_character(std::string_view literal) {
  std::string_view text = literal.substr(1);
  char32_t code = 0;
  if (text.front() == '\'') return invalid_syntax();
  if (text.front() == '\\') {
    text.remove_prefix(1);
    const auto unit = read_escape(text, '\'');
    if (!unit) return invalid_syntax();
    code = unit->code;
  } else {
    const Rune rune = decode_rune(text);
    code = rune.code;
    text.remove_prefix(rune.width);
  }
  if (text != "'") return invalid("malformed character constant: " + std::string(literal));
  return code;
}

Result<Number> parse_number(std::string_view literal) {
  Number number;
  if (literal.ends_with('i')) {
    if (const auto imaginary = read_float(literal.substr(0, literal.size() - 1))) {
      note_complex(number, {0, *imaginary});
      return number;
    }
  }
  if (const auto value = read_uint(literal)) {
    number.is_uint = true;
    number.uint_value = *value;
  }
  if (const auto value = read_int(literal)) {
    number.is_int = true;
    number.int_value = *value;
    if (*value == 0) number.is_uint = true;  // -0
  }
  if (number.is_int || number.is_uint) {
    number.is_float = true;
    number.float_value = number.is_int ? static_cast<double>(number.int_value)
                                       : static_cast<double>(number.uint_value);
    return number;
  }
  const auto value = read_float(literal);
  if (!value) return invalid("illegal number syntax: " + go_quote(literal));
  if (literal.find_first_of(".eEpP") == std::string_view::npos) {
    return invalid("integer overflow: " + go_quote(literal));
  }
  note_float(number, *value);
  return number;
}

Result<Number> parse_complex(std::string_view literal) {
  // The sign that parts the two is the last one that does not belong to an exponent.
  const Error failure = invalid("syntax error scanning complex number");
  std::size_t split = std::string_view::npos;
  for (std::size_t index = 1; index < literal.size(); ++index) {
    if (literal[index] != '+' && literal[index] != '-') continue;
    const char before = literal[index - 1];
    const bool exponent = before == 'e' || before == 'E' || before == 'p' || before == 'P';
    if (!exponent || literal.substr(0, index).find_first_of("xX") != std::string_view::npos) split = index;
  }
  if (split == std::string_view::npos) return failure;
  const auto real = read_float(literal.substr(0, split));
  const auto imaginary = read_float(literal.substr(split, literal.size() - split - 1));
  if (!real || !imaginary) return failure;
  Number number;
  note_complex(number, {*real, *imaginary});
  return number;
}

Value constant_of(const Number& number, std::string_view literal) {
  if (number.is_complex) return Value::complex(number.complex_value);
  const bool hex_int = literal.size() > 2 && literal[0] == '0' && (literal[1] == 'x' || literal[1] == 'X') &&
                       literal.find_first_of("pP") == std::string_view::npos;
  if (number.is_float && !hex_int && literal[0] != '\'' &&
      literal.find_first_of(".eEpP") != std::string_view::npos) {
    return Value::floating(number.float_value);
  }
  return number.is_int ? Value::integer(number.int_value) : Value();
}

}  // namespace leasehold::gotemplate

#include "printer.h"

#include <array>
#include <cmath>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gotemplate {

namespace {

/// Deeper values are rings or attacks; Go would overflow its stack.
constexpr int kDepthMax = 1000;

bool can_backquote(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    const bool control = (rune.code < 0x20 && rune.code != '\t') || rune.code == 0x7F;
    if (rune.invalid() || control || rune.code == '`' || rune.code == 0xFEFF) return false;
    text.remove_prefix(rune.width);
  }
  return true;
}

/// Adds the point and the trailing zeros that %#g keeps.
std::string with_all_digits(std::string number, char verb, int precision) {
  int digits = 0;
  if (verb == 'g' || verb == 'G' || verb == 'x') digits = precision < 0 ? 6 : precision;
  std::string tail;
  bool point = false;
  bool nonzero = false;
  for (std::size_t index = 1; index < number.size(); ++index) {  // 0 is the sign
    const char c = number[index];
    const bool hex = verb == 'x' || verb == 'X';
    if (c == 'p' || c == 'P' || ((c == 'e' || c == 'E') && !hex)) {
      tail = number.substr(index);
      number.resize(index);
      break;
    }
    if (c == '.') {
      point = true;
      continue;
    }
    nonzero = nonzero || c != '0';
    if (nonzero) --digits;
  }
  if (!point) {
    if (number.size() == 2 && number[1] == '0') --digits;
    number.push_back('.');
  }
  if (digits > 0) number.append(static_cast<std::size_t>(digits), '0');
  return number + tail;
}

}  // namespace

void Printer::argument(const Value& value, char32_t verb) {
  if (verb == 'T') {
    pad(truncated(value.type_name()));
  } else if (!value.valid()) {
    if (verb == 'v') {
      pad("<nil>");
    } else {
      bad_verb(value, verb);
    }
  } else {
    value_at(value, verb, 0);
  }
}

void Printer::value_at(const Value& value, char32_t verb, int depth) {
  // Lists that hold each other several times grow without end on paper; nobody reads that much.
  if (out_.size() > limits::kRenderedFileBytesMax) return;
  const Type* type = value.kind() == Kind::Pointer ? value.type()->element : value.type();
  const bool for_text = verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q';
  if (type != nullptr && type->text != nullptr && for_text && !flags.sharp_v && !value.is_nil()) {
    text(type->text(value), verb, value);
    return;
  }
  switch (value.kind()) {
    case Kind::Bool:
      return boolean(value, verb);
    case Kind::Int:
    case Kind::Uint:
      return integer(value, verb);
    case Kind::Float:
      return floating(value.as_float(), verb, value);
    case Kind::Complex:
      return complex(value, verb);
    case Kind::String:
      return text(value.as_text(), verb, value);
    default:
      if (depth > kDepthMax) {
        out_ += "...";
      } else {
        composite(value, verb, depth);
      }
  }
}

void Printer::composite(const Value& value, char32_t verb, int depth) {
  switch (value.kind()) {
    case Kind::Invalid:
      out_ += flags.sharp_v ? "interface {}(nil)" : "<nil>";
      break;
    case Kind::List:
      list(value, verb, depth);
      break;
    case Kind::Map:
      map(value, verb, depth);
      break;
    case Kind::Struct:
      record(value, verb, depth);
      break;
    case Kind::Pointer:
      pointer(value, verb, depth);
      break;
    default:
      address(value, verb);
      break;
  }
}

void Printer::list(const Value& value, char32_t verb, int depth) {
  if (flags.sharp_v) {
    out_ += value.type_name();
    if (value.is_nil()) {
      out_ += "(nil)";
      return;
    }
  }
  out_ += flags.sharp_v ? "{" : "[";
  bool first = true;
  for (const Value& item : value.items()) {
    if (!first) out_ += flags.sharp_v ? ", " : " ";
    first = false;
    value_at(item, verb, depth + 1);
  }
  out_ += flags.sharp_v ? "}" : "]";
}

void Printer::map(const Value& value, char32_t verb, int depth) {
  if (flags.sharp_v) {
    out_ += value.type_name();
    if (value.is_nil()) {
      out_ += "(nil)";
      return;
    }
    out_ += "{";
  } else {
    out_ += "map[";
  }
  bool first = true;
  for (const auto& [key, item] : value.entries()) {
    if (!first) out_ += flags.sharp_v ? ", " : " ";
    first = false;
    value_at(key, verb, depth + 1);
    out_ += ":";
    value_at(item, verb, depth + 1);
  }
  out_ += flags.sharp_v ? "}" : "]";
}

void Printer::record(const Value& value, char32_t verb, int depth) {
  if (flags.sharp_v) out_ += value.type_name();
  out_ += "{";
  const auto fields = value.type()->fields;
  for (std::size_t index = 0; index < fields.size(); ++index) {
    if (index > 0) out_ += flags.sharp_v ? ", " : " ";
    if (flags.plus_v || flags.sharp_v) out_ += std::string(fields[index].name) + ":";
    value_at(value.fields()[index], verb, depth + 1);
  }
  out_ += "}";
}

void Printer::pointer(const Value& value, char32_t verb, int depth) {
  if (depth == 0 && !value.is_nil() && !value.type()->element->fields.empty()) {
    out_ += "&";
    value_at(value.pointed(), verb, depth + 1);
  } else {
    address(value, verb);
  }
}

void Printer::address(const Value& value, char32_t verb) {
  if (verb != 'v' && verb != 'p') return bad_verb(value, verb);
  if (value.is_nil() && verb == 'v' && !flags.sharp_v) return pad("<nil>");
  // Real addresses would change from run to run and tell about our memory.
  const std::string number = value.is_nil() ? "nil" : "0xc000010000";
  pad(flags.sharp_v ? "(" + std::string(value.type_name()) + ")(" + number + ")" : number);
}

void Printer::bad_verb(const Value& value, char32_t verb) {
  out_ += "%!";
  append_rune(out_, verb);
  out_ += "(";
  if (value.valid()) {
    out_ += std::string(value.type_name()) + "=";
    value_at(value, 'v', 0);
  } else {
    out_ += "<nil>";
  }
  out_ += ")";
}

void Printer::boolean(const Value& value, char32_t verb) {
  if (verb != 't' && verb != 'v') return bad_verb(value, verb);
  pad(value.as_bool() ? "true" : "false");
}

void Printer::integer(const Value& value, char32_t verb) {
  const bool negative = value.kind() == Kind::Int && value.as_int() < 0;
  const std::uint64_t bits = value.as_uint();
  const std::uint64_t magnitude = negative ? 0 - bits : bits;
  switch (verb) {
    case 'v':
      if (flags.sharp_v && value.kind() == Kind::Uint) {
        const Flags kept = flags;
        flags.sharp = true;
        digits(magnitude, false, 16, 'x');
        flags = kept;
        return;
      }
      return digits(magnitude, negative, 10, verb);
    case 'd':
      return digits(magnitude, negative, 10, verb);
    case 'b':
      return digits(magnitude, negative, 2, verb);
    case 'o':
    case 'O':
      return digits(magnitude, negative, 8, verb);
    case 'x':
    case 'X':
      return digits(magnitude, negative, 16, verb);
    case 'c': {
      std::string rune;
      append_rune(rune, bits > 0x10FFFF ? kReplacement : static_cast<char32_t>(bits));
      return pad(rune);
    }
    case 'q':
      return pad(quote_rune(bits > 0x10FFFF ? kReplacement : static_cast<char32_t>(bits), flags.plus));
    case 'U':
      return code_point(bits);
    default:
      return bad_verb(value, verb);
  }
}

void Printer::digits(std::uint64_t magnitude, bool negative, std::uint64_t base, char32_t verb) {
  const bool signed_text = negative || flags.plus || flags.space;
  std::size_t least = 0;
  if (flags.has_precision) {
    least = static_cast<std::size_t>(flags.precision);
    if (least == 0 && magnitude == 0) {
      const bool zero = flags.zero;
      flags.zero = false;
      if (flags.has_width) padding(static_cast<std::size_t>(flags.width));
      flags.zero = zero;
      return;
    }
  } else if (flags.zero && !flags.minus && flags.has_width) {
    least = static_cast<std::size_t>(flags.width);
    if (signed_text && least > 0) --least;  // leaves room for the sign
  }
  const char* letters = verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;  // backwards
  do {
    text.push_back(letters[magnitude % base]);
    magnitude /= base;
  } while (magnitude != 0);
  if (text.size() < least) text.append(least - text.size(), '0');
  if (flags.sharp) {
    if (base == 2) text += "b0";
    if (base == 8 && text.back() != '0') text += "0";
    if (base == 16) text += verb == 'X' ? "X0" : "x0";
  }
  if (verb == 'O') text += "o0";
  if (negative) {
    text += "-";
  } else if (flags.plus) {
    text += "+";
  } else if (flags.space) {
    text += " ";
  }
  const bool zero = flags.zero;
  flags.zero = false;
  pad(std::string(text.rbegin(), text.rend()));
  flags.zero = zero;
}

void Printer::code_point(std::uint64_t code) {
  const std::size_t least = flags.has_precision && flags.precision > 4 ? static_cast<std::size_t>(flags.precision) : 4;
  std::string number;
  for (std::uint64_t rest = code; rest != 0; rest /= 16) {
    number.insert(number.begin(), "0123456789ABCDEF"[rest % 16]);
  }
  if (number.size() < least) number.insert(0, least - number.size(), '0');
  std::string text = "U+" + number;
  if (flags.sharp && code <= 0x10FFFF && is_printable(static_cast<char32_t>(code))) {
    text += " '";
    append_rune(text, static_cast<char32_t>(code));
    text += "'";
  }
  const bool zero = flags.zero;
  flags.zero = false;
  pad(text);
  flags.zero = zero;
}

void Printer::floating(double value, char32_t verb, const Value& owner) {
  switch (verb) {
    case 'v':
      return float_text(value, 'g', -1);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return float_text(value, static_cast<char>(verb), -1);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
      return float_text(value, static_cast<char>(verb), 6);
    default:
      return bad_verb(owner, verb);
  }
}

void Printer::float_text(double value, char verb, int precision) {
  if (flags.has_precision) precision = flags.precision;
  std::string number = format_float(value, verb, precision);
  if (number[0] != '-' && number[0] != '+') number.insert(0, "+");
  if (flags.space && number[0] == '+' && !flags.plus) number[0] = ' ';
  if (number[1] == 'I' || number[1] == 'N') {
    const bool zero = flags.zero;
    flags.zero = false;
    if (number[1] == 'N' && !flags.space && !flags.plus) number.erase(0, 1);
    pad(number);
    flags.zero = zero;
    return;
  }
  if (flags.sharp && verb != 'b') number = with_all_digits(std::move(number), verb, precision);
  if (!flags.plus && number[0] == '+') return pad(std::string_view(number).substr(1));
  const auto width = static_cast<std::size_t>(flags.width);
  if (flags.zero && !flags.minus && flags.has_width && width > number.size()) {
    out_.push_back(number[0]);  // the sign goes before the zeros
    padding(width - number.size());
    out_ += number.substr(1);
    return;
  }
  pad(number);
}

void Printer::complex(const Value& value, char32_t verb) {
  if (verb > 0x7F || std::string_view("vbgGxXfFeE").find(static_cast<char>(verb)) == std::string_view::npos) {
    return bad_verb(value, verb);
  }
  const bool plus = flags.plus;
  out_ += "(";
  floating(value.as_complex().real(), verb, value);
  flags.plus = true;
  floating(value.as_complex().imag(), verb, value);
  out_ += "i)";
  flags.plus = plus;
}

void Printer::text(std::string_view text, char32_t verb, const Value& owner) {
  switch (verb) {
    case 'v':
      return flags.sharp_v ? quoted(text) : pad(truncated(text));
    case 's':
      return pad(truncated(text));
    case 'x':
    case 'X':
      return hex_text(text, verb == 'X');
    case 'q':
      return quoted(text);
    default:
      return bad_verb(owner, verb);
  }
}

void Printer::quoted(std::string_view text) {
  text = truncated(text);
  if (flags.sharp && can_backquote(text)) return pad("`" + std::string(text) + "`");
  pad(quote_text(text, '"', flags.plus));
}

void Printer::hex_text(std::string_view text, bool upper) {
  if (flags.has_precision) text = text.substr(0, static_cast<std::size_t>(flags.precision));
  const char* letters = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string hex;
  for (std::size_t index = 0; index < text.size(); ++index) {
    if (index > 0 && flags.space) hex.push_back(' ');
    if (flags.sharp && (index == 0 || flags.space)) hex += upper ? "0X" : "0x";
    const auto byte = static_cast<unsigned char>(text[index]);
    hex.push_back(letters[byte >> 4U]);
    hex.push_back(letters[byte & 0xFU]);
  }
  pad(hex);
}

std::string_view Printer::truncated(std::string_view text) const {
  if (!flags.has_precision) return text;
  std::string_view rest = text;
  for (int left = flags.precision; left > 0 && !rest.empty(); --left) {
    rest.remove_prefix(decode_rune(rest).width);
  }
  return text.substr(0, text.size() - rest.size());
}

void Printer::padding(std::size_t count) { out_.append(count, flags.zero && !flags.minus ? '0' : ' '); }

void Printer::pad(std::string_view text) {
  const auto width = static_cast<std::size_t>(flags.has_width ? flags.width : 0);
  const std::size_t size = width == 0 ? 0 : count_runes(text);
  const std::size_t missing = width > size ? width - size : 0;
  if (!flags.minus) padding(missing);
  out_ += text;
  if (flags.minus) padding(missing);
}

}  // namespace leasehold::gotemplate

#include "leasehold/gotemplate/unicode.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "unicode_tables.h"

namespace leasehold::gotemplate {

namespace {

bool in_table(char32_t code, const RuneRange* begin, const RuneRange* end) {
  const RuneRange* place = std::upper_bound(
      begin, end, code, [](char32_t wanted, const RuneRange& range) { return wanted < range.first; });
  return place != begin && code <= std::prev(place)->last;
}

void append_hex(std::string& out, char32_t code, int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out.push_back(kDigits[(code >> static_cast<unsigned>(shift)) & 0xFU]);
  }
}

void append_quoted_rune(std::string& out, char32_t code, char quote, bool ascii) {
  if (code == static_cast<unsigned char>(quote) || code == '\\') {
    out.push_back('\\');
    out.push_back(static_cast<char>(code));
    return;
  }
  if (ascii ? (code < 0x80 && is_printable(code)) : is_printable(code)) {
    append_rune(out, code);
    return;
  }
  static constexpr std::string_view kNames = "abtnvfr";  // 7 to 13
  if (code >= 7 && code <= 13) {
    out.push_back('\\');
    out.push_back(kNames[code - 7]);
  } else if (code < 0x20 || code == 0x7F) {
    out += "\\x";
    append_hex(out, code, 2);
  } else if (code < 0x10000) {
    out += "\\u";
    append_hex(out, code, 4);
  } else {
    out += "\\U";
    append_hex(out, code, 8);
  }
}

}  // namespace

Rune decode_rune(std::string_view text) {
  const auto byte = [text](std::size_t index) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[index]));
  };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {.code = lead, .width = 1};
  const std::size_t width = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
  if (lead < 0xC2 || lead > 0xF4 || text.size() < width) return {};
  char32_t code = lead & (0xFFU >> (width + 1));
  for (std::size_t index = 1; index < width; ++index) {
    if ((byte(index) & 0xC0U) != 0x80) return {};
    code = (code << 6U) | (byte(index) & 0x3FU);
  }
  static constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest.at(width) || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {.code = code, .width = width};
}

void append_rune(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = kReplacement;
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

std::size_t count_runes(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(decode_rune(text).width);
  return count;
}

bool is_name_rune(char32_t code) {
  if (code < 0x80) {
    return code == '_' || (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
           (code >= 'A' && code <= 'Z');
  }
  return in_table(code, std::begin(kNameRunes), std::end(kNameRunes));
}

bool is_printable(char32_t code) {
  if (code < 0x80) return code >= 0x20 && code < 0x7F;
  return in_table(code, std::begin(kPrintableRunes), std::end(kPrintableRunes));
}

std::string quote_text(std::string_view text, char quote, bool ascii) {
  std::string out(1, quote);
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (rune.invalid()) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(text.front()), 2);
    } else {
      append_quoted_rune(out, rune.code, quote, ascii);
    }
    text.remove_prefix(rune.width);
  }
  out.push_back(quote);
  return out;
}

std::string quote_rune(char32_t code, bool ascii) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = kReplacement;
  std::string out = "'";
  append_quoted_rune(out, code, '\'', ascii);
  out.push_back('\'');
  return out;
}

}  // namespace leasehold::gotemplate

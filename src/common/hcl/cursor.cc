// See cursor.h.
#include "cursor.h"

#include <algorithm>

#include "unicode_letters.h"

namespace leasehold::hcl {

Decoded decode_utf8(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  constexpr Decoded kBad = {kReplacement, 1};
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return kBad;
  char32_t character = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kBad;
    character = (character << 6) | (byte(i) & 0x3FU);
  }
  const bool overlong = (size == 3 && character < 0x800) || (size == 4 && character < 0x10000);
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (overlong || surrogate || character > 0x10FFFF) return kBad;
  return {character, size};
}

void append_utf8(std::string& out, char32_t character) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) character = kReplacement;
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | (character >> 6));
    put(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12));
    put(0x80 | ((character >> 6) & 0x3F));
    put(0x80 | (character & 0x3F));
  } else {
    put(0xF0 | (character >> 18));
    put(0x80 | ((character >> 12) & 0x3F));
    put(0x80 | ((character >> 6) & 0x3F));
    put(0x80 | (character & 0x3F));
  }
}

char32_t Cursor::next() {
  const Decoded decoded = decode_utf8(text_.substr(std::min(read_, text_.size())));
  if (decoded.size == 0) {
    ++place_.column;
    last_size_ = 0;
    return kEnd;
  }
  const bool bad = decoded.character == kReplacement && decoded.size == 1;
  // compat: after a bad byte the JSON scanner's way back leads to the character before it.
  if (!bad || dialect_ == Dialect::Hcl) previous_ = place_;
  ++place_.column;
  place_.offset += decoded.size;
  last_size_ = decoded.size;
  read_ += decoded.size;
  if (bad) {
    fail("illegal UTF-8 encoding");
    return decoded.character;
  }
  if (decoded.character == U'\n') {
    ++place_.line;
    last_line_columns_ = place_.column;
    place_.column = 0;
  }
  if (dialect_ == Dialect::Hcl && decoded.character == 0) {
    fail("unexpected null character (0x00)");
    return kEnd;
  }
  if (dialect_ == Dialect::Hcl && decoded.character == 0xE123) {
    fail("unicode code point U+E123 reserved for internal use");
    return kReplacement;
  }
  return decoded.character;
}

void Cursor::unread() {
  if (last_size_ == 0) return;
  read_ -= last_size_;
  place_ = previous_;
  last_size_ = 0;
}

char32_t Cursor::peek() const {
  return decode_utf8(text_.substr(std::min(read_, text_.size()))).character;
}

void Cursor::fail(std::string_view what) {
  error_ = what;
  error_at_ = here();
}

Position Cursor::here() const {
  if (place_.column > 0) return {place_.line, place_.column};
  if (last_line_columns_ > 0) return {place_.line - 1, last_line_columns_};
  return {1, 1};
}

std::string_view Cursor::between(std::size_t from, std::size_t to) const {
  to = std::min(to, text_.size());
  from = std::min(from, to);
  return text_.substr(from, to - from);
}

namespace {

bool in_ranges(const CharacterRange* ranges, std::size_t count, char32_t character) {
  const CharacterRange* end = ranges + count;
  const CharacterRange* found = std::lower_bound(
      ranges, end, character, [](const CharacterRange& range, char32_t c) { return range.last < c; });
  return found != end && found->first <= character;
}

}  // namespace

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || c == U'_';
  return in_ranges(kLetters, kLetterCount, c);
}

bool is_digit(char32_t c) { return c < 0x80 ? is_decimal(c) : in_ranges(kDigits, kDigitCount, c); }

bool is_decimal(char32_t c) { return c >= U'0' && c <= U'9'; }

bool is_hexadecimal(char32_t c) { return digit_value(c) < 16; }

bool is_blank(char32_t c) { return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r'; }

int digit_value(char32_t c) {
  if (is_decimal(c)) return static_cast<int>(c - U'0');
  if (c >= U'a' && c <= U'f') return static_cast<int>(c - U'a') + 10;
  if (c >= U'A' && c <= U'F') return static_cast<int>(c - U'A') + 10;
  return 16;
}

}  // namespace leasehold::hcl

// UTF-8 as Go decodes it, and the character classes of the lexer and of %q.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leasehold::gotemplate {

inline constexpr char32_t kReplacement = 0xFFFD;

struct Rune {
  char32_t code = kReplacement;
  std::size_t width = 1;  ///< bytes; an invalid byte is U+FFFD of width 1
  [[nodiscard]] bool invalid() const { return code == kReplacement && width == 1; }
};

/// REQUIRES: text not empty.
Rune decode_rune(std::string_view text);
void append_rune(std::string& out, char32_t code);
std::size_t count_runes(std::string_view text);
/// Unicode L*, Nd or '_': what names are made of.
bool is_name_rune(char32_t code);
/// Go's strconv.IsPrint.
bool is_printable(char32_t code);
/// Go's strconv.Quote with the given quote character; ascii: everything else escaped.
std::string quote_text(std::string_view text, char quote, bool ascii);
/// The same for one rune in single quotes.
std::string quote_rune(char32_t code, bool ascii);

}  // namespace leasehold::gotemplate

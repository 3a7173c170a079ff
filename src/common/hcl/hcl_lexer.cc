// HCL1 text to tokens. Words, limits and positions of the errors are those of hashicorp/hcl v1
// (golden/hcl).
#include <algorithm>

#include "token.h"

namespace leasehold::hcl {

Token HclLexer::scan() {
  char32_t c = cursor_.next();
  while (is_blank(c)) c = cursor_.next();
  Token token;
  const std::size_t start = cursor_.last_offset();
  token.at = cursor_.here();
  if (is_letter(c)) {
    scan_identifier(cursor_, true);
    const std::string_view word = cursor_.between(start, cursor_.offset());
    token.type = word == "true" || word == "false" ? TokenType::Bool : TokenType::Ident;
  } else if (is_decimal(c)) {
    token.type = scan_number(c);
  } else {
    token.type = scan_punctuation(c);
  }
  token.text = cursor_.between(start, cursor_.offset());
  return token;
}

TokenType HclLexer::scan_punctuation(char32_t c) {
  switch (c) {
    case kEnd: return TokenType::End;
    case U'"':
      scan_string(cursor_, Dialect::Hcl);
      return TokenType::String;
    case U'#':
    case U'/':
      scan_comment(c);
      return TokenType::Comment;
    case U'.':
      if (!is_decimal(cursor_.peek())) return TokenType::Period;
      scan_exponent(cursor_, scan_mantissa(cursor_, cursor_.peek()));
      return TokenType::Float;
    case U'<':
      scan_heredoc();
      return TokenType::Heredoc;
    case U'[': return TokenType::LeftBracket;
    case U']': return TokenType::RightBracket;
    case U'{': return TokenType::LeftBrace;
    case U'}': return TokenType::RightBrace;
    case U',': return TokenType::Comma;
    case U'=': return TokenType::Assign;
    case U'+': return TokenType::Plus;
    case U'-':
      if (!is_decimal(cursor_.peek())) return TokenType::Minus;
      return scan_number(cursor_.next());
    default:
      cursor_.fail("illegal char");
      return TokenType::Illegal;
  }
}

void HclLexer::scan_comment(char32_t c) {
  if (c == U'#' || cursor_.peek() != U'*') {
    if (c == U'/' && cursor_.peek() != U'/') return cursor_.fail("expected '/' for comment");
    c = cursor_.next();
    while (c != U'\n' && c != kEnd) c = cursor_.next();
    if (c != kEnd) cursor_.unread();
    return;
  }
  cursor_.next();
  c = cursor_.next();
  for (;;) {  // ends with the document at the latest
    if (c == kEnd) return cursor_.fail("comment not terminated");
    const char32_t before = c;
    c = cursor_.next();
    if (before == U'*' && c == U'/') return;
  }
}

TokenType HclLexer::scan_number(char32_t c) {
  if (c == U'0') return scan_number_after_zero();
  scan_mantissa(cursor_, c);
  c = cursor_.next();
  if (c == U'e' || c == U'E') {
    scan_exponent(cursor_, c);
    return TokenType::Float;
  }
  if (c == U'.') return scan_fraction(cursor_);
  if (c != kEnd) cursor_.unread();
  return TokenType::Number;
}

TokenType HclLexer::scan_number_after_zero() {
  char32_t c = cursor_.next();
  if (c == U'x' || c == U'X') {
    c = cursor_.next();
    const bool found = is_hexadecimal(c);
    while (is_hexadecimal(c)) c = cursor_.next();
    if (!found) cursor_.fail("illegal hexadecimal number");
    if (c != kEnd) cursor_.unread();
    return TokenType::Number;
  }
  bool not_octal = false;  // fine in a float: 0159.5
  while (is_decimal(c)) {
    c = cursor_.next();
    if (c == U'8' || c == U'9') not_octal = true;
  }
  if (c == U'e' || c == U'E') {
    scan_exponent(cursor_, c);
    return TokenType::Float;
  }
  if (c == U'.') return scan_fraction(cursor_);
  if (not_octal) cursor_.fail("illegal octal number");
  if (c != kEnd) cursor_.unread();
  return TokenType::Number;
}

void HclLexer::scan_heredoc() {
  if (cursor_.next() != U'<') return cursor_.fail("heredoc expected second '<', didn't see it");
  const std::size_t start = cursor_.offset();
  char32_t c = cursor_.next();
  if (c == U'-') c = cursor_.next();
  while (is_letter(c) || is_digit(c)) c = cursor_.next();
  if (c == kEnd) return cursor_.fail("heredoc not terminated");
  if (c == U'\r' && cursor_.peek() == U'\n') c = cursor_.next();
  if (c != U'\n') return cursor_.fail("invalid characters in heredoc anchor");
  const std::string_view anchor = cursor_.between(start, cursor_.last_offset());
  if (anchor.empty() || anchor == "-") return cursor_.fail("zero-length heredoc anchor");
  scan_heredoc_lines(anchor);
}

namespace {

/// Blanks, the anchor, carriage returns, nothing else.
bool ends_heredoc(std::string_view line, std::string_view anchor) {
  const std::size_t word = line.find_first_not_of(" \t\n\v\f\r");
  if (word == std::string_view::npos || !line.substr(word).starts_with(anchor)) return false;
  return line.find_first_not_of('\r', word + anchor.size()) == std::string_view::npos;
}

}  // namespace

void HclLexer::scan_heredoc_lines(std::string_view anchor) {
  // compat: the dash counts for the length that a terminator must have,
  // golden/hcl/128-heredoc-dash-terminator-col0
  const std::size_t length_min = anchor.size();
  if (anchor.front() == '-') anchor.remove_prefix(1);
  std::size_t line_start = cursor_.offset();
  for (;;) {  // ends with the document at the latest
    const char32_t c = cursor_.next();
    if (c == kEnd) return cursor_.fail("heredoc not terminated");
    if (c != U'\n') continue;
    const std::string_view line = cursor_.between(line_start, cursor_.last_offset());
    if (line.size() >= length_min && ends_heredoc(line, anchor)) return;
    line_start = cursor_.offset();
  }
}

}  // namespace leasehold::hcl

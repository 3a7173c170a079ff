// The JSON twin: laxer than JSON in escapes, stricter in numbers, as hashicorp/hcl v1 reads it
// (spec/agent.md 3.3).
#include "token.h"

namespace leasehold::hcl {

Token JsonLexer::scan() {
  char32_t c = cursor_.next();
  while (is_blank(c)) c = cursor_.next();
  Token token;
  const std::size_t start = cursor_.last_offset();
  token.at = cursor_.here();
  if (is_letter(c)) {
    scan_identifier(cursor_, false);
    const std::string_view word = cursor_.between(start, cursor_.offset());
    if (word == "true" || word == "false") {
      token.type = TokenType::Bool;
    } else if (word == "null") {
      token.type = TokenType::Null;
    } else {
      cursor_.fail("illegal char");
    }
  } else if (is_decimal(c)) {
    token.type = scan_number(c);
  } else {
    token.type = scan_punctuation(c);
  }
  token.text = cursor_.between(start, cursor_.offset());
  return token;
}

TokenType JsonLexer::scan_punctuation(char32_t c) {
  switch (c) {
    case kEnd: return TokenType::End;
    case U'"':
      scan_string(cursor_, Dialect::Json);
      return TokenType::String;
    case U'.':
      if (!is_decimal(cursor_.peek())) return TokenType::Period;
      scan_exponent(cursor_, scan_mantissa(cursor_, cursor_.peek()));
      return TokenType::Float;
    case U'[': return TokenType::LeftBracket;
    case U']': return TokenType::RightBracket;
    case U'{': return TokenType::LeftBrace;
    case U'}': return TokenType::RightBrace;
    case U',': return TokenType::Comma;
    case U':': return TokenType::Colon;
    case U'-':
      if (is_decimal(cursor_.peek())) return scan_number(cursor_.next());
      cursor_.fail("illegal char");
      return TokenType::Illegal;
    default: {
      std::string what = "illegal char: ";
      append_utf8(what, c);
      cursor_.fail(what);
      return TokenType::Illegal;
    }
  }
}

TokenType JsonLexer::scan_number(char32_t c) {
  const bool zero = c == U'0';
  const Position first = cursor_.here();
  scan_mantissa(cursor_, c);
  c = cursor_.next();
  if (c == U'e' || c == U'E') {
    scan_exponent(cursor_, c);
    return TokenType::Float;
  }
  if (c == U'.') return scan_fraction(cursor_);
  if (c != kEnd) cursor_.unread();
  const Position last = cursor_.here();
  if (zero && (first.line != last.line || first.column != last.column)) {
    cursor_.fail("numbers cannot start with 0");
  }
  return TokenType::Number;
}

}  // namespace leasehold::hcl

// Tokens of both dialects and the lexers that cut them from the text.
#pragma once

#include <string>
#include <string_view>

#include "cursor.h"

namespace leasehold::hcl {

enum class TokenType {
  Illegal, End, Comment, Ident, Number, Float, Bool, String, Null, Heredoc, LeftBracket, LeftBrace, Comma,
  Period, Colon, RightBracket, RightBrace, Assign, Plus, Minus
};

/// The peer's name of a token, as its messages have it: IDENT, LBRACE, EOF.
std::string_view name_of(TokenType type);

struct Token {
  TokenType type = TokenType::Illegal;
  Position at;
  std::string_view text;  ///< raw, a piece of the document
};

class HclLexer {
 public:
  explicit HclLexer(std::string_view text) : cursor_(text, Dialect::Hcl) {}
  Token scan();
  [[nodiscard]] const Cursor& cursor() const { return cursor_; }

 private:
  TokenType scan_punctuation(char32_t first);
  void scan_comment(char32_t first);
  TokenType scan_number(char32_t first);
  TokenType scan_number_after_zero();
  void scan_heredoc();
  void scan_heredoc_lines(std::string_view anchor);

  Cursor cursor_;
};

class JsonLexer {
 public:
  explicit JsonLexer(std::string_view text) : cursor_(text, Dialect::Json) {}
  Token scan();
  [[nodiscard]] const Cursor& cursor() const { return cursor_; }

 private:
  TokenType scan_punctuation(char32_t first);
  TokenType scan_number(char32_t first);

  Cursor cursor_;
};

// Pieces that the two dialects share; all start behind the character that was read last.
void scan_identifier(Cursor& cursor, bool dots);
char32_t scan_mantissa(Cursor& cursor, char32_t character);
char32_t scan_exponent(Cursor& cursor, char32_t character);
TokenType scan_fraction(Cursor& cursor);
/// A quoted string up to its quote. HCL lets quotes and line feeds stand inside `${ }`.
void scan_string(Cursor& cursor, Dialect dialect);

// Literals to values (literals.cc).
/// Removes the quotes and resolves escapes; in HCL `${ }` stays as it is. False when an escape makes
/// no sense, which the lexer has reported already.
bool unquote(std::string_view raw, Dialect dialect, std::string& out);
/// The content of a heredoc token, indentation removed for `<<-`.
std::string heredoc_content(std::string_view raw);

}  // namespace leasehold::hcl

// First stage: template text in, tokens out, one at a time. Truth: spec "templates" section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace leasehold::gotemplate {

enum class TokenType : std::uint8_t {
  Error,  ///< text is the message
  Eof,
  Text,
  LeftDelimiter,
  RightDelimiter,
  Space,
  Assign,   ///< =
  Declare,  ///< :=
  Pipe,
  LeftParen,
  RightParen,
  Char,  ///< another printable ASCII character
  Bool,
  CharConstant,
  Complex,
  Number,
  String,
  RawString,
  Field,  ///< .Name
  Identifier,
  Variable,  ///< $ or $name
  // Keywords: shown as <name> in messages.
  Dot,
  Nil,
  Block,
  Break,
  Continue,
  Define,
  Else,
  End,
  If,
  Range,
  Template,
  With,
};

struct Token {
  TokenType type = TokenType::Eof;
  std::size_t position = 0;  ///< byte offset in the text
  std::string_view text;     ///< of the template, or of the lexer's message
};

class Lexer {
 public:
  /// The views must outlive the lexer.
  Lexer(std::string_view text, std::string_view left, std::string_view right)
      : text_(text), left_(left), right_(right) {}

  /// The next token. After Error or Eof the same kind comes again.
  Token next();

  /// 1-based line of a byte offset: counted when an error asks, not for each token.
  [[nodiscard]] int line_of(std::size_t position) const;

 private:
  Token in_text();
  Token in_action();
  Token left_delimiter();
  bool skip_comment(Token& error);
  Token right_delimiter();
  Token space();
  Token field_or_variable(TokenType type);
  Token identifier();
  Token quoted(char quote, TokenType type, std::string_view unterminated);
  Token raw_quoted();
  Token number();
  bool scan_number();

  [[nodiscard]] std::string_view rest() const { return text_.substr(position_); }
  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] bool at_right_delimiter(bool& trim) const;
  [[nodiscard]] bool at_terminator() const;
  bool accept(std::string_view characters);
  void accept_run(std::string_view characters);
  void skip_name();
  void ignore() { start_ = position_; }
  Token emit(TokenType type);
  Token fail(std::string message);

  std::string_view text_;
  std::string_view left_;
  std::string_view right_;
  std::size_t position_ = 0;
  std::size_t start_ = 0;  ///< of the token being read
  int paren_depth_ = 0;
  bool inside_action_ = false;
  bool failed_ = false;
  std::string message_;  ///< of the Error token
};

}  // namespace leasehold::gotemplate

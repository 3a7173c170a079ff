#include "lexer.h"

#include <algorithm>
#include <iterator>

#include "leasehold/base/text.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gotemplate {

namespace {

constexpr std::string_view kDecimal = "0123456789_";
constexpr std::string_view kHexadecimal = "0123456789abcdefABCDEF_";
constexpr std::string_view kOctal = "01234567_";
constexpr std::string_view kBinary = "01_";
/// The marker is the minus sign and the space beside it.
constexpr std::size_t kTrimMarkerBytes = 2;

struct Keyword {
  std::string_view word;
  TokenType type;
};

constexpr Keyword kKeywords[] = {
    {"block", TokenType::Block},   {"break", TokenType::Break},       {"continue", TokenType::Continue},
    {"define", TokenType::Define}, {"else", TokenType::Else},         {"end", TokenType::End},
    {"if", TokenType::If},         {"nil", TokenType::Nil},           {"range", TokenType::Range},
    {"with", TokenType::With},     {"template", TokenType::Template}, {"true", TokenType::Bool},
    {"false", TokenType::Bool},
};

constexpr std::size_t kKeywordBytesMax = 8;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

bool is_ascii_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_left_marker(std::string_view text) {
  return text.size() >= kTrimMarkerBytes && text[0] == '-' && is_space(text[1]);
}

bool has_right_marker(std::string_view text) {
  return text.size() >= kTrimMarkerBytes && is_space(text[0]) && text[1] == '-';
}

std::size_t leading_spaces(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_space(text[count])) ++count;
  return count;
}

std::string hex_code(char32_t code) {
  std::string digits;
  for (; code != 0 || digits.size() < 4; code /= 16) {
    digits.insert(digits.begin(), "0123456789ABCDEF"[code % 16]);
  }
  return "U+" + digits;
}

/// Go's %#U.
std::string describe(char32_t code) {
  std::string text = hex_code(code);
  if (is_printable(code)) {
    text += " '";
    append_rune(text, code);
    text += "'";
  }
  return text;
}

}  // namespace

Token Lexer::next() {
  if (failed_) return {.type = TokenType::Eof, .position = start_, .text = {}};
  ignore();
  return inside_action_ ? in_action() : in_text();
}

int Lexer::line_of(std::size_t position) const {
  return static_cast<int>(std::ranges::count(text_.substr(0, position), '\n')) + 1;
}

Token Lexer::emit(TokenType type) {
  const Token token{.type = type, .position = start_, .text = text_.substr(start_, position_ - start_)};
  ignore();
  return token;
}

Token Lexer::fail(std::string message) {
  failed_ = true;
  message_ = std::move(message);
  return {.type = TokenType::Error, .position = start_, .text = message_};
}

Token Lexer::in_text() {
  for (;;) {  // one round per comment
    const std::size_t found = text_.find(left_, position_);
    if (found == std::string_view::npos) {
      position_ = text_.size();
      return emit(position_ > start_ ? TokenType::Text : TokenType::Eof);
    }
    std::size_t text_end = found;
    if (has_left_marker(text_.substr(found + left_.size()))) {
      while (text_end > start_ && is_space(text_[text_end - 1])) --text_end;
    }
    if (text_end > start_) {
      position_ = text_end;
      Token token = emit(TokenType::Text);
      position_ = found;
      return token;
    }
    position_ = found;
    ignore();
    const std::string_view after = text_.substr(found + left_.size());
    const std::size_t marker = has_left_marker(after) ? kTrimMarkerBytes : 0;
    if (!after.substr(marker).starts_with("/*")) return left_delimiter();
    position_ = found + left_.size() + marker;
    ignore();
    Token error;
    if (!skip_comment(error)) return error;
  }
}

bool Lexer::skip_comment(Token& error) {
  const std::size_t end = text_.find("*/", position_ + 2);
  if (end == std::string_view::npos) {
    error = fail("unclosed comment");
    return false;
  }
  position_ = end + 2;
  bool trim = false;
  if (!at_right_delimiter(trim)) {
    error = fail("comment ends before closing delimiter");
    return false;
  }
  position_ += (trim ? kTrimMarkerBytes : 0) + right_.size();
  if (trim) position_ += leading_spaces(rest());
  ignore();
  return true;
}

Token Lexer::left_delimiter() {
  position_ += left_.size();
  Token token = emit(TokenType::LeftDelimiter);
  if (has_left_marker(rest())) position_ += kTrimMarkerBytes;
  ignore();
  inside_action_ = true;
  paren_depth_ = 0;
  return token;
}

Token Lexer::right_delimiter() {
  bool trim = false;
  static_cast<void>(at_right_delimiter(trim));  // only trim is asked for
  if (trim) position_ += kTrimMarkerBytes;
  ignore();
  position_ += right_.size();
  Token token = emit(TokenType::RightDelimiter);
  if (trim) position_ += leading_spaces(rest());
  ignore();
  inside_action_ = false;
  return token;
}

bool Lexer::at_right_delimiter(bool& trim) const {
  const std::string_view here = rest();
  trim = has_right_marker(here) && here.substr(kTrimMarkerBytes).starts_with(right_);
  return trim || here.starts_with(right_);
}

Token Lexer::in_action() {
  bool trim = false;
  if (at_right_delimiter(trim)) {
    return paren_depth_ == 0 ? right_delimiter() : fail("unclosed left paren");
  }
  if (at_end()) return fail("unclosed action");
  const char first = text_[position_];
  const auto single = [this](TokenType type) {
    ++position_;
    return emit(type);
  };
  switch (first) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
      return space();
    case '=':
      return single(TokenType::Assign);
    case ':':
      if (!rest().starts_with(":=")) return fail("expected :=");
      ++position_;
      return single(TokenType::Declare);
    case '|':
      return single(TokenType::Pipe);
    case '"':
      return quoted('"', TokenType::String, "unterminated quoted string");
    case '\'':
      return quoted('\'', TokenType::CharConstant, "unterminated character constant");
    case '`':
      return raw_quoted();
    case '$':
      return field_or_variable(TokenType::Variable);
    case '(':
      ++paren_depth_;
      return single(TokenType::LeftParen);
    case ')':
      if (--paren_depth_ < 0) return fail("unexpected right paren");
      return single(TokenType::RightParen);
    case '.':
      if (position_ + 1 < text_.size() && (text_[position_ + 1] < '0' || text_[position_ + 1] > '9')) {
        return field_or_variable(TokenType::Field);
      }
      return number();
    default:
      break;
  }
  if (first == '+' || first == '-' || (first >= '0' && first <= '9')) return number();
  if (is_ascii_name(first)) return identifier();
  const Rune rune = decode_rune(rest());
  if (is_name_rune(rune.code)) return identifier();
  if (rune.code < 0x80 && is_printable(rune.code)) return single(TokenType::Char);
  position_ += rune.width;
  return fail("unrecognized character in action: " + describe(rune.code));
}

Token Lexer::space() {
  const std::size_t count = leading_spaces(rest());
  position_ += count;
  // The last space may belong to a trim marker before the delimiter.
  const std::string_view tail = text_.substr(position_ - 1);
  if (has_right_marker(tail) && tail.substr(kTrimMarkerBytes).starts_with(right_)) {
    --position_;
    if (count == 1) return right_delimiter();
  }
  return emit(TokenType::Space);
}

void Lexer::skip_name() {
  while (!at_end()) {
    if (is_ascii_name(text_[position_])) {
      ++position_;
      continue;
    }
    const Rune rune = decode_rune(rest());
    if (!is_name_rune(rune.code)) return;
    position_ += rune.width;
  }
}

bool Lexer::at_terminator() const {
  if (at_end()) return true;
  static constexpr std::string_view kTerminators = " \t\r\n.,|:)(";
  return kTerminators.find(text_[position_]) != std::string_view::npos || rest().starts_with(right_);
}

Token Lexer::field_or_variable(TokenType type) {
  ++position_;
  if (at_terminator()) return emit(type == TokenType::Variable ? type : TokenType::Dot);
  skip_name();
  if (!at_terminator()) return fail("bad character " + describe(decode_rune(rest()).code));
  return emit(type);
}

Token Lexer::identifier() {
  skip_name();
  if (!at_terminator()) return fail("bad character " + describe(decode_rune(rest()).code));
  const std::string_view word = text_.substr(start_, position_ - start_);
  if (word.size() > kKeywordBytesMax) return emit(TokenType::Identifier);
  const auto* keyword = std::ranges::find(kKeywords, word, &Keyword::word);
  return emit(keyword == std::end(kKeywords) ? TokenType::Identifier : keyword->type);
}

Token Lexer::quoted(char quote, TokenType type, std::string_view unterminated) {
  for (++position_; !at_end() && text_[position_] != '\n'; ++position_) {
    if (text_[position_] == quote) {
      ++position_;
      return emit(type);
    }
    if (text_[position_] == '\\') {
      ++position_;
      if (at_end() || text_[position_] == '\n') break;
    }
  }
  return fail(std::string(unterminated));
}

Token Lexer::raw_quoted() {
  const std::size_t end = text_.find('`', position_ + 1);
  if (end == std::string_view::npos) return fail("unterminated raw quoted string");
  position_ = end + 1;
  return emit(TokenType::RawString);
}

bool Lexer::accept(std::string_view characters) {
  if (at_end() || characters.find(text_[position_]) == std::string_view::npos) return false;
  ++position_;
  return true;
}

void Lexer::accept_run(std::string_view characters) {
  while (accept(characters)) {
  }
}

bool Lexer::scan_number() {
  accept("+-");
  std::string_view digits = kDecimal;
  if (accept("0")) {  // a leading 0 does not mean octal in floats
    if (accept("xX")) {
      digits = kHexadecimal;
    } else if (accept("oO")) {
      digits = kOctal;
    } else if (accept("bB")) {
      digits = kBinary;
    }
  }
  accept_run(digits);
  if (accept(".")) accept_run(digits);
  const std::string_view exponent =
      digits == kDecimal ? "eE" : (digits == kHexadecimal ? "pP" : std::string_view());
  if (!exponent.empty() && accept(exponent)) {
    accept("+-");
    accept_run(kDecimal);
  }
  accept("i");
  if (!at_end()) {
    const Rune rune = decode_rune(rest());
    if (is_name_rune(rune.code)) {
      position_ += rune.width;
      return false;
    }
  }
  return true;
}

Token Lexer::number() {
  const auto bad = [this] {
    return fail("bad number syntax: " + go_quote(text_.substr(start_, position_ - start_)));
  };
  if (!scan_number()) return bad();
  if (at_end() || (text_[position_] != '+' && text_[position_] != '-')) return emit(TokenType::Number);
  if (!scan_number() || text_[position_ - 1] != 'i') return bad();  // complex: 1+2i, no spaces
  return emit(TokenType::Complex);
}

}  // namespace leasehold::gotemplate

#include "json_syntax.h"

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

/// Walks over the text; the first thing that is wrong ends it.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  std::string run() {
    value();
    if (!error_.empty()) return error_;
    skip_blanks();
    if (at_ < text_.size()) fail("after top-level value");
    return error_;
  }

 private:
  /// Go shows the byte as if it were Latin-1, and feeds one blank behind the end.
  bool fail(const std::string& context) {
    const unsigned char c = at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : ' ';
    std::string shown;
    if (c == '\'' || c == '"') {
      shown = c == '"' ? "\"" : "\\'";
    } else {
      std::string rune;
      if (c < 0x80) {
        rune += static_cast<char>(c);
      } else {
        rune += static_cast<char>(0xC0U | (c >> 6U));
        rune += static_cast<char>(0x80U | (c & 0x3FU));
      }
      const std::string quoted = go_quote(rune);
      shown = quoted.substr(1, quoted.size() - 2);
    }
    error_ = "invalid character '" + shown + "' " + context;
    return false;
  }
  bool fail_end() {
    error_ = "unexpected end of JSON input";
    return false;
  }

  void skip_blanks() {
    const auto next = text_.find_first_not_of(" \t\r\n", at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
  }
  [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  /// The next character after blanks; false at the end.
  bool token() {
    skip_blanks();
    return at_ < text_.size() || fail_end();
  }
  [[nodiscard]] bool at_digit() const { return here() >= '0' && here() <= '9'; }
  void skip_digits() {
    while (at_digit()) ++at_;
  }

  bool value() {
    if (!token()) return false;
    switch (here()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return here() == '-' || at_digit() ? number() : fail("looking for beginning of value");
    }
  }

  bool enter() {
    ++at_;
    if (++depth_ <= limits::kJsonDepthMax) return true;
    error_ = "exceeded max depth";
    return false;
  }
  bool leave() {
    ++at_;
    --depth_;
    return true;
  }

  bool object() {
    if (!enter() || !token()) return false;
    if (here() == '}') return leave();
    for (;;) {  // ends at the brace, or with an error at the end of the text
      if (!token()) return false;
      if (here() != '"') return fail("looking for beginning of object key string");
      if (!string() || !token()) return false;
      if (here() != ':') return fail("after object key");
      ++at_;
      if (!value() || !token()) return false;
      if (here() == '}') return leave();
      if (here() != ',') return fail("after object key:value pair");
      ++at_;
    }
  }

  bool array() {
    if (!enter() || !token()) return false;
    if (here() == ']') return leave();
    for (;;) {  // ends at the bracket, or with an error at the end of the text
      if (!value() || !token()) return false;
      if (here() == ']') return leave();
      if (here() != ',') return fail("after array element");
      ++at_;
    }
  }

  bool word(std::string_view wanted) {
    for (const char expected : wanted) {
      if (at_ >= text_.size() || text_[at_] != expected) {
        return fail("in literal " + std::string(wanted) + " (expecting '" + expected + "')");
      }
      ++at_;
    }
    return true;
  }

  bool number() {
    if (here() == '-') ++at_;
    if (!at_digit()) return fail("in numeric literal");
    if (here() == '0') {
      ++at_;
    } else {
      skip_digits();
    }
    if (here() == '.') {
      ++at_;
      if (!at_digit()) return fail("after decimal point in numeric literal");
      skip_digits();
    }
    if (here() == 'e' || here() == 'E') {
      ++at_;
      if (here() == '+' || here() == '-') ++at_;
      if (!at_digit()) return fail("in exponent of numeric literal");
      skip_digits();
    }
    return true;
  }

  bool string() {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail("in string literal");
      if (c == '\\' && !escape()) return false;
    }
    return fail_end();
  }

  /// Stops at its last character.
  bool escape() {
    ++at_;
    constexpr std::string_view kLetters = "\"\\/bfnrtu";
    if (at_ >= text_.size() || kLetters.find(text_[at_]) == std::string_view::npos) {
      return fail("in string escape code");
    }
    if (text_[at_] != 'u') return true;
    for (int digit = 0; digit < 4; ++digit) {
      ++at_;
      constexpr std::string_view kHex = "0123456789abcdefABCDEF";
      if (at_ >= text_.size() || kHex.find(text_[at_]) == std::string_view::npos) {
        return fail("in \\u hexadecimal character escape");
      }
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::string error_;
};

}  // namespace

std::string json_syntax_error(std::string_view text) {
  return Checker(text).run();
}

}  // namespace leasehold::injector

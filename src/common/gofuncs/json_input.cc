#include "json_input.h"

#include <optional>
#include <string>

#include "leasehold/base/limits.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/gotemplate/numeric.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Items;
using gotemplate::Value;

/// Go quotes the offending byte as if it were Latin-1.
std::string shown_character(char c) {
  if (c == '\'') return R"('\'')";
  if (c == '"') return R"('"')";
  return gotemplate::quote_rune(static_cast<unsigned char>(c), false);
}

/// Thrown inside the reader, caught in parse_json.
struct JsonError {
  std::string message;
};

class Reader {
 public:
  Reader(std::string_view text, JsonNumbers numbers) : text_(text), numbers_(numbers) {}

  Value run() {
    Value value = read_value("looking for beginning of value");
    skip_spaces();
    if (position_ < text_.size()) fail("after top-level value");
    return value;
  }

 private:
  [[noreturn]] void fail(std::string_view context) const {
    const char c = position_ < text_.size() ? text_[position_] : ' ';
    throw JsonError{"invalid character " + shown_character(c) + " " + std::string(context)};
  }
  [[noreturn]] static void fail_end() { throw JsonError{"unexpected end of JSON input"}; }

  void skip_spaces() {
    while (position_ < text_.size() && std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
  }

  /// The next character after spaces; fails at the end.
  char next_token() {
    skip_spaces();
    if (position_ >= text_.size()) fail_end();
    return text_[position_];
  }

  [[nodiscard]] bool at_digit() const {
    return position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9';
  }

  Value read_value(std::string_view context) {
    const char c = next_token();
    switch (c) {
      case '{':
        return read_object();
      case '[':
        return read_array();
      case '"':
        return Value::string(read_string());
      case 't':
        read_word("true");
        return Value::boolean(true);
      case 'f':
        read_word("false");
        return Value::boolean(false);
      case 'n':
        read_word("null");
        return {};
      default:
        if (c == '-' || (c >= '0' && c <= '9')) return read_number();
        fail(context);
    }
  }

  void enter() {
    ++position_;
    if (++depth_ > limits::kJsonDepthMax) throw JsonError{"exceeded max depth"};
  }

  Value read_object() {
    enter();
    Value map = Value::map();
    if (next_token() == '}') return leave(map);
    for (;;) {  // ends at the brace, or fails at the end of the text
      static constexpr std::string_view kKey = "looking for beginning of object key string";
      if (next_token() != '"') fail(kKey);
      const Value key = Value::string(read_string());
      if (next_token() != ':') fail("after object key");
      ++position_;
      map.set(key, read_value("looking for beginning of value"));
      const char c = next_token();
      if (c == '}') return leave(map);
      if (c != ',') fail("after object key:value pair");
      ++position_;
    }
  }

  Value read_array() {
    enter();
    Items items;
    if (next_token() == ']') return leave(Value::list(std::move(items)));
    for (;;) {  // ends at the bracket, or fails at the end of the text
      items.push_back(read_value("looking for beginning of value"));
      const char c = next_token();
      if (c == ']') return leave(Value::list(std::move(items)));
      if (c != ',') fail("after array element");
      ++position_;
    }
  }

  Value leave(Value value) {
    ++position_;
    --depth_;
    return value;
  }

  void read_word(std::string_view word) {
    for (const char expected : word) {
      if (position_ >= text_.size() || text_[position_] != expected) {
        fail("in literal " + std::string(word) + " (expecting '" + expected + "')");
      }
      ++position_;
    }
  }

  Value read_number() {
    const std::size_t start = position_;
    if (text_[position_] == '-') ++position_;
    if (!at_digit()) fail("in numeric literal");
    if (text_[position_] == '0') {
      ++position_;
    } else {
      skip_digits();
    }
    if (position_ < text_.size() && text_[position_] == '.') {
      ++position_;
      if (!at_digit()) fail("after decimal point in numeric literal");
      skip_digits();
    }
    if (position_ < text_.size() && (text_[position_] == 'e' || text_[position_] == 'E')) {
      ++position_;
      if (position_ < text_.size() && (text_[position_] == '+' || text_[position_] == '-')) ++position_;
      if (!at_digit()) fail("in exponent of numeric literal");
      skip_digits();
    }
    const std::string_view literal = text_.substr(start, position_ - start);
    if (numbers_ == JsonNumbers::AsText) return Value::number(literal);
    const auto number = gotemplate::read_float(literal);
    if (!number) {
      // Go goes on to look for syntax errors first; the caller reports this one only if there is none.
      if (!range_error_) range_error_ = literal;
      return Value::floating(0);
    }
    return Value::floating(*number);
  }

  void skip_digits() {
    while (at_digit()) ++position_;
  }

  std::string_view read_string() {
    buffer_.clear();
    ++position_;
    for (;;) {  // ends at the quote, or fails
      if (position_ >= text_.size()) fail_end();
      const char c = text_[position_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20) fail("in string literal");
      if (c == '\\') {
        ++position_;
        read_escape();
        continue;
      }
      const gotemplate::Rune rune = gotemplate::decode_rune(text_.substr(position_));
      append(rune.code);
      position_ += rune.width;
    }
    ++position_;
    return {buffer_.data(), buffer_.size()};
  }

  void append(char32_t code) {
    std::string bytes;
    gotemplate::append_rune(bytes, code);
    leasehold::append(buffer_, bytes);
  }

  void read_escape() {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (position_ < text_.size() && text_[position_] == 'u') {
      ++position_;
      return read_unicode();
    }
    const std::size_t place = position_ < text_.size() ? kLetters.find(text_[position_]) : std::string_view::npos;
    if (place == std::string_view::npos) fail("in string escape code");
    buffer_.push_back(kMeanings[place]);
    ++position_;
  }

  char32_t read_hex() {
    char32_t code = 0;
    for (int digit = 0; digit < 4; ++digit) {
      const char c = position_ < text_.size() ? text_[position_] : ' ';
      const auto value = hex_value(c);
      if (!value) fail("in \\u hexadecimal character escape");
      code = code * 16 + *value;
      ++position_;
    }
    return code;
  }

  static std::optional<char32_t> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<char32_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<char32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<char32_t>(c - 'A' + 10);
    return std::nullopt;
  }

  void read_unicode() {
    const char32_t first = read_hex();
    if (first < 0xD800 || first > 0xDFFF) return append(first);
    if (first < 0xDC00 && text_.substr(position_).starts_with("\\u")) {
      const std::size_t before = position_;
      position_ += 2;
      const char32_t second = read_hex();
      if (second >= 0xDC00 && second <= 0xDFFF) {
        return append(0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00));
      }
      position_ = before;  // a lone surrogate, then another escape
    }
    append(gotemplate::kReplacement);
  }

 public:
  [[nodiscard]] const std::optional<std::string>& range_error() const { return range_error_; }

 private:
  std::string_view text_;
  JsonNumbers numbers_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
  SecretBytes buffer_;
  std::optional<std::string> range_error_;
};

}  // namespace

Result<Value> parse_json(std::string_view text, JsonNumbers numbers) {
  try {
    Reader reader(text, numbers);
    Value value = reader.run();
    if (reader.range_error()) {
      return invalid("json: cannot unmarshal number " + *reader.range_error() +
                     " into Go value of type float64");
    }
    return value;
  } catch (const JsonError& error) {
    return invalid(error.message);
  }
}

}  // namespace leasehold::gofuncs

// Builds JSON text by appending: the patch is written once and never held as a tree.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace leasehold::injector {

/// Appends text as a JSON string, escaped as Go does. Copies runs of plain characters at once.
void append_string(std::string& out, std::string_view text);

/// Appends bytes in standard base64 with padding, three bytes by two look-ups: patches are base64
/// of base64, and bytewise encoding was half of a review's time.
void append_base64(std::string& out, std::string_view bytes);

/// Writes members and elements with their commas. Nesting is the caller's affair.
class JsonText {
 public:
  explicit JsonText(std::size_t size_hint = 1024) { text_.reserve(size_hint); }

  JsonText& open(char bracket) {
    comma();
    text_ += bracket;
    return *this;
  }
  JsonText& close(char bracket) {
    text_ += bracket;
    return *this;
  }
  JsonText& key(std::string_view name) {
    comma();
    text_ += '"';
    text_ += name;  // keys are ours, but for those that go through quoted_key
    text_ += "\":";
    return *this;
  }
  JsonText& quoted_key(std::string_view name) {
    comma();
    append_string(text_, name);
    text_ += ':';
    return *this;
  }
  JsonText& string(std::string_view value) {
    comma();
    append_string(text_, value);
    return *this;
  }
  /// value is JSON already, or text that needs no escapes inside quotes that it brings along.
  JsonText& raw(std::string_view value) {
    comma();
    text_ += value;
    return *this;
  }
  /// Goes on right after what was written last, without a comma.
  JsonText& append(std::string_view text) {
    text_ += text;
    return *this;
  }
  /// A JSON string that holds the bytes in base64.
  JsonText& base64(std::string_view bytes) {
    comma();
    text_ += '"';
    append_base64(text_, bytes);
    text_ += '"';
    return *this;
  }
  JsonText& boolean(bool value) { return raw(value ? "true" : "false"); }
  template <std::integral T>
  JsonText& number(T value) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return raw({buffer, static_cast<std::size_t>(end - buffer)});
  }

  // --- members of an object ---
  JsonText& member(std::string_view name, std::string_view value) {
    return key(name).string(value);
  }
  JsonText& member_unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : member(name, value);
  }
  JsonText& flag_if(std::string_view name, bool value) {
    return value ? key(name).raw("true") : *this;
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void comma() {
    if (text_.empty()) return;
    const char last = text_.back();
    if (last != '{' && last != '[' && last != ':' && last != ',') text_ += ',';
  }
  std::string text_;
};

}  // namespace leasehold::injector

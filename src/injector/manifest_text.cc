#include "manifest_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "leasehold/base/text.h"
#include "leasehold/yaml/document.h"

namespace leasehold::injector {
namespace {

constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                    "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                                     "False", "FALSE", "off", "Off", "OFF"};

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, text) != words.end();
}

/// Lines with their ends.
std::string_view next_line(std::string_view text) {
  const auto end = text.find('\n');
  return text.substr(0, end == std::string_view::npos ? end : end + 1);
}

bool is_mark(std::string_view line) {
  return line.starts_with("---") &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\n' || line[3] == '\r');
}

bool is_before_content(std::string_view line) {
  const std::string_view bare = trim_space(line);
  return bare.empty() || bare.front() == '#' || line.front() == '%' ||
         (is_mark(line) && (bare == "---" || trim_space(bare.substr(3)).starts_with('#')));
}

template <class Number>
std::optional<Manifest> whole_number(std::string_view digits, int base) {
  Number number = 0;
  const auto* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, number, base);
  if (digits.empty() || error != std::errc() || at != end) return std::nullopt;
  return Manifest(number);
}

std::optional<Manifest> integer(std::string_view text) {
  std::string digits = replace_all(std::string(text), "_", "");
  const bool is_negative = digits.starts_with('-');
  if (is_negative || digits.starts_with('+')) digits.erase(0, 1);
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char second = digits[1];
    base = second == 'x' || second == 'X' ? 16 : second == 'b' ? 2 : 8;
    digits.erase(0, base == 8 && second != 'o' ? 1 : 2);
  }
  if (digits.starts_with('-') || digits.starts_with('+')) return std::nullopt;
  if (is_negative) digits.insert(0, "-");
  auto number = whole_number<std::int64_t>(digits, base);
  return number ? number : whole_number<std::uint64_t>(digits, base);
}

std::optional<Manifest> fraction(std::string_view text) {
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || !std::isfinite(number)) return std::nullopt;
  return Manifest(number);
}

Manifest scalar(const yaml::Node& node) {
  if (node.style != yaml::Style::Plain) return node.text;
  if (is_one_of(node.text, kNulls)) return nullptr;
  if (is_one_of(node.text, kTrue)) return true;
  if (is_one_of(node.text, kFalse)) return false;
  if (auto number = integer(node.text)) return *std::move(number);
  if (auto number = fraction(node.text)) return *std::move(number);
  return node.text;
}

Manifest to_manifest(const yaml::Node& node) {
  if (node.kind == yaml::Kind::Scalar) return scalar(node);
  if (node.kind == yaml::Kind::Sequence) {
    Manifest list = Manifest::array();
    for (const yaml::Node& element : node.elements) list.push_back(to_manifest(element));
    return list;
  }
  Manifest object = Manifest::object();
  for (const yaml::Entry& entry : node.entries) object[entry.key.text] = to_manifest(entry.value);
  return object;
}

/// Would a reader take the plain text for this very string?
bool is_plain(std::string_view text) {
  constexpr std::string_view kInside =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _./@%+=,:~^()$-;<>";
  if (text.empty() || text.find_first_not_of(kInside) != std::string_view::npos) return false;
  const char first = text.front();
  const bool is_letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
  const bool is_digit = first >= '0' && first <= '9';
  if (!is_letter && !is_digit && first != '/' && first != '_' && first != '$') return false;
  if (text.back() == ' ' || text.back() == ':' || text.find(": ") != std::string_view::npos) return false;
  if (is_digit && text.find_first_not_of("0123456789abcdefABCDEFxXo_.:+-eE") == std::string_view::npos) {
    return false;  // might be a number, a date or a time
  }
  return !is_one_of(text, kNulls) && !is_one_of(text, kTrue) && !is_one_of(text, kFalse);
}

/// Characters that YAML does not take as they are, or takes for the end of a line.
struct OddCharacter {
  std::string_view bytes;
  std::string_view escape;
};
constexpr std::array kOddCharacters{
    OddCharacter{"\x7F", "\\x7F"},         OddCharacter{"\xC2\x85", "\\x85"},
    OddCharacter{"\xE2\x80\xA8", "\\L"},   OddCharacter{"\xE2\x80\xA9", "\\P"},
    OddCharacter{"\xEF\xBB\xBF", "\\uFEFF"}, OddCharacter{"\xEF\xBF\xBE", "\\uFFFE"},
    OddCharacter{"\xEF\xBF\xBF", "\\uFFFF"},
};

/// C1 controls: 0xC2 and a byte below 0xA0.
bool is_control_pair(std::string_view text, std::size_t at) {
  return text[at] == '\xC2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
}

bool has_odd_characters(std::string_view text) {
  for (const OddCharacter& odd : kOddCharacters) {
    if (text.find(odd.bytes) != std::string_view::npos) return true;
  }
  for (auto at = text.find('\xC2'); at != std::string_view::npos; at = text.find('\xC2', at + 1)) {
    if (is_control_pair(text, at)) return true;
  }
  return false;
}

std::string escape_odd_characters(std::string text) {
  for (const OddCharacter& odd : kOddCharacters) {
    if (text.find(odd.bytes) != std::string::npos) text = replace_all(std::move(text), odd.bytes, odd.escape);
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_control_pair(text, at)) {
      out += text[at];
      continue;
    }
    const auto code = static_cast<unsigned char>(text[++at]);
    out += "\\x";
    out += kDigits[code >> 4U];
    out += kDigits[code & 15U];
  }
  return out;
}

class YamlWriter {
 public:
  void members(const Manifest& object, std::size_t indent, bool first_inline) {
    for (const auto& [key, value] : object.items()) {
      if (!first_inline) out_.append(indent, ' ');
      first_inline = false;
      out_ += is_plain(key) ? key : quoted(key);
      out_ += ':';
      after_key(value, indent);
    }
  }
  void elements(const Manifest& list, std::size_t indent) {
    for (const Manifest& value : list) {
      out_.append(indent, ' ');
      out_ += '-';
      if (value.is_object() && !value.empty()) {
        out_ += ' ';
        members(value, indent + 2, /*first_inline=*/true);
      } else if (value.is_array() && !value.empty()) {
        out_ += '\n';
        elements(value, indent + 2);
      } else {
        leaf(value, indent);
      }
    }
  }
  void leaf(const Manifest& value, std::size_t indent) {
    out_ += ' ';
    if (!value.is_string()) {
      out_ += value.dump() + "\n";
      return;
    }
    const auto& text = value.get_ref<const std::string&>();
    if (is_literal(text)) return literal(text, indent + 2);
    out_ += (is_plain(text) ? text : quoted(text)) + "\n";
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void after_key(const Manifest& value, std::size_t indent) {
    if (value.is_object() && !value.empty()) {
      out_ += '\n';
      members(value, indent + 2, /*first_inline=*/false);
    } else if (value.is_array() && !value.empty()) {
      out_ += '\n';
      elements(value, indent);
    } else {
      leaf(value, indent);
    }
  }

  /// JSON's escapes are YAML's too.
  static std::string quoted(const std::string& text) {
    std::string made = Manifest(text).dump(-1, ' ', false, Manifest::error_handler_t::replace);
    return has_odd_characters(made) ? escape_odd_characters(std::move(made)) : made;
  }

  static bool is_literal(const std::string& text) {
    const auto is_odd = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F; };
    return text.find('\n') != std::string::npos && text.find_first_not_of('\n') == 0 && text.front() != ' ' &&
           text.find(" \n") == std::string::npos && text.back() != ' ' && std::ranges::none_of(text, is_odd) && !has_odd_characters(text) && is_utf8(text);
  }

  void literal(const std::string& text, std::size_t indent) {
    const bool one_end = text.ends_with('\n') && !text.ends_with("\n\n");
    out_ += one_end ? "|\n" : text.ends_with('\n') ? "|+\n" : "|-\n";
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view line = next_line(rest);
      rest.remove_prefix(line.size());
      if (line != "\n") out_.append(indent, ' ');
      out_ += line;
      if (!line.ends_with('\n')) out_ += '\n';
    }
  }

  std::string out_;
};

}  // namespace

std::vector<std::string> split_documents(std::string_view text) {
  std::vector<std::string> pieces;
  std::string piece;
  bool has_content = false;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    text.remove_prefix(line.size());
    if (is_mark(line) && has_content) {
      pieces.push_back(std::exchange(piece, {}));
      has_content = false;
    }
    has_content = has_content || !is_before_content(line);
    piece += line;
  }
  if (!piece.empty()) pieces.push_back(std::move(piece));
  return pieces;
}

Result<Document> parse_document(std::string_view piece) {
  // JSON is nearly YAML: but for escapes of surrogates, and any number of tabs.
  const std::string_view content = trim_space(piece.substr(head_of(piece).size()));
  if (content.starts_with('{')) {
    if (const auto node = yaml::parse_json(content)) return Document{to_manifest(*node)};
  }
  yaml::Place at;
  const auto documents = yaml::parse(piece, &at);
  if (!documents) {
    return invalid("line " + std::to_string(at.line) + ": " + documents.error().message);
  }
  // Marks without content before the document are documents of their own: empty ones.
  for (const yaml::Node& node : *documents) {
    if (node.kind != yaml::Kind::Scalar || !node.text.empty()) {
      return Document{to_manifest(node)};
    }
  }
  return Document{nullptr};
}

std::string head_of(std::string_view piece) {
  std::string head;
  while (!piece.empty()) {
    const std::string_view line = next_line(piece);
    if (!is_before_content(line)) break;
    head += line;
    piece.remove_prefix(line.size());
  }
  return head;
}

std::string to_yaml(const Manifest& value) {
  YamlWriter writer;
  if (value.is_object() && !value.empty()) {
    writer.members(value, 0, /*first_inline=*/false);
    return writer.take();
  }
  if (value.is_array() && !value.empty()) {
    writer.elements(value, 0);
    return writer.take();
  }
  writer.leaf(value, 0);
  return writer.take().substr(1);
}

}  // namespace leasehold::injector

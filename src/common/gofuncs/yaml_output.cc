// Values as YAML. libyaml's emitter does the layout; which style a text wants, the order of keys and
// the forms of numbers are ours.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <yaml.h>

#include "leasehold/base/encoding.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"
#include "leasehold/gotemplate/unicode.h"
#include "time_value.h"
#include "yaml_scalar.h"
#include "leasehold/gofuncs/yaml_text.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::decode_rune;
using gotemplate::is_name_rune;
using gotemplate::Kind;
using gotemplate::Rune;
using gotemplate::Value;
using std::string_view_literals::operator""sv;

constexpr int kDepthMax = 1000;
constexpr int kLineWidth = 80;

bool is_digit(char32_t code) { return code >= '0' && code <= '9'; }
bool is_letter(char32_t code) { return is_name_rune(code) && !is_digit(code) && code != '_'; }

std::u32string runes_of(std::string_view text) {
  std::u32string runes;
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    runes.push_back(rune.code);
    text.remove_prefix(rune.width);
  }
  return runes;
}

/// The number that the digits from index on form, and where they end.
std::pair<std::int64_t, std::size_t> digits_at(const std::u32string& text, std::size_t index, bool leading_one) {
  std::int64_t number = leading_one ? 1 : 0;
  for (; index < text.size() && is_digit(text[index]); ++index) {
    number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) * 10 + (text[index] - '0'));
  }
  return {number, index};
}

/// compat: "natural" order of yaml.v2, not transitive for some sets (spec 13.3)
bool text_less(const std::u32string& a, const std::u32string& b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t index = 0; index < common; ++index) {
    if (a[index] == b[index]) continue;
    const bool letter_a = is_letter(a[index]);
    const bool letter_b = is_letter(b[index]);
    if (letter_a && letter_b) return a[index] < b[index];
    if (letter_a || letter_b) return letter_b;
    bool leading_one = false;
    if (a[index] == '0' || b[index] == '0') {
      for (std::size_t before = index; before-- > 0 && is_digit(a[before]);) {
        if (a[before] != '0') {
          leading_one = true;
          break;
        }
      }
    }
    const auto [number_a, end_a] = digits_at(a, index, leading_one);
    const auto [number_b, end_b] = digits_at(b, index, leading_one);
    if (number_a != number_b) return number_a < number_b;
    if (end_a != end_b) return end_a < end_b;
    return a[index] < b[index];
  }
  return a.size() < b.size();
}

bool key_less(const Value& a, const Value& b) {
  if (a.kind() == Kind::String && b.kind() == Kind::String) return text_less(runes_of(a.as_text()), runes_of(b.as_text()));
  if (a.kind() == Kind::String || b.kind() == Kind::String) return b.kind() == Kind::String;
  return gotemplate::compare_keys(a, b) < 0;
}

/// Sorted by binary insertion, which tolerates an order that is not transitive.
std::vector<const gotemplate::Entries::value_type*> sorted_entries(const Value& map) {
  std::vector<const gotemplate::Entries::value_type*> sorted;
  for (const auto& entry : map.entries()) {
    std::size_t low = 0;
    std::size_t high = sorted.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (key_less(entry.first, sorted[middle]->first)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(low), &entry);
  }
  return sorted;
}

std::string float_text(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  return gotemplate::format_float(value);
}

int append_bytes(void* out, unsigned char* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
  return 1;
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// A double quoted text in which every character is escaped.
std::string escape_all(std::string_view text) {
  std::string out;
  for (const char32_t code : runes_of(text)) {
    constexpr std::u32string_view kCodes = U"\0\a\b\t\n\v\f\r\x1B\"\\\x85\xA0\u2028\u2029"sv;
    constexpr std::string_view kNames = "0abtnvfre\"\\N_LP";
    out.push_back('\\');
    if (const std::size_t place = kCodes.find(code); place != std::u32string_view::npos) {
      out.push_back(kNames[place]);
      continue;
    }
    const int digits = code <= 0xFF ? 2 : code <= 0xFFFF ? 4 : 8;
    out.push_back(digits == 2 ? 'x' : digits == 4 ? 'u' : 'U');
    for (int digit = digits; digit-- > 0;) out.push_back("0123456789ABCDEF"[(code >> (4 * digit)) & 0xF]);
  }
  return out;
}

class Writer {
 public:
  /// marker: a character that no text holds, or 0. Places of texts that libyaml cannot write as
  /// Go's port does are held with it.
  explicit Writer(char32_t marker) {
    if (marker != 0) gotemplate::append_rune(marker_, marker);
    LH_ASSERT(yaml_emitter_initialize(&emitter_) == 1);
    yaml_emitter_set_output(&emitter_, &append_bytes, &out_);
    yaml_emitter_set_unicode(&emitter_, 1);
    yaml_emitter_set_width(&emitter_, kLineWidth);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { yaml_emitter_delete(&emitter_); }

  Result<std::string> run(const Value& value) {
    yaml_event_t event{};
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    emit(event);
    yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1);
    emit(event);
    if (auto done = write(value, 0); !done) return done.error();
    // No end of stream: libyaml would add "..." after some texts, which Go's port does not.
    yaml_document_end_event_initialize(&event, 1);
    emit(event);
    yaml_emitter_flush(&emitter_);
    return std::move(out_);
  }

  /// Fills the held places. False: some text holds the marker.
  [[nodiscard]] bool fill_places(std::string& text) const {
    std::size_t marks = 0;
    for (std::size_t at = text.find(marker_); at != std::string::npos; at = text.find(marker_, at + 1)) ++marks;
    if (marks != 2 * escaped_.size()) return false;
    for (std::size_t index = 0; index < escaped_.size(); ++index) text = replace_all(text, place(index), escaped_[index]);
    return true;
  }
  [[nodiscard]] bool holds_places() const { return !escaped_.empty(); }

 private:
  [[nodiscard]] std::string place(std::size_t index) const { return marker_ + std::to_string(index) + marker_; }

  void emit(yaml_event_t& event) { LH_ASSERT(yaml_emitter_emit(&emitter_, &event) == 1); }

  void scalar(std::string_view text, yaml_scalar_style_t style, const char* tag = nullptr) {
    yaml_event_t event{};
    auto* tag_bytes = reinterpret_cast<const unsigned char*>(tag);
    const int implicit = tag == nullptr ? 1 : 0;
    LH_ASSERT(yaml_scalar_event_initialize(&event, nullptr, tag_bytes,
                                           reinterpret_cast<const unsigned char*>(text.data()),
                                           static_cast<int>(text.size()), implicit, implicit, style) == 1);
    emit(event);
  }

  void text(std::string_view value) {
    if (!is_utf8(value)) {
      constexpr std::size_t kLine = 70;
      const std::string encoded = base64_encode(value);
      std::string lines;
      for (std::size_t index = 0; index < encoded.size(); index += kLine) {
        lines += encoded.substr(index, kLine);
        if (encoded.size() > kLine) lines += "\n";
      }
      scalar(lines, encoded.size() > kLine ? YAML_LITERAL_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE,
             "tag:yaml.org,2002:binary");
      return;
    }
    if (value.starts_with(kByteOrderMark) && !marker_.empty()) {
      // compat: Go's port asks for the mark at the start of the text for every character of it,
      // golden/templates/ct_encode
      scalar(place(escaped_.size()), YAML_DOUBLE_QUOTED_SCALAR_STYLE);
      escaped_.push_back(escape_all(value));
      return;
    }
    const ScalarKind kind = resolve_scalar(value).kind;
    if ((kind != ScalarKind::Text && kind != ScalarKind::Merge) || looks_base60(value)) {
      scalar(value, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    } else if (value.find('\n') != std::string_view::npos) {
      scalar(value, YAML_LITERAL_SCALAR_STYLE);
    } else {
      scalar(value, YAML_PLAIN_SCALAR_STYLE);
    }
  }

  void number(std::string_view literal) {
    if (const auto whole = parse_int(literal)) return scalar(std::to_string(*whole), YAML_PLAIN_SCALAR_STYLE);
    if (const auto real = parse_float(literal)) return scalar(float_text(*real), YAML_PLAIN_SCALAR_STYLE);
    text(literal);
  }

  Result<void> write(const Value& value, int depth) {
    if (depth > kDepthMax) return invalid("nested too deep");
    if (out_.size() > limits::kTemplateValueBytesMax) return invalid("too large");
    if (value.is(kTime)) {
      scalar(format_rfc3339(time_of(value)), YAML_PLAIN_SCALAR_STYLE);
      return {};
    }
    switch (value.kind()) {
      case Kind::Bool:
      case Kind::Int:
      case Kind::Uint:
        scalar(gotemplate::to_text(value), YAML_PLAIN_SCALAR_STYLE);
        return {};
      case Kind::Float:
        scalar(float_text(value.as_float()), YAML_PLAIN_SCALAR_STYLE);
        return {};
      case Kind::String:
        if (value.is(gotemplate::kNumber)) {
          number(value.as_text());
        } else {
          text(value.as_text());
        }
        return {};
      case Kind::List:
        return list(value, depth);
      case Kind::Map:
        return map(value, depth);
      case Kind::Struct:
      case Kind::Pointer:
        return record(value, depth);
      case Kind::Invalid:
        scalar("null", YAML_PLAIN_SCALAR_STYLE);
        return {};
      default:
        return invalid("cannot marshal type: " + std::string(value.type_name()));
    }
  }

  void begin_map(bool empty) {
    yaml_event_t event{};
    yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1,
                                        empty ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE);
    emit(event);
  }

  void end_map() {
    yaml_event_t event{};
    yaml_mapping_end_event_initialize(&event);
    emit(event);
  }

  Result<void> list(const Value& value, int depth) {
    yaml_event_t event{};
    yaml_sequence_start_event_initialize(
        &event, nullptr, nullptr, 1, value.items().empty() ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
    emit(event);
    for (const Value& item : value.items()) {
      if (auto done = write(item, depth + 1); !done) return done;
    }
    yaml_sequence_end_event_initialize(&event);
    emit(event);
    return {};
  }

  Result<void> map(const Value& value, int depth) {
    begin_map(value.entries().empty());
    for (const auto* entry : sorted_entries(value)) {
      if (auto done = write(entry->first, depth + 1); !done) return done;
      if (auto done = write(entry->second, depth + 1); !done) return done;
    }
    end_map();
    return {};
  }

  Result<void> record(const Value& value, int depth) {
    if (value.is_nil()) {
      scalar("null", YAML_PLAIN_SCALAR_STYLE);
      return {};
    }
    const gotemplate::Type& type = value.kind() == Kind::Pointer ? *value.type()->element : *value.type();
    if (type.text != nullptr) {
      text(type.text(value));
      return {};
    }
    const bool empty = std::ranges::none_of(type.fields, &gotemplate::Field::exported);
    begin_map(empty);
    for (std::size_t index = 0; index < type.fields.size(); ++index) {
      if (!type.fields[index].exported) continue;
      text(to_lower(type.fields[index].name));
      if (auto done = write(value.fields()[index], depth + 1); !done) return done;
    }
    end_map();
    return {};
  }

  yaml_emitter_t emitter_{};
  std::string out_;
  std::string marker_;
  std::vector<std::string> escaped_;  ///< by place
};

}  // namespace

Result<std::string> to_yaml(const Value& value) {
  // Characters for private use, until one is found that no text holds: the first, nearly always.
  constexpr char32_t kFirstMarker = 0xE000;
  constexpr char32_t kLastMarker = 0xE01F;
  for (char32_t marker = kFirstMarker;; marker = marker == kLastMarker ? 0 : marker + 1) {
    Writer writer(marker);
    auto text = writer.run(value);
    if (!text) return text;
    if (writer.holds_places() && !writer.fill_places(*text)) continue;
    return std::string(trim_space(*text));
  }
}

}  // namespace leasehold::gofuncs

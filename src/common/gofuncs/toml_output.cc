#include "toml_output.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"
#include "time_value.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Kind;
using gotemplate::Value;

constexpr int kDepthMax = 1000;
/// Lists that hold each other several times grow without end on paper.
constexpr std::size_t kValuesMax = 1'000'000;
using Members = std::vector<std::pair<std::string, Value>>;

bool has_text(const Value& value) {
  const gotemplate::Type* type = value.kind() == Kind::Pointer ? value.type()->element : value.type();
  return type != nullptr && type->text != nullptr;
}

bool is_table(const Value& value) {
  if (value.kind() == Kind::Map) return true;
  return (value.kind() == Kind::Struct || value.kind() == Kind::Pointer) && !value.is_nil() && !has_text(value);
}

bool is_table_list(const Value& value) {
  return value.kind() == Kind::List && !value.items().empty() && std::ranges::all_of(value.items(), is_table);
}

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string quoted(std::string_view text) {
  static constexpr std::string_view kSpecial = "\"\\\b\t\n\f\r";
  static constexpr std::string_view kLetters = "\"\\btnfr";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const std::size_t place = kSpecial.find(c); place != std::string_view::npos) {
      out += {'\\', kLetters[place]};
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out.push_back("0123456789abcdef"[byte >> 4U]);
      out.push_back("0123456789abcdef"[byte & 0xFU]);
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string key_text(std::string_view key) { return is_bare_key(key) ? std::string(key) : quoted(key); }

std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const std::string text = gotemplate::format_float(value, 'f', -1);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string number_text(std::string_view literal) {
  if (const auto whole = parse_int(literal)) return std::to_string(*whole);
  if (const auto real = parse_float(literal)) return float_text(*real);
  return quoted(literal);
}

Error nil_element() { return invalid("toml: cannot encode array with nil element"); }

/// A table's members in bytewise order; nil ones are left out.
Result<Members> members_of(const Value& value) {
  Members members;
  if (value.kind() == Kind::Map) {
    if (value.is(gotemplate::kAnyKeyMap)) return invalid("toml: cannot encode a map with non-string key type");
    for (const auto& [key, item] : value.entries()) members.emplace_back(key.as_text(), item);
    return members;
  }
  const gotemplate::Type& type = value.kind() == Kind::Pointer ? *value.type()->element : *value.type();
  for (std::size_t index = 0; index < type.fields.size(); ++index) {
    if (type.fields[index].exported) members.emplace_back(type.fields[index].name, value.fields()[index]);
  }
  return members;
}

bool is_absent(const Value& value) { return value.is_nil(); }

class Writer {
 public:
  Result<void> table(const Value& value, const std::string& path, int depth) {
    if (depth > kDepthMax) return invalid("toml: nested too deep");
    if (++values_ > kValuesMax) return invalid("toml: too large");
    auto members = members_of(value);
    if (!members) return members.error();
    for (const auto& [key, item] : *members) {
      if (is_absent(item) || is_table(item) || is_table_list(item)) continue;
      auto text = inline_value(item, 0);
      if (!text) return text.error();
      out_ += indent(depth) + key_text(key) + " = " + *text + "\n";
    }
    for (const auto& [key, item] : *members) {
      if (is_absent(item)) continue;
      const std::string name = path.empty() ? key_text(key) : path + "." + key_text(key);
      Result<void> done;
      if (is_table(item)) done = sub_table(item, name, depth);
      if (is_table_list(item)) done = table_list(item, name, depth);
      if (!done) return done;
    }
    return {};
  }

  Result<std::string> inline_value(const Value& value, int depth) {
    if (depth > kDepthMax) return invalid("toml: nested too deep");
    if (++values_ > kValuesMax) return invalid("toml: too large");
    if (value.is(kTime)) return format_rfc3339(time_of(value));
    switch (value.kind()) {
      case Kind::Bool:
      case Kind::Int:
      case Kind::Uint:
        return gotemplate::to_text(value);
      case Kind::Float:
        return float_text(value.as_float());
      case Kind::String:
        return value.is(gotemplate::kNumber) ? number_text(value.as_text()) : quoted(value.as_text());
      case Kind::List:
        return inline_list(value, depth);
      case Kind::Map:
        return inline_table(value, depth);
      case Kind::Struct:
      case Kind::Pointer:
        if (has_text(value) && !value.is_nil()) return quoted(gotemplate::to_text(value));
        return inline_table(value, depth);
      case Kind::Invalid:
        return nil_element();
      default:
        return invalid("unsupported type: " + std::string(value.kind() == Kind::Channel ? "chan" : value.type_name()));
    }
  }

  std::string take() { return std::move(out_); }

 private:
  static std::string indent(int depth) { return std::string(static_cast<std::size_t>(std::max(depth - 1, 0)) * 2 + (depth > 0 ? 2 : 0), ' '); }
  static std::string header_indent(int depth) { return std::string(static_cast<std::size_t>(depth) * 2, ' '); }

  void blank_line() {
    if (!out_.empty()) out_ += "\n";
  }

  Result<void> sub_table(const Value& value, const std::string& name, int depth) {
    if (depth == 0) blank_line();
    out_ += header_indent(depth) + "[" + name + "]\n";
    return table(value, name, depth + 1);
  }

  Result<void> table_list(const Value& value, const std::string& name, int depth) {
    for (const Value& item : value.items()) {
      blank_line();
      out_ += header_indent(depth) + "[[" + name + "]]\n";
      if (auto done = table(item, name, depth + 1); !done) return done;
    }
    return {};
  }

  Result<std::string> inline_list(const Value& value, int depth) {
    std::string out = "[";
    bool first = true;
    for (const Value& item : value.items()) {
      if (item.is_nil()) return nil_element();
      auto text = inline_value(item, depth + 1);
      if (!text) return text;
      out += (first ? "" : ", ") + *text;
      first = false;
    }
    return out + "]";
  }

  Result<std::string> inline_table(const Value& value, int depth) {
    auto members = members_of(value);
    if (!members) return members.error();
    Members plain;
    Members tables;
    for (auto& member : *members) {
      const bool table = is_table(member.second) || is_table_list(member.second);
      (table ? tables : plain).push_back(std::move(member));
    }
    plain.insert(plain.end(), tables.begin(), tables.end());
    std::string out = "{";
    std::size_t left = plain.size();
    for (const auto& [key, item] : plain) {
      --left;
      if (is_absent(item)) continue;
      auto text = inline_value(item, depth + 1);
      if (!text) return text;
      // compat: a nil member after this one leaves its separator behind
      out += key_text(key) + " = " + *text + (left > 0 ? ", " : "");
    }
    return out + "}";
  }

  std::string out_;
  std::size_t values_ = 0;
};

}  // namespace

Result<std::string> to_toml(const Value& value) {
  Writer writer;
  if (!value.valid()) return invalid("reflect: call of reflect.Value.Type on zero Value");
  if (is_table(value)) {
    if (auto done = writer.table(value, "", 0); !done) return done.error();
    return std::string(trim_space(writer.take()));
  }
  if (is_table_list(value)) return invalid("toml: top-level values must be Go maps or structs");
  if (value.kind() == Kind::Complex) return invalid("unsupported type for key '': complex128");
  return writer.inline_value(value, 0);
}

}  // namespace leasehold::gofuncs

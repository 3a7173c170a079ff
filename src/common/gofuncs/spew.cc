#include "spew.h"

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Kind;
using gotemplate::Value;

constexpr int kDepthMax = 100;

std::string sizes(const Value& value) {
  if (value.length() == 0) return {};
  if (value.kind() == Kind::List) {
    const std::string count = std::to_string(value.length());
    return "(len=" + count + " cap=" + count + ") ";
  }
  return "(len=" + std::to_string(value.length()) + ") ";
}

void dump(std::string& out, const Value& value, int depth) {
  if (out.size() > limits::kTemplateValueBytesMax) return;
  if (!value.valid()) {
    out += "(interface {}) <nil>";
    return;
  }
  const std::string margin(static_cast<std::size_t>(depth) + 1, ' ');
  out += "(" + std::string(value.type_name()) + ") ";
  const bool container = value.kind() == Kind::List || value.kind() == Kind::Map;
  if (depth > kDepthMax || (container && value.is_nil())) {
    out += "<nil>";
  } else if (value.kind() == Kind::String) {
    out += sizes(value) + go_quote(value.as_text());
  } else if (container) {
    out += sizes(value) + "{\n";
    std::size_t left = value.length();
    const auto end_entry = [&] { out += --left > 0 ? ",\n" : "\n"; };
    for (const Value& item : value.kind() == Kind::List ? value.items() : gotemplate::Items()) {
      out += margin;
      dump(out, item, depth + 1);
      end_entry();
    }
    for (const auto& [key, item] : value.kind() == Kind::Map ? value.entries() : gotemplate::Entries()) {
      out += margin;
      dump(out, key, depth + 1);
      out += ": ";
      dump(out, item, depth + 1);
      end_entry();
    }
    out += std::string(static_cast<std::size_t>(depth), ' ') + "}";
  } else {
    out += gotemplate::to_text(value);
  }
}

}  // namespace

std::string spew_dump(const Value& value) {
  std::string out;
  dump(out, value, 0);
  return out + "\n";
}

std::string spew_format(std::string_view pattern, std::span<const Value> values) {
  // %#v becomes text with the type in front; everything else is printf.
  std::string plain;
  gotemplate::Items shown(values.begin(), values.end());
  std::size_t argument = 0;
  for (std::size_t index = 0; index < pattern.size(); ++index) {
    plain.push_back(pattern[index]);
    if (pattern[index] != '%') continue;
    const std::string_view rest = pattern.substr(index + 1);
    if (rest.starts_with("#v") && argument < shown.size()) {
      const Value& value = shown[argument];
      shown[argument] = Value::string("(" + std::string(value.valid() ? value.type_name() : "interface {}") + ")" +
                                      gotemplate::to_text(value));
      plain.push_back('s');
      index += 2;
    } else if (rest.starts_with("%")) {
      plain.push_back('%');
      ++index;
      continue;
    }
    ++argument;
  }
  // compat: the original wraps its arguments, and those that no verb asked for show the wrapper
  return gotemplate::format(plain, shown, "*spew.formatState");
}

}  // namespace leasehold::gofuncs

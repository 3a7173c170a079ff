#include "json_output.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "leasehold/base/limits.h"
#include "leasehold/gotemplate/print.h"
#include "leasehold/gotemplate/unicode.h"
#include "time_value.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Kind;
using gotemplate::Value;

/// Deeper values are rings; Go reports them too.
constexpr int kDepthMax = 1000;

class Writer {
 public:
  explicit Writer(JsonStyle style) : style_(style) {}

  Result<void> write(const Value& value, int depth) {
    if (depth > kDepthMax) return invalid("json: unsupported value: nested too deep");
    if (out_.size() > limits::kTemplateValueBytesMax) return invalid("json: unsupported value: too large");
    if (value.is(kTime)) {
      out_ += "\"" + format_rfc3339(time_of(value)) + "\"";
      return {};
    }
    switch (value.kind()) {
      case Kind::Int:  // time.Month prints its name, but is a number here
        out_ += std::to_string(value.as_int());
        return {};
      case Kind::Bool:
      case Kind::Uint:
        out_ += gotemplate::to_text(value);
        return {};
      case Kind::Float:
        if (!std::isfinite(value.as_float())) {
          return invalid("json: unsupported value: " + gotemplate::to_text(value));
        }
        out_ += json_number(value.as_float());
        return {};
      case Kind::String:
        if (value.is(gotemplate::kNumber)) {
          out_ += value.as_text().empty() ? std::string_view("0") : value.as_text();
        } else {
          quoted(value.as_text());
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
        out_ += "null";
        return {};
      default:
        return unsupported(value);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  static Error unsupported(const Value& value) {
    return invalid("json: unsupported type: " + std::string(value.type_name()));
  }

  void quoted(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    out_.push_back('"');
    while (!text.empty()) {
      const gotemplate::Rune rune = gotemplate::decode_rune(text);
      const std::string_view bytes = text.substr(0, rune.width);
      text.remove_prefix(rune.width);
      const bool html = style_.escape_html && (rune.code == '<' || rune.code == '>' || rune.code == '&');
      if (rune.invalid()) {
        out_ += "\\ufffd";
      } else if (rune.code == '"' || rune.code == '\\') {
        out_.push_back('\\');
        out_ += bytes;
      } else if (const auto place = std::u32string_view(U"\b\f\n\r\t").find(rune.code);
                 place != std::u32string_view::npos) {
        out_.push_back('\\');
        out_.push_back("bfnrt"[place]);
      } else if (rune.code < 0x20 || html) {
        out_ += "\\u00";
        out_.push_back(kHex[rune.code >> 4U]);
        out_.push_back(kHex[rune.code & 0xFU]);
      } else if (rune.code == 0x2028 || rune.code == 0x2029) {
        out_ += rune.code == 0x2028 ? "\\u2028" : "\\u2029";
      } else {
        out_ += bytes;
      }
    }
    out_.push_back('"');
  }

  void line(int depth) {
    if (!style_.pretty) return;
    out_.push_back('\n');
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
  }

  void member(std::string_view name, bool first, int depth) {
    if (!first) out_.push_back(',');
    line(depth + 1);
    quoted(name);
    out_ += style_.pretty ? ": " : ":";
  }

  Result<void> list(const Value& value, int depth) {
    if (value.is_nil()) {
      out_ += "null";
      return {};
    }
    out_.push_back('[');
    bool first = true;
    for (const Value& item : value.items()) {
      if (!first) out_.push_back(',');
      first = false;
      line(depth + 1);
      if (auto done = write(item, depth + 1); !done) return done;
    }
    if (!first) line(depth);
    out_.push_back(']');
    return {};
  }

  Result<void> map(const Value& value, int depth) {
    if (value.is(gotemplate::kAnyKeyMap)) return unsupported(value);
    if (value.is_nil()) {
      out_ += "null";
      return {};
    }
    out_.push_back('{');
    bool first = true;
    for (const auto& [key, item] : value.entries()) {
      member(key.as_text(), first, depth);
      first = false;
      if (auto done = write(item, depth + 1); !done) return done;
    }
    if (!first) line(depth);
    out_.push_back('}');
    return {};
  }

  Result<void> record(const Value& value, int depth) {
    if (value.is_nil()) {
      out_ += "null";
      return {};
    }
    const gotemplate::Type& type = value.kind() == Kind::Pointer ? *value.type()->element : *value.type();
    if (type.text != nullptr) {
      quoted(type.text(value));
      return {};
    }
    out_.push_back('{');
    bool first = true;
    for (std::size_t index = 0; index < type.fields.size(); ++index) {
      // Members of an embedded struct are its own, and it has none that show.
      if (!type.fields[index].exported || type.fields[index].type == &gotemplate::kAny) continue;
      member(type.fields[index].name, first, depth);
      first = false;
      if (auto done = write(value.fields()[index], depth + 1); !done) return done;
    }
    if (!first) line(depth);
    out_.push_back('}');
    return {};
  }

  JsonStyle style_;
  std::string out_;
};

}  // namespace

std::string json_number(double value) {
  const double size = std::fabs(value);
  if (size == 0 || (size >= 1e-6 && size < 1e21)) return gotemplate::format_float(value, 'f', -1);
  std::string text = gotemplate::format_float(value, 'e', -1);
  // 1e-07 becomes 1e-7.
  const std::size_t sign = text.find("e-0");
  if (sign != std::string::npos) text.erase(sign + 2, 1);
  return text;
}

Result<std::string> to_json(const Value& value, JsonStyle style) {
  Writer writer(style);
  if (auto done = writer.write(value, 0); !done) return done.error();
  return writer.take();
}

}  // namespace leasehold::gofuncs

#include "json_value.h"

#include <utility>
#include <vector>

#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"

namespace leasehold::agent {
namespace {

using gotemplate::Kind;
using gotemplate::Value;

/// Builds the value while the text streams by.
class TreeBuilder final : public json::Visitor {
 public:
  bool null_value() override { return add(Value()); }
  bool boolean(bool value) override { return add(Value::boolean(value)); }
  bool number(std::string_view literal) override { return add(Value::number(literal)); }
  bool string(std::string_view value) override { return add(Value::string(value)); }
  bool key(std::string_view name) override {
    open_.back().name = name;
    return true;
  }
  bool begin_object() override {
    open_.push_back({Value::map(), {}, ""});
    return true;
  }
  bool end_object() override {
    Value done = open_.back().map;
    open_.pop_back();
    return add(std::move(done));
  }
  bool begin_array() override {
    open_.push_back({Value(), {}, ""});
    return true;
  }
  bool end_array() override {
    Value done = Value::list(std::move(open_.back().items));
    open_.pop_back();
    return add(std::move(done));
  }

  Value take() { return std::move(root_); }

 private:
  /// An object or, without a map, an array.
  struct Container {
    Value map;
    gotemplate::Items items;
    std::string name;
  };

  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().map.valid()) {
      open_.back().map.set(open_.back().name, std::move(value));
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }

  Value root_;
  std::vector<Container> open_;
};

void new_line(std::string& out, int steps) {
  out += '\n';
  out.append(static_cast<std::size_t>(steps) * 2, ' ');
}

void append_object(std::string& out, const Value& value, int steps) {
  out += '{';
  for (const auto& [key, member] : value.entries()) {
    if (out.back() != '{') out += ',';
    new_line(out, steps + 1);
    json::append_quoted(out, key.as_text());
    out += ": ";
    append_pretty_json(out, member, steps + 1);
  }
  if (!value.entries().empty()) new_line(out, steps);
  out += '}';
}

void append_array(std::string& out, const Value& value, int steps) {
  out += '[';
  for (const Value& item : value.items()) {
    if (&item != &value.items().front()) out += ',';
    new_line(out, steps + 1);
    append_pretty_json(out, item, steps + 1);
  }
  if (!value.items().empty()) new_line(out, steps);
  out += ']';
}

}  // namespace

Result<Value> parse_json_value(std::string_view text) {
  TreeBuilder builder;
  if (auto read = json::read(text, builder); !read) return read.error();
  return builder.take();
}

void append_pretty_json(std::string& out, const Value& value, int steps) {
  switch (value.kind()) {
    case Kind::Map: return append_object(out, value, steps);
    case Kind::List: return append_array(out, value, steps);
    case Kind::Bool: out += value.as_bool() ? "true" : "false"; return;
    case Kind::Int: out += std::to_string(value.as_int()); return;
    case Kind::String:
      if (value.is(gotemplate::kNumber)) {
        out += value.as_text();
      } else {
        json::append_quoted(out, value.as_text());
      }
      return;
    default: out += "null";  // parse_json_value() makes no others
  }
}

std::string pretty_json(const Value& value) {
  std::string out;
  append_pretty_json(out, value, 0);
  return out;
}

const Value* member_of(const Value& object, std::string_view name) {
  if (object.kind() != Kind::Map) return nullptr;
  const Value* found = object.find(name);
  return found == nullptr || !found->valid() ? nullptr : found;
}

}  // namespace leasehold::agent

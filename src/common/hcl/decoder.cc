// Tree to generic value. Each decode_x() takes the value that is there already, because a repeated
// key is decoded into what the first one left (spec/agent.md 3.2, golden/hcl/105 to 112).
#include <set>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/hcl/value.h"

namespace leasehold::hcl {
namespace {

/// Private to this file; decode() turns it into an Error.
struct DecodeError {
  std::string message;
};

class Decoder {
 public:
  explicit Decoder(const PositionStyle& style) : style_(style) {}

  /// in_list: inside of a list an object is a map, elsewhere a list with one map.
  void decode_any(const std::string& name, const Source& source, Value& out, bool in_list) {
    if (std::holds_alternative<std::monostate>(out.data)) out.data = empty_for(source, in_list);
    std::visit([&](auto& held) { decode_into(name, source, held); }, out.data);
  }

 private:
  void decode_map(const std::string& name, const Selection& items, Map& out) {
    std::set<std::string_view> done;
    for (const ItemView& item : items) {
      // compat: labelled and unlabelled blocks of one name clash, golden/hcl/101
      if (item.key_count() == 0) fail({nullptr, items}, name + ": map must have string keys");
      const std::string& key = item.key(0).name;
      if (done.contains(key)) continue;
      Source source;
      if (item.key_count() > 1) {
        source.items = select(items, key);
        done.insert(key);
      } else {
        source.node = &item.value();
      }
      // Nothing is left of a half-decoded value: the first error ends everything.
      decode_any(name + "." + key, source, out[key], false);
    }
  }

  [[noreturn]] void fail(const Source& source, const std::string& what) const {
    throw DecodeError{"At " + style_.of(source) + ": " + what};
  }

  static decltype(Value::data) empty_for(const Source& source, bool in_list) {
    if (source.node == nullptr || source.node->kind == NodeKind::Object) {
      if (in_list) return Map();
      return Blocks();
    }
    if (source.node->kind == NodeKind::List) return List();
    switch (source.node->literal) {
      case LiteralKind::Bool: return false;
      case LiteralKind::Float: return 0.0;
      case LiteralKind::Number: return std::int64_t{0};
      case LiteralKind::String:
      case LiteralKind::Heredoc: return std::string();
    }
    return {};
  }

  static const Node* literal(const Source& source) {
    return source.node != nullptr && source.node->kind == NodeKind::Literal ? source.node : nullptr;
  }

  template <class T>
  static T checked(Result<T> result) {
    if (!result) throw DecodeError{result.error().message};
    return *std::move(result);
  }

  void decode_into(const std::string&, const Source&, std::monostate&) {}

  void decode_into(const std::string& name, const Source& source, bool& out) {
    const Node* node = literal(source);
    if (node == nullptr || node->literal != LiteralKind::Bool) unknown_type(name, source);
    out = node->text == "true";
  }

  void decode_into(const std::string& name, const Source& source, std::int64_t& out) {
    const Node* node = literal(source);
    const bool fits =
        node != nullptr && (node->literal == LiteralKind::Number || node->literal == LiteralKind::String);
    if (!fits) unknown_type(name, source);
    out = checked(parse_any_int(node->text));
  }

  void decode_into(const std::string& name, const Source& source, double& out) {
    const Node* node = literal(source);
    const bool fits =
        node != nullptr && (node->literal == LiteralKind::Number || node->literal == LiteralKind::Float);
    if (!fits) unknown_type(name, source);
    out = checked(parse_float(node->text));
  }

  void decode_into(const std::string& name, const Source& source, std::string& out) {
    const Node* node = literal(source);
    if (node == nullptr || node->literal == LiteralKind::Bool || node->literal == LiteralKind::Float) {
      fail(source, name + ": unknown type for string " + std::string(source.type_name()));
    }
    out = node->text;
  }

  void decode_into(const std::string& name, const Source& source, List& out) {
    for_each_element(name, source, [&](const std::string& element, const Source& one) {
      // compat: a labelled block cannot follow a list of the same name
      if (one.node == nullptr) throw DecodeError{element + ": cannot decode into interface: *ast.ObjectItem"};
      decode_any(element, one, out.elements.emplace_back(), true);
    });
  }

  void decode_into(const std::string& name, const Source& source, Blocks& out) {
    for_each_element(name, source, [&](const std::string& element, const Source& one) {
      Map map;
      decode_into(element, one, map);
      out.maps.push_back(std::move(map));
    });
  }

  void decode_into(const std::string& name, const Source& source, Map& out) {
    if (source.node == nullptr) return decode_map(name, source.items, out);
    if (source.node->kind != NodeKind::Object) {
      fail(source, name + ": not an object type for map (" + std::string(source.type_name()) + ")");
    }
    decode_map(name, items_of(*source.node), out);
  }

  template <class Take>
  void for_each_element(const std::string& name, const Source& source, Take take) {
    std::size_t index = 0;
    const auto next = [&](Source one) { take(name + "[" + std::to_string(index++) + "]", one); };
    if (source.node == nullptr) {
      for (const ItemView& item : source.items) next(Source{nullptr, {item}});
    } else if (source.node->kind == NodeKind::Object) {
      next(source);
    } else if (source.node->kind == NodeKind::List) {
      for (const Node& element : source.node->elements) next(Source{&element, {}});
    } else {
      fail(source, "unknown slice type: " + std::string(source.type_name()));
    }
  }

  [[noreturn]] void unknown_type(const std::string& name, const Source& source) const {
    fail(source, name + ": unknown type " + std::string(source.type_name()));
  }

  const PositionStyle& style_;
};

}  // namespace

Position Source::at() const {
  if (node != nullptr) return node->at;
  return items.empty() ? Position{} : items.front().at();
}

std::string_view Source::type_name() const {
  return node != nullptr ? hcl::type_name(node->kind) : "*ast.ObjectList";
}

std::string PositionStyle::of(const Source& source) const {
  const Position at = source.at();
  const bool of_key = source.node == nullptr && at.line != 0;
  std::string text = of_key ? file : "";
  if (!is_json && at.line != 0) text.append(text.empty() ? "" : ":").append(at.str());
  return text.empty() ? "-" : text;
}

Result<void> decode_into(const PositionStyle& style, const std::string& name, const Source& source, Value& out) {
  try {
    Decoder(style).decode_any(name, source, out, false);
    return {};
  } catch (const DecodeError& error) {
    return invalid(error.message);
  }
}

Result<Map> decode(const Document& document) {
  Value root{Map()};
  const Result<void> done = decode_into({.is_json = document.is_json}, "root", {&document.root, {}}, root);
  if (!done) return done.error();
  return std::get<Map>(std::move(root.data));
}

}  // namespace leasehold::hcl

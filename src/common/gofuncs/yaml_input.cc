#include <map>
#include <string>

#include <yaml.h>

#include "leasehold/base/encoding.h"
#include "leasehold/base/limits.h"
#include "leasehold/gotemplate/print.h"
#include "yaml_scalar.h"
#include "leasehold/gofuncs/yaml_text.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Items;
using gotemplate::Kind;
using gotemplate::Value;

/// Values that aliases may stand for, all in all.
constexpr std::size_t kExpandedMax = 1000000;

/// Thrown inside the reader, caught in parse_yaml.
struct YamlError {
  std::string message;
};

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

/// One event, freed at the end.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* get() { return &event_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_{};
};

class Reader {
 public:
  explicit Reader(std::string_view text) {
    LH_ASSERT(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  Value run() {
    for (;;) {  // ends at the first document or at the end of the stream
      Event event;
      next(event);
      if (event->type == YAML_STREAM_END_EVENT) return {};
      if (event->type == YAML_DOCUMENT_START_EVENT) return read_node();
    }
  }

 private:
  struct Node {
    Value value;
    std::size_t size = 1;  ///< values in it, aliases expanded
    bool merge_key = false;
  };

  void next(Event& event) {
    if (yaml_parser_parse(&parser_, event.get()) == 1) return;
    // compat: lines count from 0, those of the scanner from 1, and line 0 is not named
    std::size_t line = parser_.problem_mark.line;
    if (line != 0) {
      if (parser_.error == YAML_SCANNER_ERROR) ++line;
    } else {
      line = parser_.context_mark.line;
    }
    const std::string where = line == 0 ? "" : "line " + std::to_string(line) + ": ";
    throw YamlError{where + (parser_.problem == nullptr ? "unknown problem parsing YAML content" : parser_.problem)};
  }

  Value read_node() {
    Event event;
    next(event);
    return read(event, 0).value;
  }

  void count(const Node& node) {
    expanded_ += node.size;
    if (expanded_ > kExpandedMax) throw YamlError{"document contains excessive aliasing"};
  }

  Node read(Event& event, std::size_t depth) {
    if (depth > limits::kJsonDepthMax) throw YamlError{"exceeded max depth"};
    switch (event->type) {
      case YAML_ALIAS_EVENT: {
        const std::string name(text_of(event->data.alias.anchor));
        const auto known = anchors_.find(name);
        if (known == anchors_.end()) throw YamlError{"unknown anchor '" + name + "' referenced"};
        count(known->second);
        return known->second;
      }
      case YAML_SCALAR_EVENT:
        return remember(event->data.scalar.anchor, scalar(event));
      case YAML_SEQUENCE_START_EVENT:
        return remember(event->data.sequence_start.anchor, sequence(depth));
      case YAML_MAPPING_START_EVENT:
        return remember(event->data.mapping_start.anchor, mapping(depth));
      default:
        throw YamlError{"unexpected event"};
    }
  }

  Node remember(const yaml_char_t* anchor, Node node) {
    if (anchor != nullptr) anchors_.insert_or_assign(std::string(text_of(anchor)), node);
    return node;
  }

  static Node scalar(const Event& event) {
    const auto& data = event->data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(data.value), data.length);
    const std::string_view tag = text_of(data.tag);
    static constexpr std::string_view kCore = "tag:yaml.org,2002:";
    Node node;
    if (tag.empty() && data.plain_implicit == 0) {
      node.value = Value::string(text);
    } else if (tag.empty()) {
      Scalar resolved = resolve_scalar(text);
      node.merge_key = resolved.kind == ScalarKind::Merge;
      node.value = std::move(resolved.value);
    } else if (tag == "tag:yaml.org,2002:binary") {
      auto bytes = base64_decode(text);
      if (!bytes) throw YamlError{"!!binary value contains invalid base64 data"};
      node.value = Value::string(*bytes);
    } else {
      node.value = tagged(text, tag.starts_with(kCore) ? tag.substr(kCore.size()) : std::string_view());
    }
    return node;
  }

  static Value tagged(std::string_view text, std::string_view tag) {
    if (tag != "int" && tag != "float" && tag != "bool" && tag != "null") return Value::string(text);
    const Scalar resolved = resolve_scalar(text);
    const Value& value = resolved.value;
    if (tag == "float" && value.kind() == Kind::Int) return Value::floating(static_cast<double>(value.as_int()));
    const bool fits = (tag == "int" && (value.kind() == Kind::Int || value.kind() == Kind::Uint)) ||
                      (tag == "float" && value.kind() == Kind::Float) || (tag == "bool" && value.kind() == Kind::Bool) ||
                      (tag == "null" && !value.valid());
    if (!fits) throw YamlError{"cannot decode !!str `" + std::string(text) + "` as a !!" + std::string(tag)};
    return value;
  }

  Node sequence(std::size_t depth) {
    Items items;
    Node node;
    for (;;) {  // ends at the event that closes the sequence, or throws
      Event event;
      next(event);
      if (event->type == YAML_SEQUENCE_END_EVENT) break;
      Node item = read(event, depth + 1);
      node.size += item.size;
      items.push_back(std::move(item.value));
    }
    node.value = Value::list(std::move(items));
    return node;
  }

  Node mapping(std::size_t depth) {
    Node node;
    node.value = Value::map(gotemplate::kAnyKeyMap);
    for (;;) {  // ends at the event that closes the mapping, or throws
      Event key_event;
      next(key_event);
      if (key_event->type == YAML_MAPPING_END_EVENT) return node;
      const Node key = read(key_event, depth + 1);
      Event value_event;
      next(value_event);
      const Node value = read(value_event, depth + 1);
      node.size += key.size + value.size;
      if (key.merge_key) {
        merge(node.value, value.value);
      } else if (key.value.kind() == Kind::List || key.value.kind() == Kind::Map) {
        throw YamlError{"invalid map key: " + gotemplate::format("%#v", {&key.value, 1})};
      } else {
        node.value.set(key.value, value.value);
      }
    }
  }

  static void merge(const Value& target, const Value& source) {
    if (source.kind() == Kind::List) {
      // The first one wins, so it is merged last.
      const Items& items = source.items();
      for (auto item = items.rbegin(); item != items.rend(); ++item) merge_map(target, *item);
    } else {
      merge_map(target, source);
    }
  }

  static void merge_map(const Value& target, const Value& source) {
    if (source.kind() != Kind::Map) throw YamlError{"map merge requires map or sequence of maps as the value"};
    for (const auto& [key, value] : source.entries()) target.set(key, value);
  }

  yaml_parser_t parser_{};
  std::map<std::string, Node, std::less<>> anchors_;
  std::size_t expanded_ = 0;
};

}  // namespace

Result<Value> parse_yaml(std::string_view text) {
  try {
    return Reader(text).run();
  } catch (const YamlError& error) {
    return invalid("yaml: " + error.message);
  }
}

}  // namespace leasehold::gofuncs

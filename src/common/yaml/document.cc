#include "leasehold/yaml/document.h"

#include <map>
#include <utility>

#include <yaml.h>

#include "leasehold/base/text.h"
#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"

namespace leasehold::yaml {

namespace {

/// Deepest nesting of values; libyaml itself stops at 1,000 flow collections.
constexpr int kDepthMax = 1000;

/// Thrown inside the reader, caught in parse().
struct ReadError {
  std::string message;
  Place at;
};

Place place_of(const yaml_mark_t& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
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

std::size_t size_of(const Node& node) {
  std::size_t size = 1;
  for (const Node& element : node.elements) size += size_of(element);
  for (const auto& [key, value] : node.entries) size += size_of(key) + size_of(value);
  return size;
}

class Reader {
 public:
  explicit Reader(std::string_view text) {
    LH_ASSERT(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  std::vector<Node> run() {
    std::vector<Node> documents;
    for (;;) {  // ends with the stream
      Event event;
      next(event);
      if (event->type == YAML_STREAM_END_EVENT) return documents;
      if (event->type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      Event first;
      next(first);
      documents.push_back(read(first, 0));
    }
  }

 private:
  void next(Event& event) {
    if (yaml_parser_parse(&parser_, event.get()) == 1) return;
    const bool placed = parser_.error == YAML_SCANNER_ERROR || parser_.error == YAML_PARSER_ERROR;
    const std::string problem = parser_.problem == nullptr ? "unreadable" : parser_.problem;
    throw ReadError{problem, placed ? place_of(parser_.problem_mark) : place_of(parser_.mark)};
  }

  void count(std::size_t nodes, const Place& at) {
    nodes_ += nodes;
    if (nodes_ > kNodesMax)
      throw ReadError{"more than " + std::to_string(kNodesMax) + " values", at};
  }

  Node read(const Event& event, int depth) {
    const Place at = place_of(event->start_mark);
    if (depth > kDepthMax) throw ReadError{"nested deeper than " + std::to_string(kDepthMax), at};
    if (event->type == YAML_ALIAS_EVENT) return alias(event, at);
    count(1, at);
    Node node;
    node.line = at.line;
    node.column = at.column;
    std::string anchor;
    switch (event->type) {
      case YAML_SCALAR_EVENT:
        anchor = text_of(event->data.scalar.anchor);
        read_scalar(event, node);
        break;
      case YAML_SEQUENCE_START_EVENT:
        anchor = text_of(event->data.sequence_start.anchor);
        node.kind = Kind::Sequence;
        read_sequence(node, depth);
        break;
      case YAML_MAPPING_START_EVENT:
        anchor = text_of(event->data.mapping_start.anchor);
        node.kind = Kind::Mapping;
        read_mapping(node, depth);
        break;
      default:
        throw ReadError{"unexpected structure", at};
    }
    if (!anchor.empty()) anchors_.insert_or_assign(anchor, node);
    return node;
  }

  Node alias(const Event& event, const Place& at) {
    const auto found = anchors_.find(text_of(event->data.alias.anchor));
    if (found == anchors_.end()) throw ReadError{"unknown anchor", at};
    count(size_of(found->second), at);
    return found->second;
  }

  static void read_scalar(const Event& event, Node& node) {
    const auto& scalar = event->data.scalar;
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    switch (scalar.style) {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        node.style = Style::Quoted;
        break;
      case YAML_LITERAL_SCALAR_STYLE:
        node.style = Style::Literal;
        break;
      case YAML_FOLDED_SCALAR_STYLE:
        node.style = Style::Folded;
        break;
      default:
        node.style = Style::Plain;
    }
  }

  void read_sequence(Node& node, int depth) {
    for (;;) {  // ends with the sequence, or fails
      Event event;
      next(event);
      if (event->type == YAML_SEQUENCE_END_EVENT) return;
      node.elements.push_back(read(event, depth + 1));
    }
  }

  void read_mapping(Node& node, int depth) {
    for (;;) {  // ends with the mapping, or fails
      Event event;
      next(event);
      if (event->type == YAML_MAPPING_END_EVENT) return;
      Node key = read(event, depth + 1);
      Event following;
      next(following);
      node.entries.push_back({std::move(key), read(following, depth + 1)});
    }
  }

  yaml_parser_t parser_{};
  std::map<std::string, Node> anchors_;
  std::size_t nodes_ = 0;
};

/// Builds the tree while the JSON parser runs; open_ leads from the root to the value being read.
class JsonBuilder final : public json::Visitor {
 public:
  bool null_value() override { return scalar("null", Style::Plain); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false", Style::Plain); }
  bool number(std::string_view literal) override { return scalar(literal, Style::Plain); }
  bool string(std::string_view value) override { return scalar(value, Style::Quoted); }
  bool key(std::string_view name) override {
    key_ = Node();
    key_.style = Style::Quoted;
    key_.text = name;
    return true;
  }
  bool begin_object() override { return open(Kind::Mapping); }
  bool end_object() override { return close(); }
  bool begin_array() override { return open(Kind::Sequence); }
  bool end_array() override { return close(); }

  Node root;

 private:
  Node& place(Node node) {
    if (open_.empty()) return root = std::move(node);
    Node& parent = *open_.back();
    if (parent.kind == Kind::Sequence) return parent.elements.emplace_back(std::move(node));
    return parent.entries.emplace_back(std::move(key_), std::move(node)).value;
  }
  bool scalar(std::string_view text, Style style) {
    Node node;
    node.style = style;
    node.text = text;
    place(std::move(node));
    return true;
  }
  bool open(Kind kind) {
    Node node;
    node.kind = kind;
    // A parent gets no sibling while its child is open, so the pointer stays good.
    open_.push_back(&place(std::move(node)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<Node*> open_;
  Node key_;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool leading_zero = at < text.size() && text[at] == '0';
  const std::size_t whole = at;
  if (!digits() || (leading_zero && at - whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

void append_scalar(std::string& out, const Node& node) {
  if (node.style != Style::Plain) return json::append_quoted(out, node.text);
  const std::string lower = to_lower(node.text);
  if (lower.empty() || lower == "null" || lower == "~") {
    out += "null";
  } else if (lower == "true" || lower == "false") {
    out += lower;
  } else if (is_json_number(node.text)) {
    out += node.text;
  } else {
    json::append_quoted(out, node.text);
  }
}

void append_json(std::string& out, const Node& node) {
  if (node.kind == Kind::Scalar) return append_scalar(out, node);
  bool first = true;
  const auto separate = [&] {
    if (!std::exchange(first, false)) out += ',';
  };
  if (node.kind == Kind::Sequence) {
    out += '[';
    for (const Node& element : node.elements) {
      separate();
      append_json(out, element);
    }
    out += ']';
    return;
  }
  out += '{';
  for (const auto& [key, value] : node.entries) {
    separate();
    json::append_quoted(out, key.text);
    out += ':';
    append_json(out, value);
  }
  out += '}';
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->key.kind == Kind::Scalar && entry->key.text == key) return &entry->value;
  }
  return nullptr;
}

Result<std::vector<Node>> parse(std::string_view text, Place* error_at) {
  try {
    return Reader(text).run();
  } catch (const ReadError& error) {
    if (error_at != nullptr) *error_at = error.at;
    return invalid(error.message);
  }
}

Result<Node> parse_json(std::string_view text) {
  JsonBuilder builder;
  const auto read = json::read(text, builder);
  if (!read) return read.error();
  return std::move(builder.root);
}

std::string to_json(const Node& node) {
  std::string out;
  append_json(out, node);
  return out;
}

}  // namespace leasehold::yaml

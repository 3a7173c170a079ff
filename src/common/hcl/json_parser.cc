// The JSON twin to the same tree: a lax parser, then the conversion to blocks that decides what a
// JSON configuration means (spec/agent.md 3.3).
#include <algorithm>
#include <optional>

#include "parsers.h"

namespace leasehold::hcl {
namespace {

/// Reached the end of the text where an item could have come: fine, compat, golden/hcl/167-json-unclosed.
struct EndOfText {};

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : lexer_(text) {}

  Node parse() {
    Node root;
    std::optional<SyntaxError> error;
    try {
      if (scan().type != TokenType::LeftBrace) fail_here("expected object");
      root = parse_object();
    } catch (SyntaxError& caught) {
      error = std::move(caught);
    }
    const Cursor& cursor = lexer_.cursor();
    if (cursor.failed()) {
      throw SyntaxError{cursor.error_at().str() + ": " + cursor.error(), cursor.error_at()};
    }
    if (error) throw *error;
    return root;
  }

 private:
  const Token& scan() { return token_ = lexer_.scan(); }

  [[noreturn]] void fail_here(std::string message) const { throw SyntaxError{std::move(message), token_.at}; }

  /// compat: an error with a closing brace as last token ends the object in peace.
  Node parse_object() {
    Node object;
    object.kind = NodeKind::Object;
    object.at = token_.at;
    if (++depth_ > limits::kHclDepthMax) {
      fail_here("At " + token_.at.str() + ": nested too deeply (the limit is " + std::to_string(limits::kHclDepthMax) +
                ")");
    }
    const std::size_t depth = depth_;
    try {
      parse_items(object.items);
    } catch (const EndOfText&) {
    } catch (const SyntaxError&) {
      if (token_.type != TokenType::RightBrace) throw;
    }
    depth_ = depth - 1;
    return object;
  }

  void parse_items(std::vector<Item>& items) {
    do {
      Item item;
      parse_keys(item.keys);
      item.assigned = true;
      item.value = parse_value();
      items.push_back(std::move(item));
    } while (scan().type == TokenType::Comma);
  }

  void parse_keys(std::vector<Key>& keys) {
    for (;;) {  // each turn takes a token
      scan();
      if (token_.type == TokenType::End) throw EndOfText{};
      if (token_.type == TokenType::Colon && !keys.empty()) return;
      if (token_.type == TokenType::Illegal) fail_here("illegal");
      if (token_.type != TokenType::String) fail_here("expected: STRING got: " + std::string(name_of(token_.type)));
      keys.push_back(lexer_.cursor().failed() ? Key{} : key_of(token_, Dialect::Json));
      if (keys.size() > limits::kHclDepthMax) {
        fail_here("too many keys (the limit is " + std::to_string(limits::kHclDepthMax) + ")");
      }
    }
  }

  Node parse_value() {
    switch (scan().type) {
      case TokenType::Number:
      case TokenType::Float:
      case TokenType::Bool:
      case TokenType::Null:
      case TokenType::String: return literal();
      case TokenType::LeftBrace: return parse_object();
      case TokenType::LeftBracket: return parse_list();
      case TokenType::End: throw EndOfText{};
      default:
        fail_here("Expected object value, got unknown token: " + token_.at.str() + " " + std::string(name_of(token_.type)) +
                  " " + std::string(token_.text));
    }
  }

  Node parse_list() {
    Node list;
    list.kind = NodeKind::List;
    list.at = token_.at;
    for (;;) {  // each turn takes a token
      switch (scan().type) {
        case TokenType::Number:
        case TokenType::Float:
        case TokenType::String: list.elements.push_back(literal()); break;
        case TokenType::LeftBrace: list.elements.push_back(parse_object()); break;
        case TokenType::Comma: break;
        // compat: booleans in a list vanish, a list in a list has no effect but to end it early,
        // golden/hcl/169-json-nested-arrays
        case TokenType::Bool:
        case TokenType::LeftBracket: break;
        case TokenType::RightBracket: return list;
        default: fail_here("unexpected token while parsing list: " + std::string(name_of(token_.type)));
      }
    }
  }

  [[nodiscard]] Node literal() const {
    return lexer_.cursor().failed() ? Node{} : literal_node(token_, Dialect::Json);
  }

  JsonLexer lexer_;
  Token token_;
  std::size_t depth_ = 0;
};

bool all_objects(const Node& node) {
  const auto is_object = [](const Node& n) { return n.kind == NodeKind::Object; };
  if (node.kind == NodeKind::List) {
    return !node.elements.empty() && std::all_of(node.elements.begin(), node.elements.end(), is_object);
  }
  if (node.kind != NodeKind::Object || node.items.empty()) return false;
  return std::all_of(node.items.begin(), node.items.end(), [&](const Item& item) { return is_object(item.value); });
}

void flatten(std::vector<Item>& items);

/// Rule 1: an array of objects becomes repeated items. Rule 2: an object of objects alone becomes
/// labels. Both again on what comes out.
void flatten_item(Item item, std::vector<Item>& out) {
  if (!all_objects(item.value)) {
    out.push_back(std::move(item));
    return;
  }
  if (item.value.kind == NodeKind::List) {
    for (Node& element : item.value.elements) {
      flatten_item(Item{item.keys, item.assigned, std::move(element)}, out);
    }
    return;
  }
  for (Item& child : item.value.items) {
    std::vector<Key> keys = item.keys;
    keys.insert(keys.end(), child.keys.begin(), child.keys.end());
    flatten_item(Item{std::move(keys), item.assigned, std::move(child.value)}, out);
  }
}

void flatten_node(Node& node) {
  if (node.kind == NodeKind::Object) flatten(node.items);
  for (Node& element : node.elements) flatten_node(element);
}

void flatten(std::vector<Item>& items) {
  std::vector<Item> out;
  for (Item& item : items) flatten_item(std::move(item), out);
  items = std::move(out);
  for (Item& item : items) flatten_node(item.value);
}

}  // namespace

Document parse_json(std::string_view text) {
  Document document;
  document.is_json = true;
  document.root = JsonParser(text).parse();
  flatten(document.root.items);
  return document;
}

}  // namespace leasehold::hcl

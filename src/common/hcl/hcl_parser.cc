// HCL1 tokens to a tree, by recursive descent. Grammar and messages: spec/agent.md 3.1, golden/hcl.
#include <optional>
#include <set>

#include "leasehold/base/text.h"
#include "parsers.h"

namespace leasehold::hcl {
namespace {

std::string too_deep(std::string_view what) {
  return std::string(what) + " (the limit is " + std::to_string(limits::kHclDepthMax) + ")";
}

class HclParser {
 public:
  HclParser(std::string_view text, RepeatedKeys repeated_keys) : lexer_(text), repeated_keys_(repeated_keys) {}

  std::vector<Item> parse() {
    std::vector<Item> items;
    std::optional<SyntaxError> error;
    try {
      items = parse_items(false);
    } catch (SyntaxError& caught) {
      error = std::move(caught);
    }
    // compat: what the scanner found last wins over the parser, golden/hcl/051-invalid-utf8
    const Cursor& cursor = lexer_.cursor();
    if (cursor.failed()) throw error_at(cursor.error_at(), cursor.error());
    if (error) throw *error;
    return items;
  }

 private:
  const Token& scan() {
    if (held_) {
      held_ = false;
      return token_;
    }
    do {
      token_ = lexer_.scan();
    } while (token_.type == TokenType::Comment);
    return token_;
  }
  void unscan() { held_ = true; }

  std::vector<Item> parse_items(bool in_object) {
    std::vector<Item> items;
    std::set<std::string, std::less<>> seen;
    for (;;) {  // each turn takes a token at least
      if (in_object) {
        const bool closed = scan().type == TokenType::RightBrace;
        unscan();
        if (closed) break;
      }
      std::optional<Item> item = parse_item(seen);
      if (!item) break;
      items.push_back(*std::move(item));
      if (scan().type != TokenType::Comma) unscan();
    }
    return items;
  }

  /// Empty at the end of the file, also behind `key =`: compat, golden/hcl/062-key-missing-value.
  std::optional<Item> parse_item(std::set<std::string, std::less<>>& seen) {
    Item item;
    std::vector<Token> keys;
    if (!parse_keys(keys)) return std::nullopt;
    if (token_.type == TokenType::Assign) {
      item.assigned = true;
      std::optional<Node> value = parse_value();
      if (!value) return std::nullopt;
      item.value = *std::move(value);
    } else if (token_.type == TokenType::LeftBrace) {
      item.value = parse_object();
    } else {
      std::string names;
      for (const Token& key : keys) names.append(names.empty() ? "" : " ").append(key.text);
      throw error_at(token_.at, "key '" + names + "' expected start of object ('{') or assignment ('=')");
    }
    for (const Token& key : keys) {
      item.keys.push_back(lexer_.cursor().failed() ? Key{} : key_of(key, Dialect::Hcl));
    }
    // The peer looks one token ahead here, for comments; a bad one then has its say first.
    scan();
    unscan();
    if (item.assigned) refuse_repeated(keys, seen);
    return item;
  }

  /// False at the end of the file.
  bool parse_keys(std::vector<Token>& keys) {
    for (;;) {  // each turn takes a token
      const Token token = scan();
      switch (token.type) {
        case TokenType::End: return !keys.empty();
        case TokenType::Assign:
          if (keys.size() > 1) throw error_at(token.at, "nested object expected: LBRACE got: ASSIGN");
          if (keys.empty()) throw error_at(token.at, "no object keys found!");
          return true;
        case TokenType::LeftBrace:
          if (keys.empty()) throw error_at(token.at, "expected: IDENT | STRING got: LBRACE");
          return true;
        case TokenType::Ident:
        case TokenType::String:
          keys.push_back(token);
          if (keys.size() > limits::kHclDepthMax) throw error_at(token.at, too_deep("too many keys"));
          break;
        case TokenType::Illegal: throw error_at(token.at, "illegal character");
        case TokenType::RightBrace:
          if (!keys.empty()) return true;  // the caller says what is missing
          [[fallthrough]];
        default:
          throw error_at(token.at, "expected: IDENT | STRING | ASSIGN | LBRACE got: " + std::string(name_of(token.type)));
      }
    }
  }

  void refuse_repeated(const std::vector<Token>& keys, std::set<std::string, std::less<>>& seen) const {
    if (repeated_keys_ != RepeatedKeys::Refuse) return;
    for (const Token& key : keys) {
      if (seen.emplace(key.text).second) continue;
      throw SyntaxError{"The argument " + go_quote(key.text) + " at " + key.at.str() +
                            " was already set. Each argument can only be defined once",
                        key.at};
    }
  }

  std::optional<Node> parse_value() {
    const Token token = scan();
    switch (token.type) {
      case TokenType::Number:
      case TokenType::Float:
      case TokenType::Bool:
      case TokenType::String:
      case TokenType::Heredoc: return checked_literal(token);
      case TokenType::LeftBrace: return parse_object();
      case TokenType::LeftBracket: return parse_list();
      case TokenType::End: return std::nullopt;
      default:
        throw error_at(token.at, "Unknown token: " + token.at.str() + " " + std::string(name_of(token.type)) + " " +
                                     std::string(token.text));
    }
  }

  /// After a scanner error the text may be cut off anywhere; the error is reported in the end.
  Node checked_literal(const Token& token) const {
    return lexer_.cursor().failed() ? Node{} : literal_node(token, Dialect::Hcl);
  }

  Node parse_object() {
    Node object;
    object.kind = NodeKind::Object;
    object.at = token_.at;
    enter(object.at);
    object.items = parse_items(true);
    const Token& end = scan();
    if (end.type != TokenType::RightBrace) {
      throw error_at(end.at, "object expected closing RBRACE got: " + std::string(name_of(end.type)));
    }
    --depth_;
    return object;
  }

  Node parse_list() {
    Node list;
    list.kind = NodeKind::List;
    list.at = token_.at;
    enter(list.at);
    bool needs_comma = false;
    for (;;) {  // each turn takes a token
      const Token token = scan();
      if (token.type == TokenType::RightBracket) break;
      if (token.type == TokenType::Comma) {
        needs_comma = false;
        scan();  // as after an item
        unscan();
        continue;
      }
      if (needs_comma) {
        throw error_at(token.at, "error parsing list, expected comma or list end, got: " + std::string(name_of(token.type)));
      }
      list.elements.push_back(parse_element(token));
      // compat: two lists need no comma between them, golden/hcl/082-list-nested-missing-comma
      needs_comma = token.type != TokenType::LeftBracket;
    }
    --depth_;
    return list;
  }

  Node parse_element(const Token& token) {
    switch (token.type) {
      case TokenType::Number:
      case TokenType::Float:
      case TokenType::Bool:
      case TokenType::String:
      case TokenType::Heredoc: return checked_literal(token);
      case TokenType::LeftBrace:
        try {
          return parse_object();
        } catch (const SyntaxError& inner) {
          throw error_at(token.at, "error while trying to parse object within list: " + inner.message);
        }
      case TokenType::LeftBracket:
        try {
          return parse_list();
        } catch (const SyntaxError& inner) {
          throw error_at(token.at, "error while trying to parse list within list: " + inner.message);
        }
      default:
        throw error_at(token.at, "unexpected token while parsing list: " + std::string(name_of(token.type)));
    }
  }

  void enter(const Position& at) {
    if (++depth_ > limits::kHclDepthMax) throw error_at(at, too_deep("nested too deeply"));
  }

  HclLexer lexer_;
  RepeatedKeys repeated_keys_;
  Token token_;
  bool held_ = false;
  std::size_t depth_ = 0;
};

}  // namespace

Document parse_hcl(std::string_view text, RepeatedKeys repeated_keys) {
  Document document;
  document.root.kind = NodeKind::Object;
  document.root.items = HclParser(text, repeated_keys).parse();
  return document;
}

}  // namespace leasehold::hcl

// Tokens and statements; parser_expressions.cc has what stands inside an action.
#include "parser.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "leasehold/base/text.h"
#include "literal.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gotemplate {

namespace {

/// Deepest blocks. Go has no limit but its stack; our parser recurses per block.
constexpr int kBlockDepthMax = 1000;

std::string shown(const Token& token) {
  if (token.type == TokenType::Eof) return "EOF";
  if (token.type == TokenType::Error) return std::string(token.text);
  if (token.type >= TokenType::Dot) return "<" + std::string(token.text) + ">";
  if (token.text.size() <= 10) return go_quote(token.text);
  std::string_view rest = token.text;
  for (int runes = 0; runes < 10 && !rest.empty(); ++runes) rest.remove_prefix(decode_rune(rest).width);
  return go_quote(token.text.substr(0, token.text.size() - rest.size())) + "...";
}

bool is_blank(NodeList list) {
  return std::ranges::all_of(list, [](const Node* node) {
    return node->type == NodeType::Text &&
           node->text.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos;
  });
}

}  // namespace

// --- tokens

const Token& Parser::next() {
  if (scope_.peeked > 0) {
    --scope_.peeked;
  } else {
    scope_.tokens[0] = lexer_.next();
  }
  return scope_.tokens.at(static_cast<std::size_t>(scope_.peeked));
}

void Parser::backup_two(const Token& before) {
  scope_.tokens[1] = before;
  scope_.peeked = 2;
}

void Parser::backup_three(const Token& before_that, const Token& before) {
  scope_.tokens[1] = before;
  scope_.tokens[2] = before_that;
  scope_.peeked = 3;
}

const Token& Parser::peek() {
  if (scope_.peeked == 0) {
    scope_.tokens[0] = lexer_.next();
    scope_.peeked = 1;
  }
  return scope_.tokens.at(static_cast<std::size_t>(scope_.peeked - 1));
}

const Token& Parser::next_nonspace() {
  const Token* token = &next();
  while (token->type == TokenType::Space) token = &next();
  return *token;
}

const Token& Parser::peek_nonspace() {
  const Token& token = next_nonspace();
  backup();
  return token;
}

void Parser::expect(TokenType type, std::string_view context) {
  const Token& token = next_nonspace();
  if (token.type != type) unexpected(token, context);
}

void Parser::fail_at(std::size_t offset, const std::string& text, const std::string& undefined_function) const {
  const std::string line = std::to_string(lexer_.line_of(scope_.tokens[0].position));
  throw SyntaxError{"template: :" + line + ": " + text, text, offset, undefined_function};
}

void Parser::unexpected(const Token& token, std::string_view context) const {
  if (token.type != TokenType::Error) fail_at(token.position, "unexpected " + shown(token) + " in " + std::string(context));
  std::string started;
  if (scope_.action != kNoAction) {
    const int line = lexer_.line_of(scope_.action);
    if (line != lexer_.line_of(token.position)) {
      started = (token.text.ends_with(" action") ? " started at :" : " in action started at :") + std::to_string(line);
    }
  }
  fail_at(token.position, std::string(token.text) + started);
}

// --- the arena

Node* Parser::make(NodeType type, std::size_t position) {
  Node* node = std::pmr::polymorphic_allocator<>(&out_.arena).new_object<Node>();
  node->type = type;
  node->position = position;
  return node;
}

template <class T>
std::span<const T> Parser::copy(std::span<const T> items) {
  if (items.empty()) return {};
  T* place = std::pmr::polymorphic_allocator<>(&out_.arena).allocate_object<T>(items.size());
  std::ranges::uninitialized_copy(items, std::span(place, items.size()));
  return {place, items.size()};
}

NodeList Parser::keep(std::size_t mark) {
  const NodeList list = copy(NodeList(pending_).subspan(mark));
  pending_.resize(mark);
  return list;
}

Names Parser::keep_names() {
  const Names names = copy(Names(names_));
  names_.clear();
  return names;
}

// --- statements

void Parser::parse() {
  while (peek().type != TokenType::Eof) {
    if (peek().type == TokenType::LeftDelimiter) {
      const Token delimiter = next();
      if (next_nonspace().type == TokenType::Define) {
        parse_definition();
        continue;
      }
      backup_two(delimiter);
    }
    switch (parse_statement()) {
      case Stop::End:
        fail("unexpected {{end}}");
      case Stop::Else:
        fail("unexpected {{else}}");
      case Stop::EndOfText:
        break;
    }
  }
  add_tree("", keep(0));
}

void Parser::add_tree(std::string_view name, NodeList root) {
  const auto place = out_.trees.find(name);
  if (place == out_.trees.end() || is_blank(place->second.root)) {
    out_.trees.insert_or_assign(std::string(name), Tree{.name = std::string(name), .root = root});
  } else if (!is_blank(root)) {
    fail("template: multiple definition of template " + go_quote(name));
  }
}

void Parser::parse_definition() {
  Scope outer = std::exchange(scope_, Scope());
  static constexpr std::string_view kContext = "define clause";
  const std::string_view name = template_name(next_nonspace(), kContext);
  expect(TokenType::RightDelimiter, kContext);
  NodeList root;
  if (parse_list(root) != Stop::End) fail("unexpected {{else}} in define clause");
  add_tree(name, root);
  scope_ = std::move(outer);
}

Parser::Stop Parser::parse_list(NodeList& list) {
  const std::size_t mark = pending_.size();
  while (peek_nonspace().type != TokenType::Eof) {
    const Stop stop = parse_statement();
    if (stop == Stop::EndOfText) continue;
    list = keep(mark);
    return stop;
  }
  fail("unexpected EOF");
}

Parser::Stop Parser::parse_statement() {
  const Token& token = next_nonspace();
  if (token.type == TokenType::Text) {
    Node* text = make(NodeType::Text, token.position);
    text->text = token.text;
    pending_.push_back(text);
    return Stop::EndOfText;
  }
  if (token.type != TokenType::LeftDelimiter) unexpected(token, "input");
  scope_.action = token.position;
  const Stop stop = parse_action();
  scope_.action = kNoAction;
  return stop;
}

Parser::Stop Parser::parse_action() {
  const Token& token = next_nonspace();
  switch (token.type) {
    case TokenType::Block:
      parse_block();
      break;
    case TokenType::Break:
      parse_jump(NodeType::Break, token.position);
      break;
    case TokenType::Continue:
      parse_jump(NodeType::Continue, token.position);
      break;
    case TokenType::Else:
      return parse_else();
    case TokenType::End:
      expect(TokenType::RightDelimiter, "end");
      return Stop::End;
    case TokenType::If:
      parse_control(NodeType::If);
      break;
    case TokenType::Range:
      parse_control(NodeType::Range);
      break;
    case TokenType::Template:
      parse_template_call();
      break;
    case TokenType::With:
      parse_control(NodeType::With);
      break;
    default: {
      backup();
      Node* action = make(NodeType::Action, peek().position);
      action->pipe = pipeline("command", TokenType::RightDelimiter);
      pending_.push_back(action);
      break;
    }
  }
  return Stop::EndOfText;
}

Parser::Stop Parser::parse_else() {
  const TokenType after = peek_nonspace().type;
  // "else if": the keyword stays for parse_control.
  if (after != TokenType::If && after != TokenType::With) expect(TokenType::RightDelimiter, "else");
  return Stop::Else;
}

void Parser::parse_jump(NodeType type, std::size_t position) {
  const std::string shown_as = type == NodeType::Break ? "{{break}}" : "{{continue}}";
  const Token& token = next_nonspace();
  if (token.type != TokenType::RightDelimiter) unexpected(token, shown_as);
  if (scope_.range_depth == 0) fail(shown_as + " outside {{range}}");
  pending_.push_back(make(type, position));
}

void Parser::parse_control(NodeType type) {
  const std::string_view context =
      type == NodeType::If ? "if" : (type == NodeType::With ? "with" : "range");
  if (++block_depth_ > kBlockDepthMax) fail("exceeded maximum block depth");
  const std::size_t variables = scope_.variables.size();
  Node* node = make(type, 0);
  node->pipe = pipeline(context, TokenType::RightDelimiter);
  node->position = node->pipe->position;
  const int in_range = type == NodeType::Range ? 1 : 0;
  scope_.range_depth += in_range;
  const Stop stop = parse_list(node->parts);
  scope_.range_depth -= in_range;
  if (stop == Stop::Else) {
    node->has_else = true;
    const bool chained = (type == NodeType::If && peek().type == TokenType::If) ||
                         (type == NodeType::With && peek().type == TokenType::With);
    if (chained) {
      next();
      const std::size_t mark = pending_.size();
      parse_control(type);  // its {{end}} is ours as well
      node->else_list = keep(mark);
    } else if (parse_list(node->else_list) != Stop::End) {
      fail("expected end; found {{else}}");
    }
  }
  scope_.variables.resize(variables);
  --block_depth_;
  pending_.push_back(node);
}

void Parser::parse_block() {
  static constexpr std::string_view kContext = "block clause";
  const Token token = next_nonspace();
  Node* call = make(NodeType::Template, token.position);
  call->text = template_name(token, kContext);
  call->pipe = pipeline(kContext, TokenType::RightDelimiter);
  if (++block_depth_ > kBlockDepthMax) fail("exceeded maximum block depth");
  Scope outer = std::exchange(scope_, Scope());
  NodeList root;
  const Stop stop = parse_list(root);
  if (stop == Stop::End) add_tree(call->text, root);
  scope_ = std::move(outer);
  if (stop != Stop::End) fail("unexpected {{else}} in block clause");
  --block_depth_;
  pending_.push_back(call);
}

void Parser::parse_template_call() {
  static constexpr std::string_view kContext = "template clause";
  const Token token = next_nonspace();
  Node* call = make(NodeType::Template, token.position);
  call->text = template_name(token, kContext);
  if (next_nonspace().type != TokenType::RightDelimiter) {
    backup();
    call->pipe = pipeline(kContext, TokenType::RightDelimiter);
  }
  pending_.push_back(call);
}

std::string_view Parser::template_name(const Token& token, std::string_view context) const {
  if (token.type != TokenType::String && token.type != TokenType::RawString) unexpected(token, context);
  auto name = unquote(token.text);
  if (!name) fail(name.error().message);
  return out_.names.emplace_back(*std::move(name));
}

}  // namespace leasehold::gotemplate

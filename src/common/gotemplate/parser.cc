#include "parser.h"

#include <algorithm>
#include <utility>

#include "leasehold/base/text.h"
#include "literal.h"
#include "leasehold/gotemplate/unicode.h"

namespace leasehold::gotemplate {

namespace {

/// Deepest parentheses. Go allows 10,000; ours are evaluated on the native stack, and nobody writes
/// a hundred.
constexpr int kParenDepthMax = 1000;
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

bool is_blank(const NodeList& list) {
  return std::ranges::all_of(list, [](const Node* node) {
    return node->type == NodeType::Text &&
           node->text.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos;
  });
}

void append_name(Node& node, std::string_view field) { node.names.push_back(field.substr(1)); }

}  // namespace

// --- tokens

Token Parser::next() {
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

Token Parser::next_nonspace() {
  Token token = next();
  while (token.type == TokenType::Space) token = next();
  return token;
}

Token Parser::peek_nonspace() {
  Token token = next_nonspace();
  backup();
  return token;
}

Token Parser::expect(TokenType type, std::string_view context) {
  Token token = next_nonspace();
  if (token.type != type) unexpected(token, context);
  return token;
}

void Parser::fail_at(std::size_t offset, const std::string& text, const std::string& undefined_function) const {
  const std::string line = std::to_string(scope_.tokens[0].line);
  throw SyntaxError{"template: :" + line + ": " + text, text, offset, undefined_function};
}

void Parser::unexpected(const Token& token, std::string_view context) const {
  if (token.type != TokenType::Error) fail_at(token.position, "unexpected " + shown(token) + " in " + std::string(context));
  std::string started;
  if (scope_.action_line != 0 && scope_.action_line != token.line) {
    started = " started at :" + std::to_string(scope_.action_line);
    if (!token.text.ends_with(" action")) started.insert(0, " in action");
  }
  fail_at(token.position, std::string(token.text) + started);
}

Node* Parser::make(NodeType type, std::size_t position) {
  Node& node = out_.nodes.emplace_back();
  node.type = type;
  node.position = position;
  return &node;
}

// --- statements

void Parser::parse() {
  NodeList root;
  while (peek().type != TokenType::Eof) {
    if (peek().type == TokenType::LeftDelimiter) {
      const Token delimiter = next();
      if (next_nonspace().type == TokenType::Define) {
        parse_definition();
        continue;
      }
      backup_two(delimiter);
    }
    switch (parse_statement(root)) {
      case Stop::End:
        fail("unexpected {{end}}");
      case Stop::Else:
        fail("unexpected {{else}}");
      case Stop::EndOfText:
        break;
    }
  }
  add_tree("", std::move(root));
}

void Parser::add_tree(std::string_view name, NodeList root) {
  const auto place = out_.trees.find(name);
  if (place == out_.trees.end() || is_blank(place->second.root)) {
    out_.trees.insert_or_assign(std::string(name), Tree{.name = std::string(name), .root = std::move(root)});
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
  add_tree(name, std::move(root));
  scope_ = std::move(outer);
}

Parser::Stop Parser::parse_list(NodeList& list) {
  while (peek_nonspace().type != TokenType::Eof) {
    const Stop stop = parse_statement(list);
    if (stop != Stop::EndOfText) return stop;
  }
  fail("unexpected EOF");
}

Parser::Stop Parser::parse_statement(NodeList& list) {
  const Token token = next_nonspace();
  if (token.type == TokenType::Text) {
    Node* text = make(NodeType::Text, token.position);
    text->text = token.text;
    list.push_back(text);
    return Stop::EndOfText;
  }
  if (token.type != TokenType::LeftDelimiter) unexpected(token, "input");
  scope_.action_line = token.line;
  const Stop stop = parse_action(list);
  scope_.action_line = 0;
  return stop;
}

Parser::Stop Parser::parse_action(NodeList& list) {
  const Token token = next_nonspace();
  switch (token.type) {
    case TokenType::Block:
      parse_block(list);
      break;
    case TokenType::Break:
      parse_jump(NodeType::Break, list, token);
      break;
    case TokenType::Continue:
      parse_jump(NodeType::Continue, list, token);
      break;
    case TokenType::Else:
      return parse_else();
    case TokenType::End:
      expect(TokenType::RightDelimiter, "end");
      return Stop::End;
    case TokenType::If:
      parse_control(NodeType::If, list);
      break;
    case TokenType::Range:
      parse_control(NodeType::Range, list);
      break;
    case TokenType::Template:
      parse_template_call(list);
      break;
    case TokenType::With:
      parse_control(NodeType::With, list);
      break;
    default: {
      backup();
      Node* action = make(NodeType::Action, peek().position);
      action->pipe = pipeline("command", TokenType::RightDelimiter);
      list.push_back(action);
      break;
    }
  }
  return Stop::EndOfText;
}

Parser::Stop Parser::parse_else() {
  const Token after = peek_nonspace();
  // "else if": the keyword stays for parse_control.
  if (after.type != TokenType::If && after.type != TokenType::With) {
    expect(TokenType::RightDelimiter, "else");
  }
  return Stop::Else;
}

void Parser::parse_jump(NodeType type, NodeList& list, const Token& keyword) {
  const std::string shown_as = type == NodeType::Break ? "{{break}}" : "{{continue}}";
  const Token token = next_nonspace();
  if (token.type != TokenType::RightDelimiter) unexpected(token, shown_as);
  if (scope_.range_depth == 0) fail(shown_as + " outside {{range}}");
  list.push_back(make(type, keyword.position));
}

void Parser::parse_control(NodeType type, NodeList& list) {
  const std::string_view context =
      type == NodeType::If ? "if" : (type == NodeType::With ? "with" : "range");
  if (++block_depth_ > kBlockDepthMax) fail("exceeded maximum block depth");
  const std::size_t variables = scope_.variables.size();
  Node* node = make(type, 0);
  node->pipe = pipeline(context, TokenType::RightDelimiter);
  node->position = node->pipe->position;
  const int in_range = type == NodeType::Range ? 1 : 0;
  scope_.range_depth += in_range;
  const Stop stop = parse_list(node->list);
  scope_.range_depth -= in_range;
  if (stop == Stop::Else) {
    node->has_else = true;
    const bool chained = (type == NodeType::If && peek().type == TokenType::If) ||
                         (type == NodeType::With && peek().type == TokenType::With);
    if (chained) {
      next();
      parse_control(type, node->else_list);  // its {{end}} is ours as well
    } else if (parse_list(node->else_list) != Stop::End) {
      fail("expected end; found {{else}}");
    }
  }
  scope_.variables.resize(variables);
  --block_depth_;
  list.push_back(node);
}

void Parser::parse_block(NodeList& list) {
  static constexpr std::string_view kContext = "block clause";
  const Token token = next_nonspace();
  Node* call = make(NodeType::Template, token.position);
  call->text = template_name(token, kContext);
  call->pipe = pipeline(kContext, TokenType::RightDelimiter);
  if (++block_depth_ > kBlockDepthMax) fail("exceeded maximum block depth");
  Scope outer = std::exchange(scope_, Scope());
  NodeList root;
  const Stop stop = parse_list(root);
  if (stop == Stop::End) {
    add_tree(call->text, std::move(root));
  }
  scope_ = std::move(outer);
  if (stop != Stop::End) fail("unexpected {{else}} in block clause");
  --block_depth_;
  list.push_back(call);
}

void Parser::parse_template_call(NodeList& list) {
  static constexpr std::string_view kContext = "template clause";
  const Token token = next_nonspace();
  Node* call = make(NodeType::Template, token.position);
  call->text = template_name(token, kContext);
  if (next_nonspace().type != TokenType::RightDelimiter) {
    backup();
    call->pipe = pipeline(kContext, TokenType::RightDelimiter);
  }
  list.push_back(call);
}

std::string_view Parser::template_name(const Token& token, std::string_view context) const {
  if (token.type != TokenType::String && token.type != TokenType::RawString) unexpected(token, context);
  auto name = unquote(token.text);
  if (!name) fail(name.error().message);
  return out_.names.emplace_back(*std::move(name));
}

// --- expressions

Node* Parser::pipeline(std::string_view context, TokenType end) {
  Node* pipe = make(NodeType::Pipe, peek_nonspace().position);
  declarations(*pipe, context);
  for (;;) {  // ends at the delimiter, or fails at the end of the text
    const Token token = next_nonspace();
    if (token.type == end) {
      check_pipeline(*pipe, context);
      return pipe;
    }
    switch (token.type) {
      case TokenType::Bool:
      case TokenType::CharConstant:
      case TokenType::Complex:
      case TokenType::Dot:
      case TokenType::Field:
      case TokenType::Identifier:
      case TokenType::Number:
      case TokenType::Nil:
      case TokenType::RawString:
      case TokenType::String:
      case TokenType::Variable:
      case TokenType::LeftParen:
        backup();
        pipe->parts.push_back(command());
        break;
      default:
        unexpected(token, context);
    }
  }
}

void Parser::declarations(Node& pipe, std::string_view context) {
  while (peek_nonspace().type == TokenType::Variable) {
    const Token variable = next_nonspace();
    // "$x foo" needs three tokens to see that $x is an argument: give all of them back.
    const Token after = peek();
    const Token following = peek_nonspace();
    const bool comma = following.type == TokenType::Char && following.text == ",";
    if (following.type != TokenType::Assign && following.type != TokenType::Declare && !comma) {
      if (after.type == TokenType::Space) {
        backup_three(variable, after);
      } else {
        backup_two(variable);
      }
      return;
    }
    next_nonspace();
    pipe.declared.push_back(variable.text);
    scope_.variables.push_back(variable.text);
    if (!comma) {
      pipe.assigns = following.type == TokenType::Assign;
      return;
    }
    if (context != "range" || pipe.declared.size() >= 2) {
      fail("too many declarations in " + std::string(context));
    }
    const TokenType second = peek_nonspace().type;
    if (second != TokenType::Variable && second != TokenType::RightDelimiter &&
        second != TokenType::RightParen) {
      fail("range can only initialize variables");
    }
  }
}

void Parser::check_pipeline(const Node& pipe, std::string_view context) const {
  if (pipe.parts.empty()) fail("missing value for " + std::string(context));
  for (std::size_t index = 1; index < pipe.parts.size(); ++index) {
    switch (pipe.parts[index]->parts.front()->type) {
      case NodeType::Bool:
      case NodeType::Dot:
      case NodeType::Nil:
      case NodeType::Number:
      case NodeType::String:
        fail("non executable command in pipeline stage " + std::to_string(index + 1));
      default:
        break;
    }
  }
}

Node* Parser::command() {
  Node* node = make(NodeType::Command, peek_nonspace().position);
  for (;;) {  // ends with the command, or fails
    static_cast<void>(peek_nonspace());  // skips leading spaces
    if (Node* part = operand(); part != nullptr) node->parts.push_back(part);
    const Token token = next();
    if (token.type == TokenType::Space) continue;
    if (token.type == TokenType::RightDelimiter || token.type == TokenType::RightParen) {
      backup();
    } else if (token.type != TokenType::Pipe) {
      unexpected(token, "operand");
    }
    break;
  }
  if (node->parts.empty()) fail("empty command");
  return node;
}

Node* Parser::operand() {
  Node* node = term();
  if (node == nullptr || peek().type != TokenType::Field) return node;
  const std::size_t position = peek().position;
  std::vector<std::string_view> names;
  while (peek().type == TokenType::Field) names.push_back(next().text.substr(1));
  switch (node->type) {
    case NodeType::Field:
    case NodeType::Variable:
      // compat: a chain is placed at its second part, golden/templates/error_locations
      node->position = position;
      node->names.insert(node->names.end(), names.begin(), names.end());
      return node;
    case NodeType::Bool:
    case NodeType::String:
    case NodeType::Number:
    case NodeType::Nil:
    case NodeType::Dot:
      fail("unexpected . after term " + go_quote(to_source(*node)));
    default: {
      Node* chain = make(NodeType::Chain, position);
      chain->parts.push_back(node);
      chain->names = std::move(names);
      return chain;
    }
  }
}

Node* Parser::term() {
  const Token token = next_nonspace();
  switch (token.type) {
    case TokenType::Identifier: {
      const Function* function = functions_.find(token.text);
      if (function == nullptr) {
        if (undefined_ == nullptr) {
          fail_at(token.position, "function " + go_quote(token.text) + " not defined", std::string(token.text));
        }
        undefined_->push_back({std::string(token.text), token.position});
      }
      Node* node = make(NodeType::Function, token.position);
      node->text = token.text;
      node->function = function;
      const bool known = function == nullptr || std::ranges::find(out_.called, function) != out_.called.end();
      if (!known) out_.called.push_back(function);
      return node;
    }
    case TokenType::Dot:
      return make(NodeType::Dot, token.position);
    case TokenType::Nil:
      return make(NodeType::Nil, token.position);
    case TokenType::Variable:
      return use_variable(token);
    case TokenType::Field: {
      Node* node = make(NodeType::Field, token.position);
      append_name(*node, token.text);
      return node;
    }
    case TokenType::Bool: {
      Node* node = make(NodeType::Bool, token.position);
      node->text = token.text;
      node->value = Value::boolean(token.text == "true");
      return node;
    }
    case TokenType::CharConstant:
    case TokenType::Complex:
    case TokenType::Number:
      return number(token);
    case TokenType::LeftParen: {
      if (++paren_depth_ > kParenDepthMax) fail("max expression depth exceeded");
      Node* node = pipeline("parenthesized pipeline", TokenType::RightParen);
      --paren_depth_;
      return node;
    }
    case TokenType::String:
    case TokenType::RawString:
      return quoted_string(token);
    default:
      backup();
      return nullptr;
  }
}

Node* Parser::use_variable(const Token& token) {
  if (std::ranges::find(scope_.variables, token.text) == scope_.variables.end()) {
    fail_at(token.position, "undefined variable " + go_quote(token.text));
  }
  Node* node = make(NodeType::Variable, token.position);
  node->names.push_back(token.text);
  return node;
}

Node* Parser::number(const Token& token) {
  Node* node = make(NodeType::Number, token.position);
  node->text = token.text;
  if (token.type == TokenType::CharConstant) {
    auto code = unquote_character(token.text);
    if (!code) fail(code.error().message);
    node->number = {.is_int = true,
                    .is_uint = true,
                    .is_float = true,
                    .int_value = static_cast<std::int64_t>(*code),
                    .uint_value = *code,
                    .float_value = static_cast<double>(*code),
                    .complex_value = {}};
    return node;
  }
  auto value = token.type == TokenType::Complex ? parse_complex(token.text) : parse_number(token.text);
  if (!value) fail(value.error().message);
  node->number = *value;
  return node;
}

Node* Parser::quoted_string(const Token& token) {
  auto text = unquote(token.text);
  if (!text) fail(text.error().message);
  Node* node = make(NodeType::String, token.position);
  node->text = token.text;
  node->value = Value::string(*text);
  return node;
}

}  // namespace leasehold::gotemplate

// What stands inside an action: pipelines, commands, operands.
#include <algorithm>
#include <utility>

#include "leasehold/base/text.h"
#include "literal.h"
#include "parser.h"

namespace leasehold::gotemplate {

namespace {

/// Deepest parentheses. Go allows 10,000; ours are evaluated on the native stack, and nobody writes
/// a hundred.
constexpr int kParenDepthMax = 1000;

}  // namespace

Node* Parser::pipeline(std::string_view context, TokenType end) {
  Node* pipe = make(NodeType::Pipe, peek_nonspace().position);
  declarations(*pipe, context);
  const std::size_t mark = pending_.size();
  for (;;) {  // ends at the delimiter, or fails at the end of the text
    const Token& token = next_nonspace();
    if (token.type == end) {
      pipe->parts = keep(mark);
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
      case TokenType::LeftParen: {
        backup();
        Node* one = command();
        pending_.push_back(one);
        break;
      }
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
      break;
    }
    next_nonspace();
    names_.push_back(variable.text);
    scope_.variables.push_back(variable.text);
    if (!comma) {
      pipe.assigns = following.type == TokenType::Assign;
      break;
    }
    if (context != "range" || names_.size() >= 2) {
      fail("too many declarations in " + std::string(context));
    }
    const TokenType second = peek_nonspace().type;
    if (second != TokenType::Variable && second != TokenType::RightDelimiter &&
        second != TokenType::RightParen) {
      fail("range can only initialize variables");
    }
  }
  pipe.names = keep_names();
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
  const std::size_t mark = pending_.size();
  for (;;) {  // ends with the command, or fails
    static_cast<void>(peek_nonspace());  // skips leading spaces
    if (Node* part = operand(); part != nullptr) pending_.push_back(part);
    const Token& token = next();
    if (token.type == TokenType::Space) continue;
    if (token.type == TokenType::RightDelimiter || token.type == TokenType::RightParen) {
      backup();
    } else if (token.type != TokenType::Pipe) {
      unexpected(token, "operand");
    }
    break;
  }
  node->parts = keep(mark);
  if (node->parts.empty()) fail("empty command");
  return node;
}

Node* Parser::operand() {
  Node* node = term();
  if (node == nullptr || peek().type != TokenType::Field) return node;
  const std::size_t position = peek().position;
  if (node->type == NodeType::Field || node->type == NodeType::Variable) {
    names_.assign(node->names.begin(), node->names.end());
  }
  while (peek().type == TokenType::Field) names_.push_back(next().text.substr(1));
  switch (node->type) {
    case NodeType::Field:
    case NodeType::Variable:
      // compat: a chain is placed at its second part, golden/templates/error_locations
      node->position = position;
      node->names = keep_names();
      return node;
    case NodeType::Bool:
    case NodeType::String:
    case NodeType::Number:
    case NodeType::Nil:
    case NodeType::Dot:
      fail("unexpected . after term " + go_quote(to_source(*node)));
    default: {
      Node* chain = make(NodeType::Chain, position);
      const std::size_t mark = pending_.size();
      pending_.push_back(node);
      chain->parts = keep(mark);
      chain->names = keep_names();
      return chain;
    }
  }
}

Node* Parser::term() {
  const Token token = next_nonspace();
  switch (token.type) {
    case TokenType::Identifier:
      return function(token);
    case TokenType::Dot:
      return make(NodeType::Dot, token.position);
    case TokenType::Nil:
      return make(NodeType::Nil, token.position);
    case TokenType::Variable:
      return use_variable(token);
    case TokenType::Field: {
      Node* node = make(NodeType::Field, token.position);
      names_.push_back(token.text.substr(1));
      node->names = keep_names();
      return node;
    }
    case TokenType::Bool:
      return make_literal(NodeType::Bool, token, {.value = Value::boolean(token.text == "true"), .number = {}});
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

Node* Parser::function(const Token& token) {
  const Function* row = functions_.find(token.text);
  if (row == nullptr) {
    if (undefined_ == nullptr) {
      fail_at(token.position, "function " + go_quote(token.text) + " not defined", std::string(token.text));
    }
    undefined_->push_back({std::string(token.text), token.position});
  }
  Node* node = make(NodeType::Function, token.position);
  node->text = token.text;
  node->function = row;
  if (row != nullptr && std::ranges::find(out_.called, row) == out_.called.end()) out_.called.push_back(row);
  return node;
}

Node* Parser::use_variable(const Token& token) {
  // The last of a name hides those before it.
  const auto& declared = scope_.variables;
  const auto place = std::find(declared.rbegin(), declared.rend(), token.text);
  if (place == declared.rend()) fail_at(token.position, "undefined variable " + go_quote(token.text));
  Node* node = make(NodeType::Variable, token.position);
  node->slot = static_cast<std::uint32_t>(declared.rend() - place - 1);
  names_.push_back(token.text);
  node->names = keep_names();
  return node;
}

Node* Parser::make_literal(NodeType type, const Token& token, Literal literal) {
  Node* node = make(type, token.position);
  node->text = token.text;
  node->literal = &out_.literals.emplace_back(std::move(literal));
  return node;
}

Node* Parser::number(const Token& token) {
  Literal literal;
  if (token.type == TokenType::CharConstant) {
    const auto code = unquote_character(token.text);
    if (!code) fail(code.error().message);
    literal.number = {.is_int = true,
                      .is_uint = true,
                      .is_float = true,
                      .int_value = static_cast<std::int64_t>(*code),
                      .uint_value = *code,
                      .float_value = static_cast<double>(*code),
                      .complex_value = {}};
  } else {
    const auto value = token.type == TokenType::Complex ? parse_complex(token.text) : parse_number(token.text);
    if (!value) fail(value.error().message);
    literal.number = *value;
  }
  literal.value = constant_of(literal.number, token.text);
  return make_literal(NodeType::Number, token, std::move(literal));
}

Node* Parser::quoted_string(const Token& token) {
  const auto text = unquote(token.text);
  if (!text) fail(text.error().message);
  return make_literal(NodeType::String, token, {.value = Value::string(*text), .number = {}});
}

}  // namespace leasehold::gotemplate

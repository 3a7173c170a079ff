// Second stage: tokens in, trees out. Keeps Go's look-ahead of three tokens, because the line in an
// error message is that of the token read last. Truth: spec "templates" sections 4 and 5.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/gotemplate/function.h"
#include "lexer.h"
#include "node.h"

namespace leasehold::gotemplate {

/// Everything that one template text defines.
struct TreeSet {
  std::pmr::monotonic_buffer_resource arena;  ///< of nodes, lists and names
  std::deque<Literal> literals;
  std::deque<std::string> names;        ///< of templates, as their quotes were read
  std::vector<const Function*> called;  ///< each once
  std::map<std::string, Tree, std::less<>> trees;
};

/// Thrown inside the parser, caught at the door of Program::parse.
struct SyntaxError {
  std::string message;     ///< whole, with name and line
  std::string text;        ///< what is wrong, alone
  std::size_t offset = 0;  ///< of the token that is wrong, or of the one read last
  std::string undefined_function = {};
};

/// A call of a function that nobody defined.
struct UndefinedFunction {
  std::string name;
  std::size_t offset = 0;
};

class Parser {
 public:
  /// undefined null: a function that is not defined is a SyntaxError, as in Go; else all of them go
  /// there, and the trees must not be executed.
  Parser(Lexer& lexer, const FunctionSet& functions, TreeSet& out,
         std::vector<UndefinedFunction>* undefined = nullptr)
      : lexer_(lexer), functions_(functions), out_(out), undefined_(undefined) {}

  /// Parses the whole text into the tree "" and the trees that it defines. Throws SyntaxError.
  void parse();

 private:
  static constexpr std::size_t kNoAction = static_cast<std::size_t>(-1);
  /// What a tree of its own (define, block) starts anew with.
  struct Scope {
    std::vector<std::string_view> variables{"$"};
    int range_depth = 0;
    std::size_t action = kNoAction;  ///< position of the action that is being read
    std::array<Token, 3> tokens;
    int peeked = 0;
  };
  /// What ended a list.
  enum class Stop { End, Else, EndOfText };

  // --- tokens. A reference lives until the next token is read.
  const Token& next();
  void backup() { ++scope_.peeked; }
  void backup_two(const Token& before);
  void backup_three(const Token& before_that, const Token& before);
  const Token& peek();
  const Token& next_nonspace();
  const Token& peek_nonspace();
  void expect(TokenType type, std::string_view context);
  [[noreturn]] void fail(const std::string& text) const { fail_at(scope_.tokens[0].position, text); }
  [[noreturn]] void fail_at(std::size_t offset, const std::string& text, const std::string& undefined_function = {}) const;
  [[noreturn]] void unexpected(const Token& token, std::string_view context) const;

  // --- statements. Each puts its node at the end of pending_.
  Stop parse_list(NodeList& list);
  /// One text or action; End or Else stops the list, EndOfText means "go on".
  Stop parse_statement();
  Stop parse_action();
  void parse_definition();
  void parse_block();
  void parse_control(NodeType type);
  void parse_jump(NodeType type, std::size_t position);
  void parse_template_call();
  Stop parse_else();
  std::string_view template_name(const Token& token, std::string_view context) const;
  void add_tree(std::string_view name, NodeList root);

  // --- expressions
  Node* pipeline(std::string_view context, TokenType end);
  void declarations(Node& pipe, std::string_view context);
  void check_pipeline(const Node& pipe, std::string_view context) const;
  Node* command();
  Node* operand();
  Node* term();
  Node* use_variable(const Token& token);
  Node* function(const Token& token);
  Node* number(const Token& token);
  Node* quoted_string(const Token& token);

  // --- the arena
  Node* make(NodeType type, std::size_t position);
  /// Takes what pending_ holds from mark on.
  NodeList keep(std::size_t mark);
  /// Takes all of names_.
  Names keep_names();
  template <class T>
  std::span<const T> copy(std::span<const T> items);
  Node* make_literal(NodeType type, const Token& token, Literal literal);

  Lexer& lexer_;
  const FunctionSet& functions_;
  TreeSet& out_;
  std::vector<UndefinedFunction>* undefined_;
  Scope scope_;
  int paren_depth_ = 0;
  int block_depth_ = 0;
  std::vector<Node*> pending_;           ///< of the lists that are being read, the innermost last
  std::vector<std::string_view> names_;  ///< of the node that is being read
};

}  // namespace leasehold::gotemplate

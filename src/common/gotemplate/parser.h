// Second stage: tokens in, trees out. Keeps Go's look-ahead of three tokens, because the line in an
// error message is that of the token read last. Truth: spec "templates" sections 4 and 5.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/gotemplate/function.h"
#include "lexer.h"
#include "node.h"

namespace leasehold::gotemplate {

/// Everything that one template text defines.
struct TreeSet {
  std::deque<Node> nodes;           ///< owns them all
  std::deque<std::string> names;    ///< of templates, as their quotes were read
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
  /// What a tree of its own (define, block) starts anew with.
  struct Scope {
    std::vector<std::string_view> variables{"$"};
    int range_depth = 0;
    int action_line = 0;
    std::array<Token, 3> tokens;
    int peeked = 0;
  };
  /// What ended a list.
  enum class Stop { End, Else, EndOfText };

  // --- tokens
  Token next();
  void backup() { ++scope_.peeked; }
  void backup_two(const Token& before);
  void backup_three(const Token& before_that, const Token& before);
  const Token& peek();
  Token next_nonspace();
  Token peek_nonspace();
  Token expect(TokenType type, std::string_view context);
  [[noreturn]] void fail(const std::string& text) const { fail_at(scope_.tokens[0].position, text); }
  [[noreturn]] void fail_at(std::size_t offset, const std::string& text, const std::string& undefined_function = {}) const;
  [[noreturn]] void unexpected(const Token& token, std::string_view context) const;

  // --- statements
  Stop parse_list(NodeList& list);
  /// One text or action; End or Else stops the list, EndOfText means "go on".
  Stop parse_statement(NodeList& list);
  Stop parse_action(NodeList& list);
  void parse_definition();
  void parse_block(NodeList& list);
  void parse_control(NodeType type, NodeList& list);
  void parse_jump(NodeType type, NodeList& list, const Token& keyword);
  void parse_template_call(NodeList& list);
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
  Node* number(const Token& token);
  Node* quoted_string(const Token& token);

  Node* make(NodeType type, std::size_t position);

  Lexer& lexer_;
  const FunctionSet& functions_;
  TreeSet& out_;
  std::vector<UndefinedFunction>* undefined_;
  Scope scope_;
  int paren_depth_ = 0;
  int block_depth_ = 0;
};

}  // namespace leasehold::gotemplate

// Second representation: the tree that the parser makes and the executor walks. Nodes live in one
// arena and point at each other, so that depth costs no stack when they are freed.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/gotemplate/function.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gotemplate {

enum class NodeType {
  Text,
  Action,
  If,
  With,
  Range,
  Break,
  Continue,
  Template,
  Pipe,
  Command,
  Dot,
  Nil,
  Bool,
  Number,
  String,
  Field,
  Variable,
  Chain,
  Function,
};

struct Node;
using NodeList = std::vector<Node*>;

/// What a number literal can be read as; several at once (4.0 is a float and an int).
struct Number {
  bool is_int = false;
  bool is_uint = false;
  bool is_float = false;
  bool is_complex = false;
  std::int64_t int_value = 0;
  std::uint64_t uint_value = 0;
  double float_value = 0;
  std::complex<double> complex_value;
};

/// One node; which members mean something is told per type.
struct Node {
  NodeType type;
  std::size_t position = 0;
  /// Text: what to write. Number, String: as written. Template: its name. Bool: true or false.
  std::string_view text;  ///< of the template text, or of TreeSet::names
  Value value;  ///< Text, String, Bool: ready to use

  NodeList parts;  ///< Pipe: commands. Command: operands. Chain: one, the operand.
  std::vector<std::string_view> names;  ///< Field, Variable (with $ first), Chain: .a.b
  Node* pipe = nullptr;  ///< Action, If, With, Range, Template (may be null)
  NodeList list;         ///< If, With, Range
  NodeList else_list;
  bool has_else = false;

  std::vector<std::string_view> declared;  ///< Pipe: $x, or $i and $e in range
  bool assigns = false;               ///< Pipe: = instead of :=
  Number number;                      ///< Number
  const Function* function = nullptr;  ///< Function
};

/// One template of the text: the main one, a define or a block.
struct Tree {
  std::string name;
  NodeList root;
};

/// Source form of a node, as error messages show it (spec 7.1).
std::string to_source(const Node& node);

}  // namespace leasehold::gotemplate

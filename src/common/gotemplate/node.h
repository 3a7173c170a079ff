// Second representation: the tree that the parser makes and the executor walks. Nodes and lists live in one
// arena, in the order in which they were read, and point at each other.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "leasehold/gotemplate/function.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gotemplate {

enum class NodeType : std::uint8_t {
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
/// Nodes of one list, in order; they lie in the arena of their TreeSet.
using NodeList = std::span<Node* const>;
using Names = std::span<const std::string_view>;

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

/// A literal, read once when it is parsed.
struct Literal {
  /// What it is where any type will do; invalid: an integer that no int holds.
  Value value;
  Number number;  ///< of number literals
};

/// One node; which members mean something is told per type. Trivial to destroy: the arena frees whole
/// blocks, and a template of two thousand lines has some twenty thousand nodes.
struct Node {
  NodeType type = NodeType::Text;
  bool assigns = false;  ///< Pipe: = instead of :=
  bool has_else = false;
  /// Variable: its place among those that the parser saw declared.
  std::uint32_t slot = 0;
  std::size_t position = 0;
  /// Text: what to write. Number, String: as written. Template: its name. Bool: true or false.
  std::string_view text;  ///< of the template text, or of TreeSet::names
  NodeList parts;         ///< Pipe: commands. Command: operands. Chain: one, the operand. If, With, Range: the body.
  NodeList else_list;     ///< If, With, Range
  Names names;            ///< Field, Variable (with $ first), Chain: .a.b. Pipe: what it declares, $x, or $i and $e
  Node* pipe = nullptr;   ///< Action, If, With, Range, Template (may be null)
  const Literal* literal = nullptr;    ///< Number, String, Bool
  const Function* function = nullptr;  ///< Function
};
static_assert(std::is_trivially_destructible_v<Node>);

/// One template of the text: the main one, a define or a block.
struct Tree {
  std::string name;
  NodeList root;
};

/// Source form of a node, as error messages show it (spec 7.1).
std::string to_source(const Node& node);

}  // namespace leasehold::gotemplate

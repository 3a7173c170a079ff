// What tools may know of a template without running it: everything that is wrong with its text, and
// what becomes of the results of chosen functions. The tree itself stays private.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/gotemplate/function.h"
#include "leasehold/gotemplate/program.h"

namespace leasehold::gotemplate {

/// One thing that is wrong with the text. Offsets count bytes from its start.
struct SyntaxProblem {
  std::string message;  ///< as Program::parse has it, without name and line
  std::size_t offset = 0;
  std::string undefined_function;  ///< set when that is what is wrong
};

/// A use of a part of a call's result: `.Data.data.user`, `index .Data.data "user"`.
struct Access {
  std::vector<std::string> names;    ///< from the result on: Data, data, user
  std::vector<std::size_t> offsets;  ///< where each name stands
  /// Whether it is there is what is asked: the condition of if or with, or an argument of and, or,
  /// not, default and the like.
  bool tested = false;
  bool ranged = false;  ///< range goes over it
};

/// A call of one of the chosen functions, with what can be said without running it: literals
/// directly or through variables, `with`, `range`, `index` and calls of templates.
struct TracedCall {
  std::string function;
  std::size_t offset = 0;  ///< of the function's name
  std::vector<std::optional<std::string>>
      arguments;  ///< their text; nullopt: known at run time only
  std::vector<std::size_t> argument_offsets;
  std::vector<Access> accesses;  ///< in order of the text
};

struct Inspection {
  /// Empty when the text parses. All undefined functions, each place of theirs, and the first other
  /// error.
  std::vector<SyntaxProblem> problems;
  std::vector<TracedCall> calls;  ///< in order of evaluation
};

/// Reads the text without running anything. traced are names of functions. Calls are traced in what
/// parses when undefined functions are overlooked. Bounded: a text whose templates call each other
/// without end is followed for kStepsMax nodes.
Inspection inspect(const ParseOptions& options, const FunctionSet& functions,
                   std::span<const std::string_view> traced);

/// Nodes that inspect() visits at most.
inline constexpr std::size_t kStepsMax = 200'000;

}  // namespace leasehold::gotemplate

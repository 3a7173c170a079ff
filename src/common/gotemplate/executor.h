// Third stage: walks a tree and writes text. Statements run on an explicit stack of frames, because
// templates may nest 100,000 deep; expressions recurse, their depth is bounded by the parser.
// Truth: spec "templates" sections 6 and 7.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/gotemplate/function.h"
#include "leasehold/gotemplate/program.h"
#include "node.h"
#include "parser.h"

namespace leasehold::gotemplate {

/// Thrown inside the executor, caught at its door.
struct ExecutionError {
  Failure failure;
};

class Executor {
 public:
  Executor(std::string_view text, const TreeSet& trees, const ExecuteOptions& options, Context& context)
      : text_(text), trees_(trees), options_(options), context_(context) {}

  /// Runs a tree with dot and appends its output. Throws ExecutionError.
  void run(const Tree& tree, const Value& dot, SecretBytes& out);

  /// How deep executeTemplate may call itself: it uses the native stack.
  static constexpr int kNestedRunsMax = 200;

 private:
  struct Variable {
    std::string_view name;
    Value value;
  };
  /// The state of a range loop.
  struct Loop {
    const Node* node = nullptr;
    Value subject;
    std::size_t next = 0;        ///< list, map: position; channel: running index
    std::int64_t count = 0;      ///< integers: the bound
    std::size_t variables = 0;   ///< those of the body start here
  };
  /// One list being walked.
  struct Frame {
    NodeList list;
    std::size_t next = 0;
    Value dot;
    std::size_t variables = 0;  ///< to return to afterwards
    std::unique_ptr<Loop> loop;
    const Tree* caller = nullptr;  ///< template call: what to return to
    std::size_t caller_base = 0;
  };
  class Runner;

  // --- statements (executor.cc)
  void walk(const Tree& tree, const Value& dot);
  void step(const Node& node);
  void finish_list();
  void print_value(const Node& node);
  void enter_if(const Node& node);
  void enter_range(const Node& node);
  bool next_round(Frame& frame);
  void start_round(Frame& frame, const Value& index, const Value& element);
  void jump(NodeType type);
  void enter_template(const Node& node);
  void push(NodeList list, const Value& dot, std::size_t variables);

  // --- expressions (evaluate.cc). dot is the current frame's.
  Value pipeline(const Value& dot, const Node* pipe);
  Value command(const Value& dot, const Node& node, const Value* final);
  Value operand(const Value& dot, const Node& node, NodeList arguments, const Value* final);
  Value function(const Value& dot, const Node& node, const Node& marked, NodeList arguments,
                 const Value* final);
  Value field_chain(const Value& dot, Value receiver, const Node& node, std::size_t first,
                    NodeList arguments, const Value* final);
  Value field(const Value& dot, std::string_view name, const Node& node, NodeList arguments,
              const Value* final, const Value& receiver);
  struct Callee {
    const Function& row;
    std::string_view name;
    const Node& marked;               ///< named by the error of the call
    const Value* receiver = nullptr;  ///< methods
  };
  Value call(const Value& dot, const Callee& callee, NodeList arguments, const Value* final);
  Value short_circuit(const Value& dot, bool stop_at, NodeList arguments, const Value* final);
  void call_arguments(const Value& dot, const Callee& callee, NodeList arguments, const Value* final,
                      std::vector<Value>& values);
  void account(const Value& made);
  Value argument(const Value& dot, const Type& type, const Node& node);
  Value literal_argument(const Type& type, const Node& node);
  Value constant(const Node& node);
  Value checked(Value value, const Type& type);
  void refuse_arguments(NodeList arguments, const Value* final, const Node& node);

  // --- variables
  static constexpr std::size_t kUnknownSlot = static_cast<std::size_t>(-1);
  /// slot: where the parser saw it last declared. Ours is there as well, unless `and` or `or` passed over
  /// an operand that declares something: then it is searched for.
  Variable& variable(std::string_view name, std::size_t slot);
  void mark(const Node& node) { at_ = &node; }
  [[noreturn]] void fail(const std::string& text) const;

  std::string_view text_;
  const TreeSet& trees_;
  const ExecuteOptions& options_;
  Context& context_;
  SecretBytes* out_ = nullptr;
  std::vector<Frame> frames_;
  std::vector<Variable> variables_;
  std::size_t base_ = 0;  ///< first variable of the current template
  std::size_t template_depth_ = 0;
  const Tree* tree_ = nullptr;
  const Node* at_ = nullptr;  ///< named by errors (spec 7.2)
  std::vector<std::vector<Value>> spare_;  ///< argument lists of calls that are over
  int nested_runs_ = 0;
  std::size_t made_bytes_ = 0;  ///< by all calls so far
  std::size_t statements_ = 0;
};

}  // namespace leasehold::gotemplate

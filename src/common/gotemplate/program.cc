// The two doors of the engine, where its private exceptions become values.
#include "leasehold/gotemplate/program.h"

#include <algorithm>
#include <utility>

#include "executor.h"
#include "lexer.h"
#include "parser.h"

namespace leasehold::gotemplate {

struct Program::Trees {
  std::string text;
  TreeSet set;
};

Program::Program(std::unique_ptr<Trees> trees) : trees_(std::move(trees)) {}
Program::~Program() = default;

Result<std::unique_ptr<Program>> Program::parse(const ParseOptions& options,
                                                const FunctionSet& functions) {
  auto trees = std::make_unique<Trees>();
  trees->text = options.text;
  Lexer lexer(trees->text, options.left_delimiter.empty() ? "{{" : options.left_delimiter,
              options.right_delimiter.empty() ? "}}" : options.right_delimiter);
  try {
    Parser(lexer, functions, trees->set).parse();
  } catch (const SyntaxError& error) {
    return invalid(error.message);
  }
  return std::unique_ptr<Program>(new Program(std::move(trees)));
}

std::unique_ptr<Failure> Program::execute(const ExecuteOptions& options, Context& context,
                                          SecretBytes& out) const {
  Executor executor(trees_->text, trees_->set, options, context);
  try {
    executor.run(trees_->set.trees.find("")->second, Value(), out);
  } catch (const ExecutionError& error) {
    return std::make_unique<Failure>(error.failure);
  }
  return nullptr;
}

bool Program::calls(std::string_view function) const {
  return std::ranges::any_of(trees_->set.nodes, [function](const Node& node) {
    return node.type == NodeType::Function && node.text == function;
  });
}

const Function* FunctionSet::find(std::string_view name) const {
  const auto row = std::ranges::find(overrides_, name, &Function::name);
  if (row != overrides_.end()) return &*row;
  for (const std::span<const Function> table : tables_) {
    const auto place = std::ranges::find(table, name, &Function::name);
    if (place != table.end()) return &*place;
  }
  return nullptr;
}

}  // namespace leasehold::gotemplate

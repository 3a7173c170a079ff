// The two doors of the engine, where its private exceptions become values.
#include "leasehold/gotemplate/program.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "executor.h"
#include "leasehold/base/text.h"
#include "lexer.h"
#include "parser.h"

namespace leasehold::gotemplate {

struct Program::Trees {
  std::string text;
  TreeSet set;
};

namespace {

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  return {.line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1,
          .column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline};
}

}  // namespace

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
    if (options.error_at != nullptr) *options.error_at = place_of(trees->text, error.offset);
    return invalid(error.message);
  }
  return std::unique_ptr<Program>(new Program(std::move(trees)));
}

std::unique_ptr<Failure> Program::execute(const ExecuteOptions& options, Context& context,
                                          SecretBytes& out) const {
  const auto tree = trees_->set.trees.find(options.part);
  if (tree == trees_->set.trees.end()) {
    return std::make_unique<Failure>(Failure{.message = "template: no template " + go_quote(options.part)});
  }
  // Most outputs are about as long as their template.
  out.reserve(out.size() + trees_->text.size());
  Executor executor(trees_->text, trees_->set, options, context);
  try {
    executor.run(tree->second, options.dot == nullptr ? Value() : *options.dot, out);
  } catch (const ExecutionError& error) {
    return std::make_unique<Failure>(error.failure);
  }
  return nullptr;
}

bool Program::calls(std::string_view function) const {
  return std::ranges::any_of(trees_->set.called, [function](const Function* row) { return row->name == function; });
}

const Function* FunctionSet::find(std::string_view name) const {
  const auto ours = std::ranges::find(overrides_, name, &Function::name);
  if (ours != overrides_.end()) return &*ours;
  return index_ == nullptr ? nullptr : (*index_)[slot(*index_, name)];
}

void FunctionSet::add(std::span<const Function> table) {
  tables_.push_back(table);
  count_ += table.size();
  const bool ours = index_ != nullptr && index_.use_count() == 1;  // copies may share it
  if (ours && count_ * 2 <= index_->size()) return insert(*index_, table);
  auto fresh = std::make_shared<Index>(std::bit_ceil(count_ * 4 + 1), nullptr);
  for (const auto known : tables_) insert(*fresh, known);
  index_ = std::move(fresh);
}

void FunctionSet::insert(Index& index, std::span<const Function> table) {
  for (const Function& row : table) {
    const Function*& place = index[slot(index, row.name)];
    if (place == nullptr) place = &row;  // the first table wins
  }
}

std::size_t FunctionSet::slot(const Index& index, std::string_view name) {
  // FNV-1a, then the next free place; the index is never full.
  std::uint32_t hash = 2166136261U;
  for (const char byte : name) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  std::size_t place = hash & (index.size() - 1);
  while (index[place] != nullptr && index[place]->name != name) place = (place + 1) & (index.size() - 1);
  return place;
}

}  // namespace leasehold::gotemplate

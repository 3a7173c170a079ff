// Functions and methods that templates can call, as rows of tables: the engine knows none but the
// builtins, everything else comes in through a FunctionSet (Go's FuncMap).
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gotemplate {

/// What the functions of one program share during one execution, defined by whoever supplies them.
class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  virtual ~Context() = default;
};

/// Runs another template of the same text; handed to functions that need it.
class TemplateRunner {
 public:
  TemplateRunner() = default;
  TemplateRunner(const TemplateRunner&) = delete;
  TemplateRunner& operator=(const TemplateRunner&) = delete;
  virtual ~TemplateRunner() = default;
  /// The output of the template called name. Error: Go's text of the inner failure.
  virtual Result<Value> run(std::string_view name, const Value& dot) = 0;
};

/// One call: arguments already checked against the row's parameters; interface arguments unboxed.
/// Methods get their receiver as argument 0.
struct Call {
  std::span<const Value> arguments;
  Context& context;
  TemplateRunner& runner;
  const Function& function;

  [[nodiscard]] std::size_t count() const { return arguments.size(); }
  [[nodiscard]] const Value& operator[](std::size_t index) const { return arguments[index]; }
  [[nodiscard]] std::string_view text(std::size_t index) const { return arguments[index].as_text(); }
  [[nodiscard]] std::int64_t integer(std::size_t index) const { return arguments[index].as_int(); }
};

/// Error texts are shown after `error calling NAME: `.
using Callback = Result<Value> (*)(Call& call);

/// One row of a function table.
struct Function {
  std::string_view name;
  std::span<const Type* const> parameters = {};
  bool variadic = false;  ///< the last parameter may be given any number of times
  Callback call = nullptr;
  std::string_view help = {};
  /// Methods that Go's templates refuse to call: the text after `executing … at …: `.
  std::string_view refusal = {};
};

/// The parameter list of a row: types<kString, kAny>.
template <const Type&... T>
inline constexpr const Type* const kParameterList[] = {&T..., nullptr};
template <const Type&... T>
inline constexpr std::span<const Type* const> types{kParameterList<T...>, sizeof...(T)};

/// The functions that one template may name. It points at tables that live elsewhere; copies share their index
/// (8 kB for 500 functions), so keep one for each choice of tables.
class FunctionSet {
 public:
  /// table must outlive the set.
  void add(std::span<const Function> table);
  /// Adds one row of our own that hides those of the same name in the tables.
  void override_with(const Function& row) { overrides_.push_back(row); }
  /// Null when there is none. The row lives as long as the set.
  [[nodiscard]] const Function* find(std::string_view name) const;
  [[nodiscard]] std::span<const std::span<const Function>> tables() const { return tables_; }

 private:
  using Index = std::vector<const Function*>;
  static void insert(Index& index, std::span<const Function> table);
  [[nodiscard]] static std::size_t slot(const Index& index, std::string_view name);

  std::vector<std::span<const Function>> tables_;
  std::shared_ptr<Index> index_;  ///< a hash table of the rows of all tables; null = none yet
  std::size_t count_ = 0;
  std::deque<Function> overrides_;
};

/// print, printf, len, index, eq, … (spec 8). `and` and `or` are evaluated by the executor.
std::span<const Function> builtin_functions();

}  // namespace leasehold::gotemplate

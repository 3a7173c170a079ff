// A parsed template text with all templates that it defines: parse once, execute many times.
// Truth: spec "templates" sections 3 to 7; golden/templates.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/gotemplate/function.h"

namespace leasehold::gotemplate {

/// A place in the text. Both count from 1, the column in bytes.
struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};

struct ParseOptions {
  std::string_view text;
  std::string_view left_delimiter;   ///< empty: {{
  std::string_view right_delimiter;  ///< empty: }}
  Place* error_at = nullptr;         ///< set when parsing fails. May be null
};

/// A template that needs more statements than this loops without end.
inline constexpr std::size_t kStatementsMax = 50'000'000;

struct ExecuteOptions {
  bool error_on_missing_key = false;
  std::size_t statements_max = kStatementsMax;  ///< rounds of loops count as well
  std::string_view part = {};                   ///< the template to run; empty: the main one
  const Value* dot = nullptr;                   ///< null: no dot
};

/// Why an execution stopped, e.g. `template: :1:3: executing "" at <index "a" 9>: error calling
/// index: index out of range: 9`. text starts at text_offset; before it are name and position.
struct Failure {
  std::string message;
  std::size_t text_offset = 0;
  Place at = {};
  std::string part = {};  ///< the define or block that it stands in; empty: the main text
  std::string node = {};  ///< source of what was being evaluated
};

/// Immutable after parse(); every execution has a state of its own.
class Program {
 public:
  /// Error (Invalid): Go's text, e.g. `template: :3: unexpected EOF`. functions must outlive the
  /// program. The text is copied.
  static Result<std::unique_ptr<Program>> parse(const ParseOptions& options, const FunctionSet& functions);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Appends the output of one template to out; on failure out holds what was written before. Null:
  /// success.
  std::unique_ptr<Failure> execute(const ExecuteOptions& options, Context& context, SecretBytes& out) const;

  /// True when some action of the text calls the function.
  [[nodiscard]] bool calls(std::string_view function) const;

 private:
  struct Trees;
  explicit Program(std::unique_ptr<Trees> trees);
  std::unique_ptr<Trees> trees_;
};

}  // namespace leasehold::gotemplate

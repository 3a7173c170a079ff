// Command lines as Go's flag package reads them, from tables. A row says everything about a flag:
// the same rows give parsing, the environment, --help and the documentation.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::flags {

enum class Kind { Text, Boolean, List /* repeatable text */ };

struct Row {
  std::string_view name;         ///< without dash
  Kind kind;
  std::string_view default_value;
  std::string_view environment;  ///< comma-separated names, the first that is set wins; "" = none
  std::string_view help;         ///< one or more sentences
  bool hidden = false;
};

/// What stood on the command line, before defaults and environment.
struct Parsed {
  std::map<std::string, std::vector<std::string>, std::less<>> given;  ///< flag -> values in order
  std::vector<std::string> positional;                                ///< all from the first word that is no flag
  bool help = false;                                                  ///< -h, -help, --help

  [[nodiscard]] bool has(std::string_view name) const { return given.find(name) != given.end(); }
  /// The last value, if given.
  [[nodiscard]] std::optional<std::string> last(std::string_view name) const;
};

/// `-name value`, `-name=value`, `--name...`; booleans only `-name` or `-name=BOOL`; ends at the
/// first word that is no flag, or after `--`.
/// Errors, as Go prints them: `flag provided but not defined: -nope`, `flag needs an argument: -x`,
/// `invalid boolean value "foo" for -x: parse error`, `bad flag syntax: -=x`.
Result<Parsed> parse(std::span<const Row> rows, std::span<const std::string> arguments);

/// Reads one environment variable; unset is nullopt. Passed in, so that nothing else in the
/// programs asks the environment (and tests need not set it).
using Environment = std::function<std::optional<std::string>(std::string_view)>;
/// The process environment.
Environment process_environment();

/// Flag rows as text, two lines each in the manner of Go: `  -name value` and the indented help with
/// default and environment.
std::string usage(std::span<const Row> rows);

}  // namespace leasehold::flags

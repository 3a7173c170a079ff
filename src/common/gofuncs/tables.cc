#include <algorithm>
#include <vector>

#include "context.h"
#include "denylist.h"

namespace leasehold::gofuncs {

namespace {

Result<Value> disabled(Call& /*call*/) { return invalid("function is disabled"); }

}  // namespace

std::span<const std::span<const Function>> all_tables() {
  static const std::span<const Function> kTables[] = {
      vault_functions(),    host_functions(),  text_functions(),       encoding_functions(),
      parsing_functions(),  math_functions(),  collection_functions(),
      service_functions(),  side_effect_functions(), sprig_semver(), sprig_dates(), sprig_random(),
      sprig_crypto(), sprig_certificates(), sockaddr_functions(),
      sprig_strings(),      sprig_lists(),     sprig_dicts(),          sprig_values(),
      sprig_math(),         sprig_regex(),     sprig_paths(),
  };
  return kTables;
}

bool matches_glob(std::string_view pattern, std::string_view name) {
  // Positions to return to when a later star must take more.
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  std::size_t at = 0;
  for (std::size_t index = 0; index < name.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      retry = index;
    } else if (at < pattern.size() && pattern[at] == name[index]) {
      ++at;
      ++index;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      index = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

void deny(gotemplate::FunctionSet& functions, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return;
  for (const auto table : functions.tables()) {
    for (const Function& row : table) {
      const bool denied = std::ranges::any_of(patterns, [&row](const std::string& pattern) {
        return matches_glob(pattern, row.name);
      });
      if (denied) {
        functions.override_with(
            {.name = row.name, .parameters = types<gotemplate::kString>, .variadic = true, .call = &disabled});
      }
    }
  }
}

}  // namespace leasehold::gofuncs

#include <algorithm>
#include <vector>

#include "context.h"
#include "denylist.h"

namespace leasehold::gofuncs {

namespace {

Result<Value> disabled(Call& /*call*/) { return invalid("function is disabled"); }

}  // namespace

std::span<const Subject> subjects() {
  // clang-format off
  static const Subject kSubjects[] = {
      {"Secrets",                    vault_functions()},
      {"Environment and files",      host_functions()},
      {"Text",                       text_functions()},
      {"Encoding",                   encoding_functions()},
      {"Parsing",                    parsing_functions()},
      {"Arithmetic",                 math_functions()},
      {"Lists and maps",             collection_functions()},
      {"Files, programs, debugging", side_effect_functions()},
      {"Addresses",                  sockaddr_functions()},
      {"Consul and Nomad",           service_functions()},
      {"Sprig: text",                sprig_strings()},
      {"Sprig: regular expressions", sprig_regex()},
      {"Sprig: values",              sprig_values()},
      {"Sprig: arithmetic",          sprig_math()},
      {"Sprig: lists",               sprig_lists()},
      {"Sprig: maps",                sprig_dicts()},
      {"Sprig: paths and URLs",      sprig_paths()},
      {"Sprig: dates",               sprig_dates()},
      {"Sprig: versions",            sprig_semver()},
      {"Sprig: cryptography",        sprig_crypto()},
      {"Sprig: certificates",        sprig_certificates()},
      {"Sprig: clock",               sprig_clock(),  false},
      {"Sprig: chance and host",     sprig_random(), false},
  };
  // clang-format on
  return kSubjects;
}

gotemplate::FunctionSet functions_of(SprigSet set) {
  gotemplate::FunctionSet functions;
  for (const Subject& subject : subjects()) {
    if (subject.hermetic || set == SprigSet::Full) functions.add(subject.rows);
  }
  return functions;
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
  const auto builtins = gotemplate::builtin_functions();
  const auto disable = [&functions](const Function& row) {
    functions.override_with(
        {.name = row.name, .parameters = types<gotemplate::kString>, .variadic = true, .call = &disabled});
  };
  for (const std::string& pattern : patterns) {
    if (pattern.find('*') == std::string::npos) {
      const Function* row = functions.find(pattern);
      if (row != nullptr && std::ranges::find(builtins, pattern, &Function::name) == builtins.end()) disable(*row);
      continue;
    }
    for (const auto table : functions.tables()) {
      if (table.data() == builtins.data()) continue;
      for (const Function& row : table) {
        if (matches_glob(pattern, row.name)) disable(row);
      }
    }
  }
}

}  // namespace leasehold::gofuncs

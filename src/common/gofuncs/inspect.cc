#include "leasehold/gofuncs/inspect.h"

#include <array>

#include "context.h"
#include "denylist.h"

namespace leasehold::gofuncs {

namespace {

constexpr std::array<std::string_view, 3> kTraced = {"secret", "secrets", "pkiCert"};

gotemplate::FunctionSet all_functions() {
  gotemplate::FunctionSet functions = functions_of(SprigSet::Full);
  functions.add(gotemplate::builtin_functions());
  return functions;
}

}  // namespace

gotemplate::Inspection inspect(const TemplateOptions& options) {
  return gotemplate::inspect({.text = options.contents,
                              .left_delimiter = options.left_delimiter,
                              .right_delimiter = options.right_delimiter},
                             all_functions(), kTraced);
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names;
  const gotemplate::FunctionSet functions = all_functions();
  for (const auto table : functions.tables()) {
    for (const Function& row : table) names.push_back(row.name);
  }
  return names;
}

}  // namespace leasehold::gofuncs

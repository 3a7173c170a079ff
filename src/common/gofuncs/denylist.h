// All function tables together, and the functions that a template may not use.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/gofuncs/render.h"
#include "leasehold/gotemplate/function.h"

namespace leasehold::gofuncs {

/// The functions of one subject.
struct Subject {
  std::string_view title;
  std::span<const gotemplate::Function> rows;
  bool hermetic = true;  ///< false: not in Sprig's hermetic set
};

std::span<const Subject> subjects();
/// The rows of all subjects that the set has.
gotemplate::FunctionSet functions_of(SprigSet set);

/// Replaces every function whose name matches a pattern (`*` stands for any text) by one that takes
/// strings and fails with `function is disabled` (spec 11.8). Call before the builtins are added:
/// those cannot be denied.
void deny(gotemplate::FunctionSet& functions, const std::vector<std::string>& patterns);

/// `*` in pattern stands for any text.
bool matches_glob(std::string_view pattern, std::string_view name);

}  // namespace leasehold::gofuncs

// All function tables together, and the functions that a template may not use.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "leasehold/gotemplate/function.h"

namespace leasehold::gofuncs {

std::span<const std::span<const gotemplate::Function>> all_tables();

/// Replaces every function whose name matches a pattern (`*` stands for any text) by one that takes
/// strings and fails with `function is disabled` (spec 11.8). Call before the builtins are added:
/// those cannot be denied.
void deny(gotemplate::FunctionSet& functions, const std::vector<std::string>& patterns);

/// `*` in pattern stands for any text.
bool matches_glob(std::string_view pattern, std::string_view name);

}  // namespace leasehold::gofuncs

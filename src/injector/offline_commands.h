// The command lines `patch` and `explain`.
#pragma once

#include <string>
#include <vector>

namespace leasehold::injector {

/// arguments: those behind the command. Returns the exit status: 0, or 1 when something was refused
/// or could not be read; `patch` then prints no manifest at all.
int run_patch(const std::vector<std::string>& arguments);
int run_explain(const std::vector<std::string>& arguments);

}  // namespace leasehold::injector

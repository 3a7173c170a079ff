// Runs the program of a `plugin` call and collects what it prints (spec 11.1).
#pragma once

#include <string>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

/// argv[0] is looked up in PATH; the caller waits, at most 30 s. Error: Go's text with the output
/// of the program.
Result<std::string> run_plugin(const std::vector<std::string>& argv);

}  // namespace leasehold::gofuncs

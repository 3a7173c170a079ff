// `leasehold-agent lint`: finds the files, has them checked, prints what was found.
#pragma once

#include <span>
#include <string>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// Returns 0: no problem; 1: problems (also files that cannot be read); 2: wrong usage.
int run_lint_command(std::span<const std::string> arguments, const flags::Environment& environment);

}  // namespace leasehold::agent

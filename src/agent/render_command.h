// `leasehold-agent render`: templates to text, once, with sample data or from a server.
#pragma once

#include <span>
#include <string>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// Returns 0: all rendered; 1: some were not, or the server or a file failed; 2: wrong usage.
int run_render_command(std::span<const std::string> arguments,
                       const flags::Environment& environment);

}  // namespace leasehold::agent

// `agent`: from the command line to a running agent and its exit status (spec/agent.md 1).
#pragma once

#include <span>
#include <string>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// arguments: after the word `agent`. Texts for people go to stdout, log lines to stderr.
int run_agent_command(std::span<const std::string> arguments, const flags::Environment& environment);

}  // namespace leasehold::agent

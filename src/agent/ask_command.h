// `ready`, `check` and `why`: what people, probes and applications ask a running agent.
#pragma once

#include <span>
#include <string>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// Exit status 0: ready (or started, or live, by flag). 1: not, or no agent answers.
int run_ready_command(std::span<const std::string> arguments, const flags::Environment& environment);
/// Has all leases looked up, at most once a second. 0: asked. 1: no agent answers.
int run_check_command(std::span<const std::string> arguments, const flags::Environment& environment);
/// Tells where a file's secrets come from, also after the agent has died. 1: not known.
int run_why_command(std::span<const std::string> arguments, const flags::Environment& environment);

}  // namespace leasehold::agent

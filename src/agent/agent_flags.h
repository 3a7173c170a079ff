// The flags of `agent` and of the commands that talk to a server, as rows (spec/agent.md 1.1, 2.1).
#pragma once

#include <span>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// Flags that name the server; shared by all commands.
std::span<const flags::Row> connection_flags();
/// All flags of `agent`: its own and the connection's.
std::span<const flags::Row> agent_flags();

}  // namespace leasehold::agent

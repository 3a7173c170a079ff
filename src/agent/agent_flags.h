// The flags of `agent` and of the commands that talk to a server, as rows (spec/agent.md 1.1, 2.1).
#pragma once

#include <span>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// Flags that name the server; shared by all commands. With request_flags() at the end, hidden.
std::span<const flags::Row> connection_flags();
/// Flags that change or show one request: of `read`, `kv`, `status` and `token`.
std::span<const flags::Row> request_flags();
/// All flags of `agent`: its own and the connection's.
std::span<const flags::Row> agent_flags();

}  // namespace leasehold::agent

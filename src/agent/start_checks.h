// What the peer finds wrong only when it starts a part: the same words, also for parts that have no
// effect here yet (spec/agent.md 4.4, 4.5, 13, 14).
#pragma once

#include "config.h"
#include "leasehold/flags/flags.h"
#include "leasehold/base/result.h"

namespace leasehold::agent {

/// Error (Invalid): `Error initializing telemetry: filter rule must begin with either '+' or '-': "x"`.
Result<void> check_telemetry(const AgentConfig& config);
/// Error (Invalid): `Error creating persistent cache: ...`.
Result<void> check_persistent_cache(const AgentConfig& config);
/// Error (Invalid): `Error starting listener: listen tcp: address 99999: invalid port`.
Result<void> check_listeners(const AgentConfig& config);
/// Whether a listener serves more than metrics.
bool has_proxy_listener(const AgentConfig& config);

/// VAULT_AGENT_DISABLE_IDLE_CONNECTIONS and ..._KEEP_ALIVES take the place of the keys of the configuration.
/// Error (Invalid): `unknown disable_keep_alives value: foo`.
Result<void> take_connection_variables(AgentConfig& config, const flags::Environment& environment);

/// True when connections of that part (auto-auth, templating) are closed after each request.
bool closes_connections(const AgentConfig& config, std::string_view part);

}  // namespace leasehold::agent

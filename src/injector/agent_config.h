// The agent's configuration, the JSON in VAULT_CONFIG (spec/injector.md 15).
#pragma once

#include <string>

#include "injection.h"
#include "refusal.h"

namespace leasehold::injector {

/// Both documents of a pod; they differ in exit_after_auth, listener and cache only.
struct AgentConfigs {
  std::string init;
  std::string sidecar;
};

/// Refuses what JSON cannot hold: `json: unsupported value: NaN`.
Outcome<AgentConfigs> write_agent_configs(const Injection& injection);

}  // namespace leasehold::injector

// The two injected containers as JSON text (spec/injector.md 13 and 14).
#pragma once

#include <string>

#include "injection.h"
#include "refusal.h"

namespace leasehold::injector {

enum class Role { Init, Sidecar };

/// config: the agent's configuration document, unused with agent-configmap. Applies the role's JSON
/// patch. Refusals carry the full text: `error creating patch for agent: ...`.
Outcome<std::string> write_container(const Injection& injection, Role role,
                                     std::string_view config);

/// The volumeMounts elements `vault-secrets` and `vault-secrets-custom-N`, in order.
std::vector<std::string> secret_mounts(const Injection& injection);

}  // namespace leasehold::injector

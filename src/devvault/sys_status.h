// The routes with handlers of their own, which answer before any token is looked at, also on a
// sealed server: health, seal-status, leader, init, seal, unseal (spec/vault-api.md 3.1).
#pragma once

#include <optional>

#include "http_rules.h"
#include "state.h"

namespace leasehold::devvault {

/// nullopt: not one of these routes.
std::optional<Answer> answer_status(State& state, const http::Request& request, const Target& target,
                                    bool foreign_namespace);

}  // namespace leasehold::devvault

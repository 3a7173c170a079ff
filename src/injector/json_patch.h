// The JSON patch of agent-json-patch and agent-init-json-patch, with the leniency of the engine
// that it was written for (spec/injector.md 18.2, golden/injector/cases/json-patch-*).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "refusal.h"

namespace leasehold::injector {

/// nullopt when text is JSON and a patch (an array of objects, or null); else what is wrong.
std::optional<std::string> json_patch_syntax(std::string_view text);

/// Applies patch to container (both JSON text) and writes the result as a typed container.
/// Refusals: `failed to apply JSON patch: ...`, or a type error of the result.
Outcome<std::string> patch_container(std::string_view container, std::string_view patch);

}  // namespace leasehold::injector

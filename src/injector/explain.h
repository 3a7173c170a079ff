// `leasehold-injector explain`: one page on what would be injected into each pod of a manifest and
// why, and every problem that can be seen in it. Pure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "annotations.h"
#include "offline.h"
#include "settings.h"

namespace leasehold::injector {

/// Where each setting's value comes from: by flag name, `https://vault:8200 (environment
/// AGENT_INJECT_VAULT_ADDR)`.
using Origins = std::map<std::string, std::string, std::less<>>;
Origins describe_origins(const flags::Parsed& given, const flags::Environment& environment);

/// Why an annotation of ours (without prefix) has no effect, with the name that was probably meant;
/// "" when it is known.
std::string unknown_annotation(std::string_view name);
/// Says that a path of a well-known KV version 2 mount lacks `data/`; "" when it does not.
std::string missing_data(std::string_view path);
/// Says that the agent starts a command by a shell, and the notify block that replaces it; "" for a
/// command that needs none.
std::string shell_needed(std::string_view command);

/// The page for all pods of one object; "" when it has none.
std::string explain_object(const Manifest& object, const std::string& name_space,
                           const std::shared_ptr<const Settings>& settings, const Origins& origins);

}  // namespace leasehold::injector

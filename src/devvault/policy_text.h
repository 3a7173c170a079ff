// Policy documents: HCL or JSON text to rules (spec/vault-api.md 2).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json_value.h"
#include "leasehold/base/result.h"

namespace leasehold::devvault {

/// Bits of a rule's capabilities.
enum Capability : std::uint32_t {
  kCreate = 1U << 0U,
  kRead = 1U << 1U,
  kUpdate = 1U << 2U,
  kPatch = 1U << 3U,
  kDelete = 1U << 4U,
  kList = 1U << 5U,
  kSudo = 1U << 6U,
  kDeny = 1U << 7U,
  kScan = 1U << 8U,
};

/// Names, sorted; `["deny"]` for none.
std::vector<std::string> capability_names(std::uint32_t capabilities);

/// One `path` block.
struct Rule {
  std::string path;  ///< without leading '/', the final '*' included
  std::uint32_t capabilities = 0;
  std::map<std::string, std::vector<Json>> allowed_parameters;
  std::map<std::string, std::vector<Json>> denied_parameters;
  std::vector<std::string> required_parameters;
  std::chrono::seconds min_wrapping_ttl{0};
  std::chrono::seconds max_wrapping_ttl{0};
};

/// Error (Invalid): the text after `failed to parse policy: `.
Result<std::vector<Rule>> parse_policy(std::string_view text);

/// Fills `{{identity...}}` in a path. lookup gives "" for what the token does not have.
/// False: a template does not resolve, and the rule is to be dropped.
bool fill_templates(std::string& path, const std::map<std::string, std::string>& identity);

}  // namespace leasehold::devvault

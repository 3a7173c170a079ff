// Policies by name, with the two that every server has.
#include "policies.h"

#include <algorithm>

#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

/// What every token may do (spec 2, "The default policy").
constexpr std::string_view kDefaultPolicy = R"(# Allow tokens to look up their own properties
path "auth/token/lookup-self" { capabilities = ["read"] }
# Allow tokens to renew and revoke themselves
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
# Allow a token to look up its own capabilities on a path
path "sys/capabilities-self" { capabilities = ["update"] }
# Allow a token to look up its own entity
path "identity/entity/id/{{identity.entity.id}}" { capabilities = ["read"] }
path "identity/entity/name/{{identity.entity.name}}" { capabilities = ["read"] }
# Allow a token to look up its resultant ACL
path "sys/internal/ui/resultant-acl" { capabilities = ["read"] }
# Allow a token to renew and look up a lease by its id
path "sys/renew" { capabilities = ["update"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/lookup" { capabilities = ["update"] }
# Allow a token to manage its own cubbyhole
path "cubbyhole/*" { capabilities = ["create", "read", "update", "delete", "list"] }
# Allow a token to wrap, look up and unwrap
path "sys/wrapping/wrap" { capabilities = ["update"] }
path "sys/wrapping/lookup" { capabilities = ["update"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
# Allow general purpose tools
path "sys/tools/hash" { capabilities = ["update"] }
path "sys/tools/hash/*" { capabilities = ["update"] }
path "identity/oidc/provider/+/authorize" { capabilities = ["read", "update"] }
)";

/// What a response-wrapping token may do, and nothing else.
constexpr std::string_view kWrappingPolicy = R"(
path "cubbyhole/response" { capabilities = ["create", "read"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
)";

}  // namespace

Policies::Policies(WallTime now) {
  policies_["root"] = {};
  for (const auto& [name, text] : {std::pair("default", kDefaultPolicy), std::pair("response-wrapping", kWrappingPolicy)}) {
    auto rules = parse_policy(text);
    LH_ASSERT(rules.has_value());
    policies_[name] = {.text = std::string(text), .rules = *std::move(rules), .version = 1, .modified = now};
  }
}

const Policy* Policies::find(const std::string& name) const {
  const auto found = policies_.find(name);
  return found == policies_.end() ? nullptr : &found->second;
}

Result<void> Policies::put(const std::string& name, const std::string& text, WallTime now) {
  if (name == "root" || name == "response-wrapping") {
    return invalid("cannot update " + go_quote(name) + " policy");
  }
  auto rules = parse_policy(text);
  if (!rules) {
    return invalid("failed to parse policy: " + rules.error().message);
  }
  Policy& policy = policies_[name];
  policy.text = text;
  policy.rules = *std::move(rules);
  ++policy.version;
  policy.modified = now;
  return {};
}

Result<void> Policies::remove(const std::string& name) {
  if (name == "default") {
    return invalid("cannot delete default policy");
  }
  if (name == "root" || name == "response-wrapping") {
    return invalid("cannot delete " + go_quote(name) + " policy");
  }
  policies_.erase(name);
  return {};
}

std::vector<std::string> Policies::names() const {
  std::vector<std::string> names;
  for (const auto& [name, policy] : policies_) {
    if (name != "response-wrapping") {
      names.push_back(name);
    }
  }
  return names;
}

std::string plain_policy_text(const std::string& text) {
  auto decoded = base64_decode(text);
  return decoded ? *std::move(decoded) : text;
}

std::vector<std::string> token_policies(std::vector<std::string> names, bool with_default) {
  for (std::string& name : names) {
    name = to_lower(trim_space(name));
  }
  std::erase(names, std::string());
  if (std::find(names.begin(), names.end(), "root") != names.end()) {
    return {"root"};
  }
  if (with_default) {
    names.emplace_back("default");
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace leasehold::devvault

// What the injector reads and writes of Kubernetes objects: the Secret that replicas share, and the
// caBundle of the webhook configuration. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "certificate_plan.h"

namespace leasehold::injector {

/// compat: name and keys `cert` and `key` are those of the replaced program (spec/injector.md 6.4).
inline constexpr std::string_view kCertificateSecret = "vault-injector-certs";

/// Members that are missing or no base64 are empty.
Credentials read_secret(const nlohmann::json& secret);
/// The Secret with these credentials. The authority stands under `ca`, certificate and key; all else
/// of an old object (labels, owners, other keys) stays. before: null = there is none.
nlohmann::json write_secret(const nlohmann::json& before, const std::string& name_space, const Credentials& credentials);

/// PEM of the first webhook; nullopt: the configuration has no webhook.
std::optional<std::string> read_ca_bundle(const nlohmann::json& webhook_configuration);
/// compat: only the first webhook (spec/injector.md 6.3).
nlohmann::json ca_bundle_patch(const std::string& bundle);
/// cert-manager has been asked to keep the bundle; two writers would fight.
bool is_kept_by_cert_manager(const nlohmann::json& webhook_configuration);

}  // namespace leasehold::injector

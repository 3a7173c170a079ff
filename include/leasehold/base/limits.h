// Every bound of the programs, with unit and reason. Exceeding one is an Error that names it.
#pragma once

#include <chrono>
#include <cstddef>

namespace leasehold::limits {

// --- HTTP, both sides ---
inline constexpr std::size_t kHeaderBytesMax = 64UL * 1024;
/// The agent's answers from Vault. Vault itself refuses requests above 32 MiB.
inline constexpr std::size_t kResponseBodyBytesMax = 32UL * 1024 * 1024;
/// spec/vault-api.md 1.1.
inline constexpr std::size_t kVaultRequestBodyBytesMax = 32UL * 1024 * 1024;
/// An AdmissionReview holds one object of at most 1.5 MiB (etcd), twice on UPDATE.
inline constexpr std::size_t kReviewBodyBytesMax = 8UL * 1024 * 1024;
inline constexpr std::size_t kServerConnectionsMax = 1024;
inline constexpr std::chrono::seconds kServerHeaderDeadline{10};
inline constexpr std::chrono::seconds kServerRequestDeadline{30};
inline constexpr std::chrono::seconds kServerIdleDeadline{300};
/// Go's Vault client: 60 s for one call, its retries included (spec/agent.md 2.1).
inline constexpr std::chrono::seconds kClientRequestDeadline{60};
inline constexpr std::chrono::seconds kClientConnectDeadline{30};
inline constexpr std::chrono::seconds kTlsHandshakeDeadline{10};

// --- parsers ---
inline constexpr std::size_t kJsonDepthMax = 1000;
/// A configuration file larger than this is a mistake (a core dump, a device).
inline constexpr std::size_t kConfigFileBytesMax = 16UL * 1024 * 1024;
inline constexpr std::size_t kHclDepthMax = 1000;
/// One text or list that a function of a template makes, and all that one pass makes. No function needs
/// more for a file of kRenderedFileBytesMax.
inline constexpr std::size_t kTemplateValueBytesMax = 64UL * 1024 * 1024;
inline constexpr std::size_t kTemplateMadeBytesMax = 1024UL * 1024 * 1024;

// --- injector: a review comes from a tenant, and its memory is the cluster's ---
inline constexpr std::size_t kJsonPatchOperationsMax = 1000;
inline constexpr std::size_t kJsonPatchCopiedBytesMax = 8UL * 1024 * 1024;
/// Containers times secret folders: one patch operation each.
inline constexpr std::size_t kSecretMountsMax = 20'000;
/// Namespaces that metrics tell apart; the rest is counted without a name.
inline constexpr std::size_t kMetricNamespacesMax = 10'000;
/// A file of manifests that patch or explain reads.
inline constexpr std::size_t kManifestBytesMax = 64UL * 1024 * 1024;
/// Kubernetes names are at most so long; texts of a review are cut there in logs.
inline constexpr std::size_t kNameBytesMax = 253;

// --- agent ---
inline constexpr std::size_t kRenderedFileBytesMax = 64UL * 1024 * 1024;
inline constexpr std::size_t kTokenFileBytesMax = 1UL * 1024 * 1024;

}  // namespace leasehold::limits

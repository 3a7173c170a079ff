// The names of things in the Kubernetes API, and their paths.
#pragma once

#include <string>
#include <string_view>

namespace leasehold::kube {

/// A kind of object as paths name it.
struct Resource {
  std::string_view group_version;  ///< `v1`, `admissionregistration.k8s.io/v1`
  std::string_view plural;         ///< `configmaps`
  bool is_namespaced = true;
};

inline constexpr Resource kPods{"v1", "pods"};
inline constexpr Resource kNodes{"v1", "nodes", false};
inline constexpr Resource kSecrets{"v1", "secrets"};
inline constexpr Resource kConfigMaps{"v1", "configmaps"};
inline constexpr Resource kLeases{"coordination.k8s.io/v1", "leases"};
inline constexpr Resource kMutatingWebhooks{"admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations",
                                            false};

/// All objects of a kind in a namespace ("" = of the cluster), or one of them. Names are escaped.
std::string path_of(const Resource& resource, std::string_view name_space, std::string_view name = {});

}  // namespace leasehold::kube

// Finds the service account token among the pod's mounts (spec/injector.md 11).
#include <algorithm>
#include <string>

#include "injection.h"

namespace leasehold::injector {
namespace {

Outcome<std::string_view> token_file_of(const Pod& pod, std::string_view volume) {
  const auto found = std::find_if(pod.volumes.begin(), pod.volumes.end(),
                                  [&](const Volume& v) { return v.name == volume; });
  if (found == pod.volumes.end()) {
    return refuse("failed to find volume \"" + std::string(volume) + "\" in Pod \"" +
                  std::string(pod.name) + "\" volumes");
  }
  if (found->token_file.empty()) {
    return refuse("failed to find tokenPath for projected volume \"" + std::string(volume) + "\"");
  }
  return found->token_file;
}

Outcome<TokenMount> find_named(const Pod& pod, std::string_view volume) {
  for (const Container& container : pod.containers) {
    for (const Mount& mount : container.mounts) {
      if (mount.name != volume) continue;
      const auto file = token_file_of(pod, volume);
      if (!file) return file.error();
      return TokenMount{mount.name, mount.path, *file};
    }
  }
  if (std::none_of(pod.volumes.begin(), pod.volumes.end(),
                   [&](const Volume& v) { return v.name == volume; })) {
    return refuse("failed to find service account volume \"" + std::string(volume) + "\"");
  }
  const auto file = token_file_of(pod, volume);
  if (!file) return file.error();
  return TokenMount{volume, "/var/run/secrets/vault.hashicorp.com/serviceaccount", *file};
}

}  // namespace

Outcome<TokenMount> find_token(const Pod& pod, std::string_view volume) {
  if (!volume.empty()) return find_named(pod, volume);
  for (const Container& container : pod.containers) {
    for (const Mount& mount : container.mounts) {
      // compat: any path with this word, also a cloud provider's (Q20),
      // golden/injector/auth-kubernetes-with-irsa-mount-first.json
      if (mount.path.find("serviceaccount") != std::string_view::npos) {
        return TokenMount{mount.name, mount.path, "token"};
      }
    }
  }
  return refuse(
      "failed to find service account volume mount (the pod has automountServiceAccountToken: "
      "false? Name a projected "
      "token volume with vault.hashicorp.com/agent-service-account-token-volume-name)");
}

}  // namespace leasehold::injector

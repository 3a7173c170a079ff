// Where the Kubernetes API is and who we are there: from a pod's own files and variables, or from a
// kubeconfig. Texts: spec/injector.md 3, step 5.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/flags/flags.h"
#include "leasehold/http/client.h"
#include "leasehold/tls/context.h"

namespace leasehold::kube {

/// Holds token, namespace and, where the cluster has its own CA, ca.crt.
inline constexpr std::string_view kServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

struct Config {
  http::Url url;
  tls::ClientOptions tls;
  std::string server_name;  ///< "" = the URL's host
  std::string token_file;   ///< read anew while running: tokens of pods end after an hour
  std::shared_ptr<const SecretString> token;  ///< where there is no file; null = none
  std::string name_space;   ///< of the pod or of the context; "" = not told
};

/// Errors (Invalid): `unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and
/// KUBERNETES_SERVICE_PORT must be defined`, `open .../token: no such file or directory`.
Result<Config> read_in_cluster(const flags::Environment& environment,
                               const std::string& folder = std::string(kServiceAccountFolder));

/// The current context of a kubeconfig. folder: what relative paths in it are relative to.
/// Errors (Invalid) name the missing part; users by exec or auth-provider are not supported.
Result<Config> parse_kubeconfig(std::string_view text, const std::string& folder);
/// The same from a file.
Result<Config> read_kubeconfig(const std::string& path);

}  // namespace leasehold::kube

// The configuration that every pod finds in its own file system.
#include "leasehold/kube/config.h"

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::kube {

Result<Config> read_in_cluster(const flags::Environment& environment, const std::string& folder) {
  const std::string host = environment("KUBERNETES_SERVICE_HOST").value_or("");
  const std::string port = environment("KUBERNETES_SERVICE_PORT").value_or("");
  if (host.empty() || port.empty()) {
    return invalid(
        "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and "
        "KUBERNETES_SERVICE_PORT must be defined");
  }
  Config config;
  config.token_file = folder + "/token";
  const auto token = runtime::read_secret_file(config.token_file, limits::kTokenFileBytesMax);
  if (!token) return invalid(token.error().message);
  const bool is_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  auto url = http::parse_url("https://" + (is_v6 ? "[" + host + "]" : host) + ":" + port);
  if (!url) return url.error();
  config.url = *std::move(url);
  // A cluster whose certificate any system trusts has no file.
  const std::string authority = folder + "/ca.crt";
  if (runtime::read_file(authority, limits::kConfigFileBytesMax)) config.tls.ca_file = authority;
  if (const auto text = runtime::read_file(folder + "/namespace", limits::kNameBytesMax)) {
    config.name_space = trim_space(*text);
  }
  return config;
}

}  // namespace leasehold::kube

// kubeconfig (YAML) to a Config: current context to cluster and user.
#include <filesystem>
#include <optional>

#include "leasehold/base/encoding.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/kube/config.h"
#include "leasehold/runtime/files.h"
#include "leasehold/yaml/document.h"

namespace leasehold::kube {
namespace {

std::string text_of(const yaml::Node& node, std::string_view key) {
  const yaml::Node* value = node.find(key);
  return value != nullptr && value->kind == yaml::Kind::Scalar ? value->text : std::string();
}

/// Of `clusters: [{name: N, cluster: {...}}]` the one that is named.
Result<const yaml::Node*> find_named(const yaml::Node& root, const std::string& list,
                                     const std::string& member, const std::string& name) {
  const yaml::Node* entries = root.find(list);
  for (std::size_t i = 0; entries != nullptr && i < entries->elements.size(); ++i) {
    const yaml::Node& entry = entries->elements[i];
    const yaml::Node* found = entry.find(member);
    if (text_of(entry, "name") == name && found != nullptr) return found;
  }
  return invalid("kubeconfig: " + list + " has no " + go_quote(name));
}

std::string absolute(const std::string& folder, const std::string& path) {
  if (path.empty() || folder.empty()) return path;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

/// "" when the member is absent. Error: it is no base64.
Result<std::string> decoded(const yaml::Node& node, const std::string& key) {
  auto bytes = base64_decode(text_of(node, key));
  if (!bytes) return invalid("kubeconfig: " + key + " is no base64");
  return bytes;
}

Result<void> read_cluster(const yaml::Node& cluster, const std::string& folder, Config& out) {
  auto url = http::parse_url(text_of(cluster, "server"));
  if (!url) return invalid("kubeconfig: server: " + url.error().message);
  out.url = *std::move(url);
  out.server_name = text_of(cluster, "tls-server-name");
  out.tls.skip_verify = text_of(cluster, "insecure-skip-tls-verify") == "true";
  auto authority = decoded(cluster, "certificate-authority-data");
  if (!authority) return authority.error();
  out.tls.ca_pem = *std::move(authority);
  if (out.tls.ca_pem.empty()) out.tls.ca_file = absolute(folder, text_of(cluster, "certificate-authority"));
  return {};
}

Result<void> read_user(const yaml::Node& user, const std::string& folder, Config& out) {
  for (const char* plugin : {"exec", "auth-provider"}) {
    if (user.find(plugin) != nullptr) {
      return invalid("kubeconfig: users by " + std::string(plugin) + " are not supported: use a token");
    }
  }
  out.token_file = absolute(folder, text_of(user, "tokenFile"));
  const std::string token = text_of(user, "token");
  if (!token.empty()) out.token = std::make_shared<const SecretString>(token);
  out.tls.certificate_file = absolute(folder, text_of(user, "client-certificate"));
  out.tls.key_file = absolute(folder, text_of(user, "client-key"));
  auto certificate = decoded(user, "client-certificate-data");
  if (!certificate) return certificate.error();
  const auto key = decoded(user, "client-key-data");
  if (!key) return key.error();
  if (!key->empty()) {
    out.tls.certificate_pem = *std::move(certificate);
    out.tls.key_pem = std::make_shared<const SecretString>(*key);
  }
  return {};
}

}  // namespace

Result<Config> parse_kubeconfig(std::string_view text, const std::string& folder) {
  const auto documents = yaml::parse(text);
  if (!documents) return invalid("kubeconfig: " + documents.error().message);
  if (documents->empty() || documents->front().kind != yaml::Kind::Mapping) {
    return invalid("kubeconfig: no mapping");
  }
  const yaml::Node& root = documents->front();
  const auto context = find_named(root, "contexts", "context", text_of(root, "current-context"));
  if (!context) return context.error();
  const auto cluster = find_named(root, "clusters", "cluster", text_of(**context, "cluster"));
  if (!cluster) return cluster.error();
  Config config;
  config.name_space = text_of(**context, "namespace");
  if (auto done = read_cluster(**cluster, folder, config); !done) return done.error();
  const std::string user_name = text_of(**context, "user");
  if (user_name.empty()) return config;
  const auto user = find_named(root, "users", "user", user_name);
  if (!user) return user.error();
  if (auto done = read_user(**user, folder, config); !done) return done.error();
  return config;
}

Result<Config> read_kubeconfig(const std::string& path) {
  const auto text = runtime::read_file(path, limits::kConfigFileBytesMax);
  if (!text) return invalid(text.error().message);
  return parse_kubeconfig(*text, std::filesystem::path(path).parent_path().string());
}

}  // namespace leasehold::kube

#include "tls_objects.h"

#include <nlohmann/json.hpp>

#include "leasehold/base/encoding.h"

namespace leasehold::injector {
namespace {

using nlohmann::json;

constexpr std::string_view kKeyMark = "-----BEGIN EC PRIVATE KEY-----";

std::string decoded(const json& secret, const char* key) {
  const json::json_pointer at(std::string("/data/") + key);
  if (!secret.contains(at) || !secret[at].is_string()) return {};
  auto bytes = base64_decode(secret[at].get_ref<const std::string&>());
  return bytes ? *std::move(bytes) : std::string();
}

std::shared_ptr<const SecretString> key_of(std::string_view pem) {
  return pem.empty() ? nullptr : std::make_shared<const SecretString>(pem);
}

}  // namespace

Credentials read_secret(const json& secret) {
  Credentials found;
  found.leaf_certificate = decoded(secret, "cert");
  found.leaf_key = key_of(decoded(secret, "key"));
  const std::string authority = decoded(secret, "ca");
  const auto key_at = authority.find(kKeyMark);
  if (key_at != std::string::npos) {
    found.authority_certificate = authority.substr(0, key_at);
    found.authority_key = key_of(authority.substr(key_at));
  }
  return found;
}

json write_secret(const json& before, const std::string& name_space,
                  const Credentials& credentials) {
  json secret = before.is_object()
                    ? before
                    : json{{"metadata",
                            {{"name", std::string(kCertificateSecret)}, {"namespace", name_space}}}};
  secret["apiVersion"] = "v1";
  secret["kind"] = "Secret";
  json& data = secret["data"];
  if (!data.is_object()) data = json::object();
  // The keys go to the API server, over TLS: that is what this Secret is for.
  data["cert"] = base64_encode(credentials.leaf_certificate);
  data["key"] = base64_encode(credentials.leaf_key->expose());
  data["ca"] = base64_encode(credentials.authority_certificate +
                             std::string(credentials.authority_key->expose()));
  return secret;
}

std::optional<std::string> read_ca_bundle(const json& webhook_configuration) {
  const json::json_pointer first("/webhooks/0");
  if (!webhook_configuration.contains(first)) return std::nullopt;
  const json::json_pointer at("/webhooks/0/clientConfig/caBundle");
  if (!webhook_configuration.contains(at) || !webhook_configuration[at].is_string()) return "";
  const auto bytes = base64_decode(webhook_configuration[at].get_ref<const std::string&>());
  return bytes ? *bytes : std::string();
}

json ca_bundle_patch(const std::string& bundle) {
  return json::array({{{"op", "add"},
                       {"path", "/webhooks/0/clientConfig/caBundle"},
                       {"value", base64_encode(bundle)}}});
}

bool is_kept_by_cert_manager(const json& webhook_configuration) {
  const json::json_pointer at("/metadata/annotations");
  if (!webhook_configuration.contains(at)) return false;
  for (const char* name : {"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret",
                           "cert-manager.io/inject-apiserver-ca"}) {
    if (webhook_configuration[at].contains(name)) return true;
  }
  return false;
}

}  // namespace leasehold::injector

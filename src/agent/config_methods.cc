// The keys of auto_auth.method.config by method, for warnings and documentation; the methods read them
// (login_*.cc), since each says in its own words what is wrong (spec/agent.md 6).
#include "config_tables.h"

#include <algorithm>
#include <array>

namespace leasehold::agent::config {
namespace {

constexpr KeyInfo kKubernetes[] = {
    {"role", "text", "", "role of the auth method; required", ""},
    {"token_path", "text", "/var/run/secrets/kubernetes.io/serviceaccount/token", "file with the service account's JWT, read at every login", ""},
};
constexpr KeyInfo kJwt[] = {
    {"path", "text", "", "file with the JWT; required", ""},
    {"role", "text", "", "role of the auth method; required", ""},
    {"remove_jwt_after_reading", "bool, quoted or not", "true", "remove the file once it is read; false for a projected token", ""},
    {"remove_jwt_follows_symlinks", "bool, quoted or not", "false", "remove what a link points to", ""},
    {"jwt_read_period", "duration", "500ms when removing, else 1m", "how often to look for a new JWT", ""},
};
constexpr KeyInfo kAppRole[] = {
    {"role_id_file_path", "text", "", "file with the role id; required", ""},
    {"secret_id_file_path", "text", "", "file with the secret id", ""},
    {"remove_secret_id_file_after_reading", "bool, quoted or not", "true", "remove it once it is read", ""},
    {"secret_id_response_wrapping_path", "text", "", "the file holds a wrapping token that was made at this path", ""},
};
constexpr KeyInfo kTokenFile[] = {
    {"token_file_path", "text", "", "file with a token; required", ""},
};
constexpr KeyInfo kCert[] = {
    {"name", "text", "", "role of the auth method", ""},
    {"ca_cert", "text", "that of vault", "PEM file with the CA", ""},
    {"client_cert", "text", "that of vault", "PEM file with the certificate", ""},
    {"client_key", "text", "that of vault", "PEM file with its key", ""},
    {"reload", "bool", "false", "read the files again at each login", ""},
};
constexpr KeyInfo kLdap[] = {
    {"username", "text", "", "required", ""},
    {"password_file_path", "text", "", "file with the password; required", ""},
    {"remove_password_after_reading", "bool, quoted or not", "true", "remove the file once it is read", ""},
    {"remove_password_follows_symlinks", "bool, quoted or not", "false", "remove what a link points to", ""},
    {"password_read_period", "duration", "500ms when removing, else 1m", "how often to look for a new password", ""},
};

struct Method {
  std::string_view type;
  std::string_view block;
  std::string_view help;
  std::span<const KeyInfo> keys;
};
constexpr std::array<Method, 7> kMethods = {{
    {"kubernetes", "auto_auth.method.config of kubernetes", "The JWT of the pod's service account.", kKubernetes},
    {"jwt", "auto_auth.method.config of jwt", "A JWT in a file.", kJwt},
    {"approle", "auto_auth.method.config of approle", "A role id and perhaps a secret id in files.", kAppRole},
    {"token_file", "auto_auth.method.config of token_file", "A token in a file; for tests.", kTokenFile},
    {"cert", "auto_auth.method.config of cert", "A client certificate.", kCert},
    {"ldap", "auto_auth.method.config of ldap", "A name, and a password in a file.", kLdap},
    {"userpass", "auto_auth.method.config of userpass", "A name, and a password in a file (leasehold only).", kLdap},
}};

}  // namespace

std::vector<KeyInfo> method_config_keys(std::string_view type) {
  const auto* found = std::ranges::find(kMethods, type, &Method::type);
  return found == kMethods.end() ? std::vector<KeyInfo>() : std::vector<KeyInfo>(found->keys.begin(), found->keys.end());
}

std::vector<BlockInfo> method_blocks() {
  std::vector<BlockInfo> blocks;
  for (const Method& method : kMethods) blocks.push_back({method.block, method.help, method_config_keys(method.type)});
  return blocks;
}

}  // namespace leasehold::agent::config

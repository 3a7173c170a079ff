// The login methods and the keys of auto_auth.method.config, as rows: what is checked when a method is made,
// which keys are unknown, and what the documentation says of them (spec/agent.md 6).
#include "config_tables.h"

#include <algorithm>
#include <array>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent::config {
namespace {

/// How a key is checked when the method is made. StrictBool: the method itself looks.
enum class Check { RequiredText, Text, NonEmptyText, LenientBool, StrictBool, Duration };

struct MethodKey {
  std::string_view name;
  Check check;
  std::string_view fallback;
  std::string_view help;
  std::string_view shown = {};  ///< in messages, when not the key
};

// In the order of the peer's constructors.
constexpr MethodKey kKubernetes[] = {
    {"role", Check::RequiredText, "", "role of the auth method; required"},
    {"token_path", Check::Text, "/var/run/secrets/kubernetes.io/serviceaccount/token",
     "file with the service account's JWT, read at every login"},
};
constexpr MethodKey kJwt[] = {
    {"path", Check::RequiredText, "", "file with the JWT; required"},
    {"role", Check::RequiredText, "", "role of the auth method; required"},
    {"remove_jwt_after_reading", Check::LenientBool, "true", "remove the file once it is read; false for a projected token"},
    {"remove_jwt_follows_symlinks", Check::LenientBool, "false", "remove what a link points to"},
    {"jwt_read_period", Check::Duration, "500ms when removing, else 1m", "how often to look for a new JWT"},
};
constexpr MethodKey kAppRole[] = {
    {"role_id_file_path", Check::RequiredText, "", "file with the role id; required"},
    {"secret_id_file_path", Check::Text, "", "file with the secret id"},
    {"remove_secret_id_file_after_reading", Check::LenientBool, "true", "remove it once it is read"},
    {"secret_id_response_wrapping_path", Check::NonEmptyText, "",
     "the file holds a wrapping token that was made at this path"},
};
constexpr MethodKey kTokenFile[] = {
    {"token_file_path", Check::RequiredText, "", "file with a token; required"},
};
constexpr MethodKey kCert[] = {
    {"name", Check::Text, "", "role of the auth method"},
    {"ca_cert", Check::Text, "that of vault", "PEM file with the CA"},
    {"client_cert", Check::Text, "that of vault", "PEM file with the certificate", "cert_file"},
    {"client_key", Check::Text, "that of vault", "PEM file with its key", "cert_key"},
    {"reload", Check::StrictBool, "false", "read the files again at each login"},
};
constexpr MethodKey kPassword[] = {
    {"username", Check::RequiredText, "", "required"},
    {"password_file_path", Check::RequiredText, "", "file with the password; required"},
    {"remove_password_after_reading", Check::LenientBool, "true", "remove the file once it is read"},
    {"remove_password_follows_symlinks", Check::LenientBool, "false", "remove what a link points to"},
    {"password_read_period", Check::Duration, "500ms when removing, else 1m", "how often to look for a new password"},
};

struct Method {
  std::string_view type;
  std::string_view block;
  std::string_view help;
  std::span<const MethodKey> keys;
};
constexpr std::array<Method, 7> kMethods = {{
    {"kubernetes", "auto_auth.method.config of kubernetes", "The JWT of the pod's service account.", kKubernetes},
    {"jwt", "auto_auth.method.config of jwt", "A JWT in a file.", kJwt},
    {"approle", "auto_auth.method.config of approle", "A role id and perhaps a secret id in files.", kAppRole},
    {"token_file", "auto_auth.method.config of token_file", "A token in a file; for tests.", kTokenFile},
    {"cert", "auto_auth.method.config of cert", "A client certificate.", kCert},
    {"ldap", "auto_auth.method.config of ldap", "A name, and a password in a file.", kPassword},
    {"userpass", "auto_auth.method.config of userpass", "A name, and a password in a file (leasehold only).", kPassword},
}};

/// Null for a type that is not known.
const Method* find_method(std::string_view type) {
  const auto* found = std::ranges::find(kMethods, type, &Method::type);
  return found == kMethods.end() ? nullptr : found;
}

/// As the documentation names it.
std::string_view type_of(Check check) {
  switch (check) {
    case Check::RequiredText:
    case Check::Text:
    case Check::NonEmptyText:
      break;
    case Check::LenientBool:
      return "bool, quoted or not";
    case Check::StrictBool:
      return "bool";
    case Check::Duration:
      return "duration";
  }
  return "text";
}

/// Bare booleans and numbers always mean something; a text must say it.
std::string bool_complaint(const std::string& text, ConfigValueKind kind) {
  if (kind != ConfigValueKind::Text) return "";
  const Result<bool> flag = parse_bool_lenient(text);
  return flag ? "" : flag.error().message;
}

std::string duration_complaint(const std::string& text) {
  const auto duration = parse_vault_duration(text);
  return duration ? "" : duration.error().message;
}

/// "" when the value is right.
std::string complaint(const MethodKey& row, const MethodConfig& method) {
  const std::string quoted = "'" + std::string(row.shown.empty() ? row.name : row.shown) + "'";
  const auto found = method.config.find(row.name);
  if (found == method.config.end()) {
    return row.check == Check::RequiredText ? "missing " + quoted + " value" : "";
  }
  if (row.check == Check::StrictBool) return "";
  const ConfigValueKind kind = method.config_kinds.find(row.name)->second;
  if (row.check == Check::LenientBool || row.check == Check::Duration) {
    const std::string why = row.check == Check::LenientBool ? bool_complaint(found->second, kind)
                                                            : duration_complaint(found->second);
    return why.empty() ? "" : "error parsing " + quoted + " value: " + why;
  }
  if (kind != ConfigValueKind::Text) return "could not convert " + quoted + " config value to string";
  const bool may_be_empty = row.check == Check::Text;
  return found->second.empty() && !may_be_empty ? quoted + " value is empty" : "";
}

Result<void> check_kerberos(const MethodConfig& method) {
  for (const char* key : {"username", "service", "realm", "keytab_path", "krb5conf_path"}) {
    if (!method.config.contains(key)) return invalid(go_quote(key) + " is required");
    if (method.config_kinds.find(key)->second != ConfigValueKind::Text) return invalid(go_quote(key) + " must be a string");
  }
  return {};
}

Result<void> check_keys(const MethodConfig& method) {
  const Method* known = find_method(method.type);
  if (known == nullptr && method.type != "kerberos") return invalid("unknown auth method " + go_quote(method.type));
  if (!method.has_config && method.type != "cert") return invalid("empty config data");
  if (known == nullptr) return check_kerberos(method);
  for (const MethodKey& row : known->keys) {
    const std::string why = complaint(row, method);
    if (!why.empty()) return invalid(why);
  }
  return {};
}

}  // namespace

std::vector<KeyInfo> method_config_keys(std::string_view type) {
  std::vector<KeyInfo> keys;
  const Method* method = find_method(type);
  if (method == nullptr) return keys;
  for (const MethodKey& key : method->keys) keys.push_back({key.name, type_of(key.check), key.fallback, key.help, ""});
  return keys;
}

std::vector<BlockInfo> method_blocks() {
  std::vector<BlockInfo> blocks;
  for (const Method& method : kMethods) blocks.push_back({method.block, method.help, method_config_keys(method.type)});
  return blocks;
}

}  // namespace leasehold::agent::config

namespace leasehold::agent {

Result<void> check_method(const MethodConfig& method) {
  auto right = config::check_keys(method);
  if (right) return right;
  return invalid("Error creating " + method.type + " auth method: " + right.error().message);
}

}  // namespace leasehold::agent

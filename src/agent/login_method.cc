// kubernetes, cert and token_file, and the table of all methods.
#include "login_method.h"

#include <algorithm>

#include "credential_file.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"
#include "leasehold/runtime/files.h"
#include "login_methods.h"

namespace leasehold::agent {
namespace {

constexpr std::string_view kServiceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

class KubernetesMethod final : public LoginMethod {
 public:
  KubernetesMethod(const MethodConfig& config, const log::Logger& /*log*/)
      : path_(login_path(config)),
        role_(text_setting(config, "role")),
        token_path_(text_setting(config, "token_path", kServiceAccountToken)) {}

  net::awaitable<Result<LoginRequest>> next_login(vault::Client& /*client*/) override {
    auto file = runtime::read_secret_file(token_path_, limits::kTokenFileBytesMax);
    if (!file) co_return file.error().in("error reading JWT with Kubernetes Auth");
    // expose(): the JWT goes into the request body
    const std::string_view jwt = trim_space(file->expose());
    if (jwt.empty()) {
      co_return transient("error reading JWT with Kubernetes Auth: " + token_path_ +
                          " is empty: the kubelet has not written the projected token yet, or the volume's "
                          "serviceAccountToken source is missing");
    }
    if (std::ranges::any_of(jwt, [](unsigned char c) { return c <= ' ' || c == 0x7F; })) {
      co_return transient("error reading JWT with Kubernetes Auth: " + token_path_ +
                          " holds blanks or control characters: it is no token");
    }
    json::ObjectWriter body;
    body.member("role", role_).member("jwt", jwt);
    co_return LoginRequest{.path = path_, .body = body.finish()};
  }

 private:
  std::string path_;
  std::string role_;
  std::string token_path_;
};

/// The TLS connection is the credential.
class CertMethod final : public LoginMethod {
 public:
  CertMethod(const MethodConfig& config, const log::Logger& /*log*/)
      : path_(login_path(config)),
        name_(text_setting(config, "name")),
        certificate_{.ca_cert = text_setting(config, "ca_cert"),
                     .client_cert = text_setting(config, "client_cert"),
                     .client_key = text_setting(config, "client_key"),
                     .reload = flag_setting(config, "reload", false)} {}

  net::awaitable<Result<LoginRequest>> next_login(vault::Client& /*client*/) override {
    json::ObjectWriter body;
    if (!name_.empty()) body.member("name", name_);
    co_return LoginRequest{.path = path_, .body = body.finish()};
  }
  [[nodiscard]] const LoginCertificate* certificate() const override { return &certificate_; }

 private:
  std::string path_;
  std::string name_;
  LoginCertificate certificate_;
};

class TokenFileMethod final : public LoginMethod {
 public:
  TokenFileMethod(const MethodConfig& config, const log::Logger& log)
      : file_({.path = text_setting(config, "token_file_path")}, log.named("token_file")) {}

  net::awaitable<Result<LoginRequest>> next_login(vault::Client& /*client*/) override {
    const CredentialRead found = file_.read();
    if (file_.value().empty()) {
      if (found == CredentialRead::Empty) co_return transient("token file empty and no cached token known");
      const std::string why = found == CredentialRead::Absent
                                  ? "open " + file_.path() + ": no such file or directory"
                                  : file_.problem();
      co_return transient("error reading token file and no cached token known: " + why);
    }
    co_return LoginRequest{.path = "auth/token/lookup-self", .body = SecretString(), .own_token = file_.value().clone()};
  }

 private:
  CredentialFile file_;
};

template <class Method>
std::unique_ptr<LoginMethod> make(const MethodConfig& config, const log::Logger& log) {
  return std::make_unique<Method>(config, log);
}

struct Row {
  std::string_view type;
  std::unique_ptr<LoginMethod> (*make)(const MethodConfig& config, const log::Logger& log);
};
constexpr Row kMethods[] = {
    {"kubernetes", make<KubernetesMethod>}, {"jwt", make_jwt},           {"approle", make_approle},
    {"token_file", make<TokenFileMethod>},  {"cert", make<CertMethod>},  {"ldap", make_password_login},
    {"userpass", make_password_login},
};

}  // namespace

std::string login_path(const MethodConfig& config) { return config.mount_path + "/login"; }

std::string text_setting(const MethodConfig& config, std::string_view key, std::string_view fallback) {
  const auto found = config.config.find(key);
  return found == config.config.end() ? std::string(fallback) : found->second;
}

bool flag_setting(const MethodConfig& config, std::string_view key, bool fallback) {
  const auto found = config.config.find(key);
  if (found == config.config.end()) return fallback;
  // check_method() has refused the texts that are none.
  const auto value = parse_bool_lenient(found->second);
  return value ? *value : fallback;
}

std::chrono::nanoseconds duration_setting(const MethodConfig& config, std::string_view key,
                                          std::chrono::nanoseconds fallback) {
  const auto found = config.config.find(key);
  if (found == config.config.end()) return fallback;
  const auto value = parse_vault_duration(found->second);
  return value && value->count() > 0 ? *value : fallback;
}

Result<std::unique_ptr<LoginMethod>> make_login_method(const MethodConfig& config, const log::Logger& log) {
  if (const auto right = check_method(config); !right) return right.error();
  for (const auto& row : kMethods) {
    if (row.type == config.type) return row.make(config, log);
  }
  return invalid("Error creating " + config.type + " auth method: this version cannot log in with it");
}

}  // namespace leasehold::agent

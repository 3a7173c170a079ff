// Auto-auth methods: what a login sends (spec/agent.md 6). A method reads its credential anew at
// each login, since projected tokens rotate.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/log/log.h"
#include "leasehold/vault/client.h"

namespace leasehold::agent {

namespace net = boost::asio;

/// One login.
struct LoginRequest {
  std::string path;   ///< of the API: auth/kubernetes/login
  SecretString body;  ///< JSON
  /// token_file: the credential is a token already; it is looked up instead of a PUT.
  std::optional<SecretString> own_token = std::nullopt;
};

/// The files of a TLS certificate to log in with; an empty one is taken from `vault {}`.
struct LoginCertificate {
  std::string ca_cert;
  std::string client_cert;
  std::string client_key;
  bool reload = false;  ///< read again at each login
};

class LoginMethod {
 public:
  LoginMethod() = default;
  LoginMethod(const LoginMethod&) = delete;
  LoginMethod& operator=(const LoginMethod&) = delete;
  virtual ~LoginMethod() = default;

  /// Reads the credential. client: for what must be asked of the server first (wrapped secret ids).
  /// Errors name the file and what to do, never its content.
  virtual net::awaitable<Result<LoginRequest>> next_login(vault::Client& client) = 0;
  /// How often new_credential() is worth asking; zero: never.
  [[nodiscard]] virtual std::chrono::nanoseconds watch_interval() const { return {}; }
  /// True when the credential on disk is another than that of the last login. It is kept for the
  /// next login.
  virtual bool new_credential() { return false; }
  /// cert: the connection of its own that logins need.
  [[nodiscard]] virtual const LoginCertificate* certificate() const { return nullptr; }
};

/// Makes the method that the configuration names. log: named auth.handler.<type> by the method.
/// Errors (Invalid) in the peer's words: `Error creating x auth method: unknown auth method "x"`,
/// `Error creating kubernetes auth method: missing 'role' value`.
Result<std::unique_ptr<LoginMethod>> make_login_method(const MethodConfig& config, const log::Logger& log);

}  // namespace leasehold::agent

// Auto-auth methods: what a login sends (spec/agent.md 6). A method reads its credential anew at
// each login, since projected tokens rotate.
#pragma once

#include <memory>
#include <string>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::agent {

class LoginMethod {
 public:
  LoginMethod() = default;
  LoginMethod(const LoginMethod&) = delete;
  LoginMethod& operator=(const LoginMethod&) = delete;
  virtual ~LoginMethod() = default;

  /// JSON body of `PUT <mount>/login`. Errors name the file and what to do, never its content.
  virtual Result<SecretString> login_body() = 0;
};

/// Makes the method that the configuration names.
/// Errors (Invalid) in the peer's words: `unknown auth method "x"`,
/// `Error creating kubernetes auth method: missing 'role' value`.
Result<std::unique_ptr<LoginMethod>> make_login_method(const MethodConfig& config);

}  // namespace leasehold::agent

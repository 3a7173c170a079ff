// Logs in and keeps the token alive: the loop of spec/agent.md 7, without its busy loop.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "context.h"
#include "leasehold/base/result.h"
#include "leasehold/vault/lease.h"
#include "login_method.h"
#include "token_holder.h"

namespace leasehold::agent {

class AuthHandler {
 public:
  AuthHandler(const Context& context, LoginMethod& method, TokenHolder& tokens);

  /// Runs until cancelled (Cancelled) or, with exit_on_err, until the first failure.
  net::awaitable<Error> run();

 private:
  net::awaitable<Result<vault::Auth>> log_in();
  /// Returns when a new login is due; false: cancelled.
  net::awaitable<bool> keep_alive(vault::Auth auth);
  enum class Renewal { Done, Retry, Relogin };
  net::awaitable<Renewal> renew(vault::LeaseState& lease);
  /// Waits between logins: never more than one attempt a second.
  net::awaitable<bool> pace();

  const Context& context_;
  const MethodConfig& config_;
  LoginMethod& method_;
  TokenHolder& tokens_;
  log::Logger log_;
  vault::LoginBackoff backoff_;
  std::optional<runtime::Clock::TimePoint> last_login_;
};

}  // namespace leasehold::agent

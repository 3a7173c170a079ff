// Logs in and keeps the token alive: the loop of spec/agent.md 7, without its busy loop.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "context.h"
#include "leasehold/base/result.h"
#include "leasehold/vault/lease.h"
#include "login_method.h"
#include "state_keeper.h"
#include "tellers.h"
#include "token_holder.h"

namespace leasehold::agent {

class AuthHandler {
 public:
  AuthHandler(const Context& context, LoginMethod& method, TokenHolder& tokens, StateKeeper& state,
              Tellers tellers);

  /// Makes the client of a method with a certificate of its own; without one the agent's client
  /// serves. reload: made anew for each login.
  using ClientMaker = std::function<Result<std::unique_ptr<vault::Client>>()>;
  void use_own_client(ClientMaker make, bool reload);

  /// Runs until cancelled (Cancelled) or, with exit_on_err, until the first failure.
  net::awaitable<Error> run();
  /// Asks the method for new credentials as often as it wants, after the first login; a new one
  /// ends the token's turn. Runs until cancelled, beside run().
  net::awaitable<void> watch_credentials();

 private:
  /// A transport or server failure, said in the log. advice may be empty.
  [[nodiscard]] Error stopped() const;
  void diagnose(const Error& error, const std::string& advice) const;
  Error refuse(Error error, const std::string& advice) const;
  /// The token of an earlier run, when the server still knows it.
  net::awaitable<std::optional<vault::Auth>> resume();
  net::awaitable<Result<vault::Auth>> log_in();
  net::awaitable<Result<vault::Auth>> check_own_token(SecretString token);
  [[nodiscard]] bool is_wrapping() const;
  Result<vault::Auth> take_wrapped(const vault::Answer& answer) const;
  /// method.wrap_ttl: nothing is left to do until then. False: cancelled.
  net::awaitable<bool> wait_for_credential();
  Result<vault::Client*> client();
  [[nodiscard]] std::string backoff_text() const;
  /// The token is dead, or a new credential is there.
  [[nodiscard]] bool is_over(std::uint64_t generation) const;
  void tell_why_over() const;
  /// Returns when a new login is due; false: cancelled.
  net::awaitable<bool> keep_alive(vault::Auth auth);
  enum class Renewal { Done, Retry, Relogin };
  net::awaitable<Renewal> renew(vault::LeaseState& lease);
  /// Waits after a login that failed.
  net::awaitable<bool> back_off();
  [[nodiscard]] std::chrono::nanoseconds pause() const;
  [[nodiscard]] bool has_own_pace() const;
  /// Waits between logins: never more than one attempt a second.
  net::awaitable<bool> pace();

  const Context& context_;
  const MethodConfig& config_;
  LoginMethod& method_;
  TokenHolder& tokens_;
  StateKeeper& state_;
  Tellers tellers_;
  log::Logger log_;
  vault::LoginBackoff backoff_;
  vault::LoginBackoff early_death_;
  int early_deaths_ = 0;
  bool served_ = false;  ///< the current token was renewed
  std::chrono::nanoseconds retry_after_{0};  ///< of the last refused login
  bool outage_ = false;                      ///< the last login failed because the server is away
  ClientMaker make_client_;
  bool reload_client_ = false;
  std::unique_ptr<vault::Client> own_client_;
  bool new_credential_ = false;
  std::optional<runtime::Clock::TimePoint> last_login_;
};

}  // namespace leasehold::agent

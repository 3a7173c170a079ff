#include "auth_handler.h"

#include <algorithm>

#include "leasehold/base/scalars.h"
#include "leasehold/vault/advice.h"

namespace leasehold::agent {
namespace {

using std::chrono::seconds;

constexpr std::chrono::nanoseconds kFirstBackoff = seconds(1);
constexpr std::chrono::nanoseconds kMostBackoff = std::chrono::minutes(5);

std::chrono::nanoseconds or_default(std::chrono::nanoseconds value, std::chrono::nanoseconds fallback) {
  return value.count() > 0 ? value : fallback;
}

}  // namespace

AuthHandler::AuthHandler(const Context& context, LoginMethod& method, TokenHolder& tokens)
    : context_(context),
      config_(context.config.auto_auth->method),
      method_(method),
      tokens_(tokens),
      log_(context.log.named("auth.handler")),
      backoff_(or_default(config_.min_backoff, kFirstBackoff), or_default(config_.max_backoff, kMostBackoff)) {}

net::awaitable<Error> AuthHandler::run() {
  log_.info("starting auth handler");
  for (;;) {  // ends by cancellation or exit_on_err
    if (!co_await pace()) break;
    log_.info("authenticating");
    auto auth = co_await log_in();
    if (!auth) {
      if (auth.error().kind == ErrorKind::Cancelled) break;
      if (config_.exit_on_err) co_return auth.error();
      if (!co_await context_.clock.sleep_for(backoff_.current())) break;
      backoff_.failed(context_.dice());
      continue;
    }
    log_.info("authentication successful, sending token to sinks");
    backoff_.reset();
    tokens_.set(auth->client_token.clone());
    if (!co_await keep_alive(*std::move(auth))) break;
  }
  log_.info("auth handler stopped");
  co_return cancelled("auth handler");
}

net::awaitable<bool> AuthHandler::pace() {
  const auto now = context_.clock.now();
  if (last_login_ && now - *last_login_ < seconds(1)) {
    if (!co_await context_.clock.sleep_for(*last_login_ + seconds(1) - now)) co_return false;
  }
  last_login_ = context_.clock.now();
  co_return true;
}

net::awaitable<Result<vault::Auth>> AuthHandler::log_in() {
  const auto backoff = format_duration(std::chrono::round<std::chrono::milliseconds>(backoff_.current()));
  auto body = method_.login_body();
  if (!body) {
    log_.error("error getting path or data from method", {{"error", body.error().message}, {"backoff", backoff}});
    co_return body.error();
  }
  auto answer = co_await context_.login_client.login(config_.mount_path, *std::move(body), config_.wrap_ttl);
  const auto refuse = [&](Error error, const std::string& what_to_do) {
    if (error.kind == ErrorKind::Cancelled) return error;
    if (what_to_do.empty()) {
      log_.error("error authenticating", {{"error", error.message}, {"backoff", backoff}});
    } else {
      log_.error("error authenticating", {{"error", error.message}, {"backoff", backoff}, {"advice", what_to_do}});
    }
    return error;
  };
  const std::string path = config_.mount_path + "/login";
  if (!answer) co_return refuse(answer.error(), "");
  if (!answer->ok()) {
    co_return refuse(context_.login_client.failure_of(*answer, "PUT", path), vault::advice("login", config_.mount_path, *answer));
  }
  if (!answer->auth) co_return refuse(transient("authentication returned nil auth info"), "");
  if (answer->auth->client_token.empty()) co_return refuse(transient("authentication returned empty client token"), "");
  co_return std::move(*answer->auth);
}

net::awaitable<bool> AuthHandler::keep_alive(vault::Auth auth) {
  const std::uint64_t generation = tokens_.current()->generation;
  if (auth.lease_duration.count() == 0) {
    log_.info("not starting token renewal process, as token has unlimited TTL");
    co_return tokens_.is_dead(generation) || co_await tokens_.died().wait();
  }
  log_.info("starting renewal process");
  auto lease = vault::granted_lease("", auth.renewable, auth.lease_duration, context_.clock.now(), context_.dice());
  // compat: the first renewal comes at once, spec/agent.md 8.1
  vault::LeasePlan plan{std::chrono::nanoseconds(0), auth.renewable ? vault::LeaseStep::Renew : vault::LeaseStep::Replace};
  if (!auth.renewable) plan = vault::plan_next(lease, context_.clock.now(), context_.dice());
  for (;;) {  // ends by cancellation or when a login is due
    if (!tokens_.is_dead(generation) && plan.wait.count() > 0) {
      if (co_await tokens_.died().wait_for(context_.clock, plan.wait) == runtime::Wake::Cancelled) co_return false;
    }
    if (tokens_.is_dead(generation)) {
      log_.info("invalid token found, re-authenticating");
      co_return true;
    }
    if (plan.then == vault::LeaseStep::Replace) {
      log_.info("lifetime watcher done channel triggered, re-authenticating");
      co_return true;
    }
    const Renewal renewal = co_await renew(lease);
    if (renewal == Renewal::Relogin) {
      log_.info("lifetime watcher done channel triggered, re-authenticating");
      co_return true;
    }
    plan = vault::plan_next(lease, context_.clock.now(), context_.dice());
  }
}

net::awaitable<AuthHandler::Renewal> AuthHandler::renew(vault::LeaseState& lease) {
  const Token token = *tokens_.current();
  auto answer = co_await context_.login_client.renew_self(*token.value);
  if (answer && answer->ok() && answer->auth) {
    vault::renewed(lease, answer->auth->renewable, answer->auth->lease_duration, context_.clock.now(), context_.dice());
    log_.info("renewed auth token");
    co_return Renewal::Done;
  }
  const Error error = answer ? context_.login_client.failure_of(*answer, "PUT", "auth/token/renew-self") : answer.error();
  if (error.kind == ErrorKind::Cancelled) co_return Renewal::Retry;
  log_.error("error renewing token", {{"error", error.message}});
  if (answer && vault::denial_of(*answer) == vault::Denial::DeadToken) {
    tokens_.report_dead(token.generation);
    co_return Renewal::Relogin;
  }
  // A live token that may not be renewed (policy, batch, an answer without auth): it serves until
  // shortly before its end.
  if (answer && answer->status < 500 && answer->status != 429) lease.renewable = false;
  ++lease.failures;
  co_return Renewal::Retry;
}

}  // namespace leasehold::agent

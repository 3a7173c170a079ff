#include "auth_handler.h"

#include <algorithm>
#include <utility>

#include "leasehold/base/scalars.h"
#include "leasehold/vault/advice.h"
#include "server_gate.h"

namespace leasehold::agent {
namespace {

using std::chrono::seconds;

constexpr std::chrono::nanoseconds kFirstBackoff = seconds(1);
constexpr std::chrono::nanoseconds kMostBackoff = std::chrono::minutes(5);
/// A token that lived so long, or half of its time, was worth its login.
constexpr int kEarlyDeathsMax = 60;
constexpr std::chrono::nanoseconds kYoung = seconds(30);
constexpr const char* kNotVault = "the answer is not Vault's: does the address lead to a proxy or to another program?";
constexpr std::string_view kLogin = "login";
constexpr std::chrono::nanoseconds kRenewalLeast = seconds(2);

std::chrono::nanoseconds or_default(std::chrono::nanoseconds value, std::chrono::nanoseconds fallback) {
  return value.count() > 0 ? value : fallback;
}

}  // namespace

AuthHandler::AuthHandler(const Context& context, LoginMethod& method, TokenHolder& tokens, StateKeeper& state,
                         Tellers tellers)
    : context_(context),
      config_(context.config.auto_auth->method),
      method_(method),
      tokens_(tokens),
      state_(state),
      tellers_(tellers),
      log_(context.log.named("auth.handler")),
      backoff_(or_default(config_.min_backoff, kFirstBackoff), or_default(config_.max_backoff, kMostBackoff)),
      early_death_(kFirstBackoff, kMostBackoff) {}

net::awaitable<Error> AuthHandler::run() {
  log_.info("starting auth handler");
  if (backoff_.current() > or_default(config_.max_backoff, kMostBackoff)) {
    co_return invalid("auth handler: min_backoff cannot be greater than max_backoff");
  }
  if (auto kept = co_await resume()) {
    state_.resume();
    tellers_.metrics.logged_in();
    tellers_.journal.token("kept by an earlier run", kept->accessor);
    tokens_.set(kept->client_token.clone());
    if (!co_await keep_alive(*std::move(kept))) co_return stopped();
  }
  for (;;) {  // ends by cancellation or exit_on_err
    if (!co_await pace()) break;
    log_.info("authenticating");
    auto auth = co_await log_in();
    if (!auth) {
      if (auth.error().kind == ErrorKind::Cancelled) break;
      tellers_.metrics.login_failed(auth.error().kind);
      if (config_.exit_on_err) co_return auth.error();
      if (!co_await back_off()) break;
      continue;
    }
    backoff_.reset();
    if (is_wrapping()) {
      log_.info("authentication successful, sending wrapped token to sinks and pausing");
      tokens_.set_wrapped(std::move(auth->client_token));
      if (!co_await wait_for_credential()) break;
      continue;
    }
    log_.info("authentication successful, sending token to sinks");
    state_.token_granted(*auth);
    tellers_.metrics.logged_in();
    tellers_.journal.token("granted", auth->accessor);
    tellers_.diagnosis.settle(kLogin);
    tokens_.set(auth->client_token.clone());
    const auto logged_in = context_.clock.now();
    const std::chrono::nanoseconds granted = auth->lease_duration;
    const auto young = granted.count() > 0 ? std::min(kYoung, granted / 2) : kYoung;
    if (!co_await keep_alive(*std::move(auth))) break;
    // A token that dies young over and over (one use only, a standby that does not know it yet): each
    // login leaves one more token on the server. One that served was revoked, which happens.
    if (context_.clock.now() - logged_in >= young) {
      early_death_.reset();
      early_deaths_ = 0;
    } else if ((early_deaths_ += served_ ? 1 : kEarlyDeathsMax) > kEarlyDeathsMax) {
      if (!co_await context_.clock.sleep_for(early_death_.current())) break;
      early_death_.failed(context_.dice());
    }
  }
  co_return stopped();
}

Error AuthHandler::stopped() const {
  log_.info("auth handler stopped");
  return cancelled("auth handler");
}

net::awaitable<std::optional<vault::Auth>> AuthHandler::resume() {
  while (const SavedToken* kept = state_.kept_token()) {
    log_.debug("using preloaded token");
    auto answer = co_await context_.login_client.lookup_self(kept->value);
    switch (judge_kept_token(answer)) {
      case KeptToken::Lives: {
        vault::Auth auth;
        auth.client_token = kept->value.clone();
        auth.accessor = kept->accessor;
        auth.renewable = answer->has_data ? answer->fact("renewable") == "true" : kept->renewable;
        auth.lease_duration = answer->seconds("ttl").value_or(kept->granted);
        co_return auth;
      }
      case KeptToken::Dead:
        log_.info("the token of the earlier run is not valid any more");
        state_.forget_token();
        co_return std::nullopt;
      case KeptToken::Unknown:
        break;
    }
    const Error error = answer ? context_.login_client.failure_of(*answer, "GET", "auth/token/lookup-self") : answer.error();
    if (error.kind == ErrorKind::Cancelled) co_return std::nullopt;
    log_.error("could not look up token", {{"error", error.message}, {"backoff", backoff_text()}});
    if (config_.exit_on_err || !co_await context_.clock.sleep_for(backoff_.current())) co_return std::nullopt;
    backoff_.failed(context_.dice());
  }
  co_return std::nullopt;
}

// While the server is away the gate says when it is asked again, unless the user has set the pace.
bool AuthHandler::has_own_pace() const { return config_.min_backoff.count() > 0 || config_.max_backoff.count() > 0; }

std::chrono::nanoseconds AuthHandler::pause() const {
  if (!outage_ || has_own_pace() || context_.gate == nullptr) return std::max(backoff_.current(), retry_after_);
  return std::max<std::chrono::nanoseconds>(context_.gate->rest(), seconds(1));
}

net::awaitable<bool> AuthHandler::back_off() {
  if (!co_await context_.clock.sleep_for(pause())) co_return false;
  if (!outage_ || has_own_pace()) backoff_.failed(context_.dice());
  co_return true;
}

net::awaitable<bool> AuthHandler::pace() {
  const auto now = context_.clock.now();
  if (last_login_ && now - *last_login_ < seconds(1)) {
    if (!co_await context_.clock.sleep_for(*last_login_ + seconds(1) - now)) co_return false;
  }
  last_login_ = context_.clock.now();
  co_return true;
}

void AuthHandler::use_own_client(ClientMaker make, bool reload) {
  make_client_ = std::move(make);
  reload_client_ = reload;
}

Result<vault::Client*> AuthHandler::client() {
  if (!make_client_) return &context_.login_client;
  if (!own_client_ || reload_client_) {
    auto made = make_client_();
    if (!made) return made.error();
    own_client_ = *std::move(made);
  }
  return own_client_.get();
}

std::string AuthHandler::backoff_text() const {
  return format_duration(std::chrono::round<std::chrono::milliseconds>(pause()));
}

Error AuthHandler::refuse(Error error, const std::string& advice) const {
  if (error.kind == ErrorKind::Cancelled) return error;
  if (advice.empty()) {
    log_.error("error authenticating", {{"error", error.message}, {"backoff", backoff_text()}});
  } else {
    // The server's text takes several lines; what to do stands on the first.
    log_.error("error authenticating", {{"advice", advice}, {"error", error.message}, {"backoff", backoff_text()}});
  }
  diagnose(error, advice);
  return error;
}

// One line that holds all that a user must look at; the error above it is the peer's, over many lines.
void AuthHandler::diagnose(const Error& error, const std::string& advice) const {
  const auto role = config_.config.find("role");
  std::string fix = advice;
  if (fix.empty() && error.kind == ErrorKind::Transient) fix = "check that the server runs, and that this address reaches it from here";
  if (fix.empty()) fix = "check the method's settings against the server's: vault read " + config_.mount_path + "/config";
  const std::string name = role == config_.config.end() ? std::string() : role->second;
  const std::string server = context_.login_client.address();
  const std::string cause = vault::cause_of(error.message);
  log_.warn("cannot log in", {{"method", config_.type},
                              {"role", name},
                              {"mount", config_.mount_path},
                              {"server", server},
                              {"cause", cause},
                              {"fix", fix}});
  std::string line = "cannot log in: ";
  if (!name.empty()) line += "role " + name + ", ";
  (void)tellers_.diagnosis.tell(kLogin, line + "mount " + config_.mount_path + ", server " + server + ": " + cause + "; " + fix);
}

net::awaitable<Result<vault::Auth>> AuthHandler::log_in() {
  new_credential_ = false;
  outage_ = false;
  retry_after_ = {};
  const auto to = client();
  if (!to) co_return refuse(to.error(), "");
  vault::Client& server = **to;
  auto request = co_await method_.next_login(server);
  if (!request) {
    if (request.error().kind != ErrorKind::Cancelled) {
      diagnose(request.error(), "look at the volume that the credential comes from");
      log_.error("error getting path or data from method",
                 {{"error", request.error().message}, {"backoff", backoff_text()}});
    }
    co_return request.error();
  }
  if (request->own_token) co_return co_await check_own_token(*std::move(request->own_token));
  const std::string path = request->path;
  vault::Call call{.method = "PUT", .path = path, .query = {}, .body = std::move(request->body), .wrap_ttl = config_.wrap_ttl};
  auto answer = co_await server.send(std::move(call), nullptr);
  outage_ = answer ? answer->outage : answer.error().kind == ErrorKind::Transient;
  if (!answer) co_return refuse(answer.error(), "");
  if (!answer->ok()) {
    retry_after_ = answer->retry_after.value_or(seconds(0));
    co_return refuse(server.failure_of(*answer, "PUT", path), vault::advice("login", config_.mount_path, *answer));
  }
  if (answer->unreadable()) co_return refuse(server.failure_of(*answer, "PUT", path), kNotVault);
  if (is_wrapping()) co_return take_wrapped(*answer);
  if (!answer->auth) {
    co_return refuse(transient("authentication returned nil auth info"), vault::advice("login", config_.mount_path, *answer));
  }
  if (answer->auth->client_token.empty()) co_return refuse(transient("authentication returned empty client token"), "");
  co_return std::move(*answer->auth);
}

// What the sinks get stands in for the token, and only who unwraps it holds one: nothing is renewed.
Result<vault::Auth> AuthHandler::take_wrapped(const vault::Answer& answer) const {
  if (!answer.wrap_info) return refuse(transient("authentication returned nil wrap info"), "");
  if (answer.wrap_info->token.empty()) return refuse(transient("authentication returned empty wrapped client token"), "");
  vault::Auth auth;
  auth.client_token = vault::wrap_info_text(*answer.wrap_info);
  return auth;
}

bool AuthHandler::is_wrapping() const { return config_.wrap_ttl.count() > 0 && config_.type != "token_file"; }

net::awaitable<bool> AuthHandler::wait_for_credential() {
  while (!new_credential_) {
    if (!co_await tokens_.died().wait()) co_return false;
  }
  tell_why_over();
  co_return true;
}

// token_file: the token serves as it is, when the server knows it.
net::awaitable<Result<vault::Auth>> AuthHandler::check_own_token(SecretString token) {
  auto answer = co_await context_.login_client.lookup_self(token);
  if (!answer) co_return refuse(answer.error(), "");
  if (!answer->ok() || !answer->has_data) {
    co_return refuse(context_.login_client.failure_of(*answer, "GET", "auth/token/lookup-self")
                         .in("token file validation failed, token may be invalid"),
                     "");
  }
  vault::Auth auth;
  auth.client_token = std::move(token);
  auth.lease_duration = answer->seconds("ttl").value_or(std::chrono::seconds(0));
  auth.renewable = answer->fact("renewable") == "true";
  auth.token_type = std::string(answer->fact("type"));
  co_return auth;
}

net::awaitable<void> AuthHandler::watch_credentials() {
  const auto interval = method_.watch_interval();
  if (interval.count() <= 0) co_return;
  while (co_await context_.clock.sleep_for(interval)) {
    if (!tokens_.current() || new_credential_ || !method_.new_credential()) continue;
    new_credential_ = true;
    tokens_.died().notify_all();
  }
}

bool AuthHandler::is_over(std::uint64_t generation) const { return new_credential_ || tokens_.is_dead(generation); }

void AuthHandler::tell_why_over() const {
  log_.info(new_credential_ ? "auth method found new credentials, re-authenticating"
                            : "invalid token found, re-authenticating");
}

net::awaitable<bool> AuthHandler::keep_alive(vault::Auth auth) {
  const std::uint64_t generation = tokens_.current()->generation;
  served_ = false;
  if (auth.lease_duration.count() == 0) {
    log_.info("not starting token renewal process, as token has unlimited TTL");
    while (!is_over(generation)) {
      if (!co_await tokens_.died().wait()) co_return false;
    }
    tell_why_over();
    co_return true;
  }
  if (auth.token_type == "batch") {
    log_.info("note that this token type is batch and batch tokens cannot be renewed", {{"ttl", auth.lease_duration.count()}});
  }
  log_.info("starting renewal process");
  auto lease = vault::granted_lease("", auth.renewable, auth.lease_duration, context_.clock.now(), context_.dice());
  lease.keep = context_.config.template_config.drain;  // leases end with their token
  tokens_.lives_until(lease.ends_at());
  // compat: the first renewal comes at once, spec/agent.md 8.1
  vault::LeasePlan plan{std::chrono::nanoseconds(0), auth.renewable ? vault::LeaseStep::Renew : vault::LeaseStep::Replace};
  if (!auth.renewable) plan = vault::plan_next(lease, context_.clock.now(), context_.dice());
  for (;;) {  // ends by cancellation or when a login is due
    if (!is_over(generation) && plan.wait.count() > 0) {
      if (co_await tokens_.died().wait_for(context_.clock, plan.wait) == runtime::Wake::Cancelled) co_return false;
    }
    if (is_over(generation)) {
      tell_why_over();
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
  // A method with a certificate of its own renews over the connection that it has logged in on.
  vault::Client& server = own_client_ ? *own_client_ : context_.login_client;
  const auto limit = std::max<std::chrono::nanoseconds>((lease.rest(context_.clock.now()) - lease.grace) / 2, kRenewalLeast);
  auto answer = co_await server.renew_self(*token.value, limit);
  if (answer && answer->ok() && answer->auth) {
    vault::renewed(lease, answer->auth->renewable, answer->auth->lease_duration, context_.clock.now(), context_.dice());
    served_ = true;
    tokens_.lives_until(lease.ends_at());
    state_.token_renewed(*answer->auth);
    tellers_.metrics.token_renewed();
    log_.info("renewed auth token");
    co_return Renewal::Done;
  }
  const Error error = answer ? server.failure_of(*answer, "PUT", "auth/token/renew-self") : answer.error();
  if (error.kind == ErrorKind::Cancelled) co_return Renewal::Retry;
  log_.error("error renewing token", {{"error", error.message}});
  if (answer && vault::denial_of(*answer) == vault::Denial::DeadToken) {
    tokens_.report_dead(token.generation);
    co_return Renewal::Relogin;
  }
  // A live token that may not be renewed (policy, batch, an answer without auth): it serves until
  // shortly before its end.
  if (answer && vault::refuses_for_good(*answer)) lease.renewable = false;
  ++lease.failures;
  co_return Renewal::Retry;
}

}  // namespace leasehold::agent

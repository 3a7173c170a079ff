#include "secret_watch.h"

#include <algorithm>
#include <utility>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/vault/advice.h"
#include "server_gate.h"

namespace leasehold::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kFirstRetry = milliseconds(250);
constexpr nanoseconds kMostRetry = std::chrono::minutes(1);
constexpr std::int64_t kAttempts = 12;
constexpr nanoseconds kFirstRound = std::chrono::seconds(1);
constexpr nanoseconds kMostRound = std::chrono::minutes(5);
/// No renewal is waited for shorter than this, however near the lease's end is.
constexpr nanoseconds kRenewalLeast = std::chrono::seconds(2);
/// A read that was worth so little is not repeated at once.
constexpr nanoseconds kStillborn = std::chrono::seconds(1);
/// Files are looked at as the replaced software does.
constexpr nanoseconds kFilePoll = std::chrono::seconds(2);
/// Many secrets of one agent that are read anew because the token is another spread over this, or over
/// half of the old token's rest.
constexpr nanoseconds kStagger = milliseconds(500);
constexpr nanoseconds kMostStagger = std::chrono::minutes(1);

std::int64_t attempts_of(const AgentConfig& config) {
  const std::int64_t given = config.vault ? config.vault->num_retries : 0;
  if (given == 0) return kAttempts;
  return std::max<std::int64_t>(given, 0);
}

/// One watch's state between its steps.
class Watch {
 public:
  Watch(WatchDeps deps, std::shared_ptr<SecretRecord> record)
      : deps_(deps), record_(std::move(record)), log_(deps.context.log) {}

  net::awaitable<WatchEnd> run() {
    auto answer = co_await resume_or_fetch();
    for (;;) {  // ends by cancellation, retirement or exhaustion
      if (!answer) {
        if (record_->retired) deps_.tellers.diagnosis.settle(name());
        forget_lease();
        co_return WatchEnd{answer.error().kind != ErrorKind::Cancelled, answer.error()};
      }
      const auto read_at = deps_.context.clock.now();
      if (!co_await keep(*std::move(answer)) || !co_await pause_when_stillborn(read_at)) {
        if (record_->retired) {
          give_up_old_lease();
          deps_.state.forget(name());
          deps_.tellers.journal.forget(name());
        }
        forget_lease();
        co_return WatchEnd{false, cancelled(name())};
      }
      answer = co_await fetch_with_retries();
    }
  }

 private:
  [[nodiscard]] const std::string& name() const { return record_->dependency.name; }

  // A lease that is over at once (granted for nothing, because a maximum is reached) must not be read
  // in a loop: each read makes one more user in the database.
  net::awaitable<bool> pause_when_stillborn(runtime::Clock::TimePoint read_at) {
    if (record_->lease_id.empty() || deps_.context.clock.now() - read_at >= kStillborn) {
      stillborn_.reset();
      co_return true;
    }
    const nanoseconds pause = stillborn_.current();
    stillborn_.failed(deps_.context.dice());
    co_return co_await deps_.context.clock.sleep_for(pause);
  }

  // The peer's runner uses the auth method's back-off when that is configured.
  [[nodiscard]] nanoseconds pause_after(int attempt) const {
    const auto& auth = deps_.context.config.auto_auth;
    const bool own_first = auth && auth->method.min_backoff.count() > 0;
    const bool own_most = auth && auth->method.max_backoff.count() > 0;
    return vault::retry_pause(attempt, own_first ? auth->method.min_backoff : kFirstRetry,
                              own_most ? auth->method.max_backoff : kMostRetry);
  }

  // The peer starts its runner anew then, after this back-off; spread, so that agents do not march in
  // step after an outage.
  [[nodiscard]] nanoseconds pause_between_rounds(int rounds) const {
    const auto& auth = deps_.context.config.auto_auth;
    const bool own_first = auth && auth->method.min_backoff.count() > 0;
    const bool own_most = auth && auth->method.max_backoff.count() > 0;
    const nanoseconds most = vault::retry_pause(rounds, own_first ? auth->method.min_backoff : kFirstRound,
                                                own_most ? auth->method.max_backoff : kMostRound);
    return nanoseconds(static_cast<std::int64_t>(static_cast<double>(most.count()) * (0.75 + 0.25 * deps_.context.dice())));
  }

  /// Where one fetch with all its attempts stands.
  struct Attempts {
    int made = 0;    ///< of this round
    int rounds = 0;  ///< of all allowed attempts, one after the other
    int outage = 0;  ///< attempts since the server went away
    runtime::Clock::TimePoint away_since{};
    std::uint64_t recoveries = 0;
    int contradicted = 0;  ///< the server answered others since, but not this
  };

  // The server is away: the gate says when it is asked again. Only who alone gets no answer waits on
  // his own account. Patience is that of all allowed attempts.
  nanoseconds pause_in_outage(Attempts& attempts, const FetchFailure& failure, bool& exhausted) {
    const auto& context = deps_.context;
    const auto now = context.clock.now();
    if (++attempts.outage == 1) attempts.away_since = now;
    nanoseconds patience{0};
    for (int i = 1; i <= attempts_of(context.config); ++i) patience += pause_after(i);
    exhausted = now - attempts.away_since >= patience;
    if (exhausted) attempts.outage = 0;
    const std::uint64_t recoveries = context.gate == nullptr ? attempts.recoveries + 1 : context.gate->recoveries();
    if (attempts.outage > 1 && recoveries != attempts.recoveries) ++attempts.contradicted;
    attempts.recoveries = recoveries;
    nanoseconds pause = attempts.contradicted == 0 ? nanoseconds(0) : pause_after(attempts.contradicted);
    if (failure.retry_after) pause = std::max<nanoseconds>(pause, *failure.retry_after);
    return std::max(pause, context.gate == nullptr ? pause_after(attempts.outage) : nanoseconds(0));
  }

  nanoseconds pause_of(Attempts& attempts, const FetchFailure& failure, bool& exhausted) {
    if (failure.outage) return pause_in_outage(attempts, failure, exhausted);
    attempts.outage = 0;
    attempts.contradicted = 0;
    exhausted = ++attempts.made > attempts_of(deps_.context.config);
    nanoseconds pause = pause_after(attempts.made);
    if (exhausted) {
      pause = pause_between_rounds(++attempts.rounds);
      attempts.made = 0;
    }
    return failure.retry_after ? std::max<nanoseconds>(pause, *failure.retry_after) : pause;
  }

  // The secret of an earlier run, when its token was resumed.
  net::awaitable<Result<vault::Answer>> resume_or_fetch() {
    if (!deps_.state.on() || !may_make_lease()) co_return co_await fetch_with_retries();
    const auto token = co_await deps_.tokens.wait_usable();
    if (!token) co_return cancelled(name());
    auto saved = deps_.state.take(name());
    if (!saved) co_return co_await fetch_with_retries();
    auto value = value_of(record_->dependency, saved->body.expose());  // expose(): into the template's value
    if (!value) co_return co_await fetch_with_retries();
    http::Response response{.status = 200, .headers = {}, .body = std::move(saved->body)};
    vault::Answer answer = vault::parse_answer(std::move(response));
    answer.body.clear();
    answer.lease_duration = saved->granted;
    resumed_ = Resumed{.elapsed = std::clamp<nanoseconds>(deps_.context.clock.wall_now() - saved->granted_at,
                                                          nanoseconds(0), saved->granted),
                       .due_in = std::max<nanoseconds>(saved->due_at - deps_.context.clock.wall_now(), nanoseconds(0))};
    note_arrival(answer, *token);
    record_->facts.ends_at = deps_.context.clock.now() + answer.lease_duration - resumed_->elapsed;
    cause_ = "kept by an earlier run";
    deps_.store.arrived(*record_, *std::move(value), cause_);
    co_return answer;
  }

  // Lists and files never make one; certificates outlive us in their file.
  [[nodiscard]] bool may_make_lease() const {
    using Kind = gofuncs::Dependency::Kind;
    const Kind kind = record_->dependency.kind;
    return kind == Kind::Read || kind == Kind::Write;
  }

  net::awaitable<Result<vault::Answer>> fetch_with_retries() {
    Attempts attempts;
    for (;;) {  // ends by success, cancellation or exhaustion
      const auto token = co_await deps_.tokens.wait_usable();
      if (!token || record_->retired) co_return cancelled(name());
      if (may_make_lease() && !leaseless_) deps_.state.reading(name());
      auto fetched = co_await deps_.fetcher.fetch(record_->dependency, *token);
      if (fetched) {
        deps_.tellers.diagnosis.settle(name());
        co_return take(*std::move(fetched), *token);
      }
      const FetchFailure& failure = fetched.error();
      // A read that is cut off by our end stays written down: nobody knows what it made.
      if (failure.error.kind == ErrorKind::Cancelled || record_->retired) co_return cancelled(name());
      deps_.state.read_failed(name());
      deps_.tellers.metrics.read_failed(failure.error.kind);
      if (failure.token_dead) {
        deps_.tokens.report_dead(token->generation);
        continue;  // waits for the next login
      }
      diagnose(failure);
      bool exhausted = false;
      const nanoseconds pause = pause_of(attempts, failure, exhausted);
      const int attempt = failure.outage ? attempts.outage : attempts.made;
      if (auto end = judge_attempt(failure, attempt, pause, exhausted)) co_return *std::move(end);
      if (pause.count() > 0 && !co_await wait_for_attempt(pause, *token, failure)) co_return cancelled(name());
    }
  }

  // A new token may be allowed more, and is worth an attempt at once; not where the server wants peace.
  net::awaitable<bool> wait_for_attempt(nanoseconds pause, Token refused, const FetchFailure& failure) {
    const auto end = deps_.context.clock.now() + pause;
    for (;;) {  // ends at the time, by a new token, retirement or cancellation
      const nanoseconds rest = end - deps_.context.clock.now();
      if (record_->retired || rest.count() <= 0) co_return true;
      if (co_await record_->wake.wait_for(deps_.context.clock, rest) == runtime::Wake::Cancelled) co_return false;
      const auto& token = deps_.tokens.current();
      if (!failure.retry_after && token && token->generation != refused.generation) co_return true;
    }
  }

  void diagnose(const FetchFailure& failure) {
    std::string line = name() + ": " + vault::cause_of(failure.error.message);
    if (!failure.advice.empty()) line += "; " + failure.advice;
    if (deps_.tellers.diagnosis.tell(name(), line)) log_.error(line);
  }

  // Logs the attempt; an Error when no further one is allowed.
  std::optional<Error> judge_attempt(const FetchFailure& failure, int attempt, nanoseconds pause, bool exhausted) {
    const auto* gate = deps_.context.gate;
    if (failure.outage && gate != nullptr) {
      pause = std::chrono::ceil<milliseconds>(std::max(pause, gate->rest()));
    }
    std::string text = "(view) " + name() + ": " + failure.error.message;
    if (!failure.advice.empty()) text += " [" + failure.advice + "]";
    if (!exhausted) {
      log_.warn(text + " (retry attempt " + std::to_string(attempt) + " after " +
                go_quote(format_duration(pause)) + ")");
      return std::nullopt;
    }
    log_.error(text + " (exceeded maximum retries)");
    if (deps_.context.config.template_config.exit_on_retry_failure) return failure.error.in(name());
    return std::nullopt;  // from the start again, as a restarted runner would
  }

  vault::Answer take(Fetched fetched, const Token& token) {
    for (const auto& warning : fetched.answer.warnings) log_.warn(name() + ": " + warning);
    give_up_old_lease();
    forget_lease();
    note_arrival(fetched.answer, token);
    ++record_->facts.reads;
    save(fetched);
    deps_.tellers.metrics.read(name());
    deps_.tellers.journal.read(name(), record_->lease_id, fetched.answer.lease_duration, cause_);
    deps_.store.arrived(*record_, std::move(fetched.value), cause_);
    return std::move(fetched.answer);
  }

  void note_arrival(const vault::Answer& answer, const Token& token) {
    const auto now = deps_.context.clock.now();
    record_->gone = false;
    record_->token_generation = token.generation;
    record_->lease_id = answer.lease_id;
    record_->lease_renewable = answer.renewable;
    record_->facts.read_at = now;
    record_->facts.proved_at = now;
    record_->facts.ends_at.reset();
    if (record_->lease_id.empty()) return;
    record_->facts.ends_at = now + answer.lease_duration;
    deps_.check.add({.id = record_->lease_id,
                     .renewable = answer.renewable,
                     .granted = answer.lease_duration,
                     .checked_at = now});
    deps_.leases_changed.notify_all();
  }

  // What would be made anew by another read outlives us; the rest is read again.
  void save(Fetched& fetched) {
    using Kind = gofuncs::Dependency::Kind;
    if (!deps_.state.on() || !may_make_lease()) return;
    leaseless_ = record_->lease_id.empty() && record_->dependency.kind == Kind::Read;
    if (leaseless_) return deps_.state.read_failed(name());
    using Wall = Clock::WallTime::duration;
    planned_wait_ = refresh_wait(fetched.answer);
    deps_.state.arrived({.name = name(),
                         .body = std::move(fetched.body),
                         .lease_id = fetched.answer.lease_id,
                         .granted = fetched.answer.lease_duration,
                         .granted_at = {},
                         .due_at = deps_.context.clock.wall_now() + std::chrono::duration_cast<Wall>(planned_wait_)});
  }

  void give_up_old_lease() {
    // One that is dead, or dies with its token, needs nobody.
    if (record_->lease_id.empty() || record_->gone || deps_.tokens.is_dead(record_->token_generation)) return;
    const auto ends = record_->facts.ends_at.value_or(deps_.context.clock.now());
    deps_.retirement.give_up(record_->lease_id, record_->lease_renewable, ends);
  }

  void forget_lease() {
    if (record_->lease_id.empty()) return;
    deps_.check.remove(record_->lease_id);
    record_->lease_id.clear();
    deps_.leases_changed.notify_all();
  }

  // Until the secret must be read anew. False: cancelled or retired.
  net::awaitable<bool> keep(vault::Answer answer) {
    if (answer.renewable && !answer.lease_id.empty()) co_return co_await keep_lease(std::move(answer));
    if (record_->dependency.kind == gofuncs::Dependency::Kind::Pki) {
      co_return co_await sleep_until_due(certificate_wait()) != Due::Never;
    }
    nanoseconds wait = std::exchange(planned_wait_, nanoseconds(0));
    if (wait.count() == 0) wait = refresh_wait(answer);
    if (resumed_) wait = std::min(wait, std::exchange(resumed_, std::nullopt)->due_in);
    deps_.tellers.journal.planned(name(), "read anew", wait);
    cause_ = "its time was over";
    co_return co_await sleep_until_due(wait) != Due::Never;
  }

  [[nodiscard]] nanoseconds refresh_wait(const vault::Answer& answer) const {
    if (record_->dependency.kind == gofuncs::Dependency::Kind::File) return kFilePoll;
    const vault::RefreshPolicy policy{deps_.context.config.template_config.static_secret_render_interval,
                                      deps_.context.config.template_config.lease_renewal_threshold};
    return vault::plan_refresh(answer, policy, deps_.context.clock.wall_now(), deps_.context.dice());
  }

  // Our clock may be wrong; what was issued just now is good for its lifespan then.
  [[nodiscard]] nanoseconds certificate_wait() const {
    const auto& context = deps_.context;
    const nanoseconds otherwise = context.config.template_config.static_secret_render_interval;
    const auto life = record_->value ? gofuncs::certificate_life(*record_->value) : std::nullopt;
    if (!life) return otherwise;
    const nanoseconds lifespan = life->not_after - life->not_before;
    const nanoseconds rest = life->not_after - context.clock.wall_now();
    const auto wait = vault::plan_certificate(rest, lifespan, context.dice());
    return wait ? *wait : vault::plan_certificate(lifespan, lifespan, context.dice()).value_or(otherwise);
  }

  enum class Due { InTime, Now, Never };
  // Sleeps, unless the lease dies, the token that holds it is replaced, or the end comes.
  net::awaitable<Due> sleep_until_due(nanoseconds wait) {
    auto end = deps_.context.clock.now() + wait;
    bool moving = false;
    for (;;) {  // ends at the time, by an event, or by cancellation
      if (record_->retired) co_return Due::Never;
      if (record_->gone) {
        cause_ = "its lease was gone";
        co_return Due::Now;
      }
      if (!moving && holder_replaced()) {
        // The lease dies with the old token: read anew under the new one, in its own time.
        moving = true;
        cause_ = "its token was replaced";
        end = std::min(end, deps_.context.clock.now() + spread());
      }
      const nanoseconds rest = end - deps_.context.clock.now();
      if (rest.count() <= 0) co_return moving ? Due::Now : Due::InTime;
      if (co_await record_->wake.wait_for(deps_.context.clock, rest) == runtime::Wake::Cancelled) co_return Due::Never;
    }
  }

  // Many leases need not be read anew at the same moment while their old token lives.
  [[nodiscard]] nanoseconds spread() const {
    const auto& token = deps_.tokens.current();
    const bool last = token && record_->token_generation + 1 == token->generation;
    const nanoseconds rest = last ? deps_.tokens.previous_end() - deps_.context.clock.now() : nanoseconds(0);
    const auto most = static_cast<double>(std::clamp<nanoseconds>(rest / 2, kStagger, kMostStagger).count());
    return nanoseconds(static_cast<std::int64_t>(deps_.context.dice() * most));
  }

  [[nodiscard]] bool holder_replaced() const {
    const auto& token = deps_.tokens.current();
    return !record_->lease_id.empty() && token && token->generation != record_->token_generation;
  }

  net::awaitable<bool> keep_lease(vault::Answer answer) {
    auto& context = deps_.context;
    const auto resumed = std::exchange(resumed_, std::nullopt);
    const nanoseconds elapsed = resumed ? resumed->elapsed : nanoseconds(0);
    auto lease = vault::granted_lease(answer.lease_id, true, answer.lease_duration, context.clock.now() - elapsed,
                                      context.dice());
    lease.keep = context.config.template_config.drain;
    for (bool first = true;; first = false) {  // ends by cancellation or when the secret must be read anew
      auto [wait, then] = vault::plan_next(lease, context.clock.now(), context.dice());
      // What an earlier run knew may be old: the renewal says how long the lease lives.
      if (resumed && first) {
        wait = nanoseconds(0);
        then = vault::LeaseStep::Renew;
      }
      deps_.tellers.journal.planned(name(), then == vault::LeaseStep::Renew ? "renew" : "read anew", wait);
      const Due due = co_await sleep_until_due(wait);
      if (due == Due::Never) co_return false;
      if (due == Due::InTime) cause_ = "its lease was near its end";
      if (due == Due::Now || then == vault::LeaseStep::Replace) {
        log_.warn(name() + ": renewer done (maybe the lease expired)");
        co_return true;
      }
      const auto token = co_await deps_.tokens.wait_usable();
      if (!token) co_return false;
      if (holder_replaced()) continue;
      if (!co_await renew(lease, *token)) co_return true;
    }
  }

  // False: refused for good, read anew.
  net::awaitable<bool> renew(vault::LeaseState& lease, Token token) {
    auto& context = deps_.context;
    // Time for a second attempt must remain when no answer comes.
    const nanoseconds limit = std::max((lease.rest(context.clock.now()) - lease.grace) / 2, kRenewalLeast);
    auto answer = co_await context.template_client.renew_lease(lease.id, *token.value, limit);
    if (answer && answer->ok() && answer->renewable) {
      vault::renewed(lease, true, answer->lease_duration, context.clock.now(), context.dice());
      deps_.check.proved_alive(lease.id, answer->lease_duration, context.clock.now());
      deps_.leases_changed.notify_all();  // after an outage the next look-up is due sooner
      deps_.state.renewed(name(), answer->lease_duration);
      deps_.tellers.journal.renewed(name(), answer->lease_duration);
      deps_.tellers.metrics.renewed(name());
      record_->facts.proved_at = context.clock.now();
      record_->facts.ends_at = context.clock.now() + answer->lease_duration;
      ++record_->facts.renewals;
      log_.debug("lease renewed", {{"dependency", name()}, {"ttl", answer->lease_duration.count()}});
      co_return true;
    }
    const Error error = answer ? context.template_client.failure_of(*answer, "PUT", "sys/leases/renew") : answer.error();
    if (error.kind == ErrorKind::Cancelled) co_return true;  // the next wait ends it
    log_.warn(name() + ": failed to renew: " + error.message);
    deps_.tellers.metrics.renewal_failed(error.kind);
    cause_ = "its renewal was refused: " + vault::cause_of(error.message);
    if (answer && vault::denial_of(*answer) == vault::Denial::DeadToken) {
      deps_.tokens.report_dead(token.generation);
      co_return false;
    }
    if (answer && vault::refuses_for_good(*answer)) {
      record_->gone = answer->status == 400;  // the server knows no such lease: nothing is to be given up
      co_return false;
    }
    // The server is away or busy, or something between answers for it: the lease lives on and is tried
    // again until its end is near.
    ++lease.failures;
    co_return true;
  }

  /// A lease of an earlier run.
  struct Resumed {
    nanoseconds elapsed{0};  ///< since the last grant
    nanoseconds due_in{0};
  };

  WatchDeps deps_;
  std::shared_ptr<SecretRecord> record_;
  log::Logger log_;
  vault::LoginBackoff stillborn_{kFirstRound, kMostRetry};
  std::string cause_ = "first read";  ///< of the next read, for the journal
  std::optional<Resumed> resumed_;
  nanoseconds planned_wait_{0};  ///< the wait that the state file tells of
  bool leaseless_ = false;       ///< the last read made no lease
};

}  // namespace

net::awaitable<WatchEnd> watch_secret(WatchDeps deps, std::shared_ptr<SecretRecord> record) {
  Watch watch(deps, std::move(record));
  co_return co_await watch.run();
}

}  // namespace leasehold::agent

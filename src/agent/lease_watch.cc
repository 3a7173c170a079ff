#include "lease_watch.h"

#include <utility>

#include "leasehold/base/scalars.h"

namespace leasehold::agent {
namespace {

using std::chrono::nanoseconds;
using vault::LeaseVerdict;

/// Without leases only the token itself can be lost.
constexpr nanoseconds kTokenCheck = std::chrono::seconds(60);

class LeaseWatch {
 public:
  explicit LeaseWatch(WatchDeps deps) : deps_(deps), log_(deps.context.log.named("lease.check")) {}

  net::awaitable<void> run() {
    while (!deps_.check.off() && co_await wait_for_turn()) {
      const auto token = co_await deps_.tokens.wait_usable();
      if (!token) co_return;
      if (std::exchange(deps_.asked.due, false) && !deps_.check.empty()) {
        co_await look_up_others("", *token);
        continue;
      }
      if (deps_.check.empty()) {
        co_await check_token(*token);
        continue;
      }
      const auto id = deps_.check.next(deps_.context.clock.now());
      if (!id) continue;
      if (co_await look_up(*id, *token) != LeaseVerdict::Gone) continue;
      co_await look_up_others(*id, *token);
    }
  }

 private:
  // A lease that comes or goes changes the pace, so the wait is computed anew from the last turn.
  net::awaitable<bool> wait_for_turn() {
    const auto start = deps_.context.clock.now();
    const double dice = deps_.context.dice();
    for (;;) {  // ends at the turn or by cancellation
      const nanoseconds pause = deps_.check.empty()
                                    ? nanoseconds(static_cast<std::int64_t>(
                                          static_cast<double>(kTokenCheck.count()) * (0.8 + 0.4 * dice)))
                                    : deps_.check.pause(dice);
      const nanoseconds rest = start + pause - deps_.context.clock.now();
      if (rest.count() <= 0 || deps_.asked.due) co_return true;
      const auto wake = co_await deps_.leases_changed.wait_for(deps_.context.clock, rest);
      if (wake == runtime::Wake::Cancelled) co_return false;
    }
  }

  net::awaitable<LeaseVerdict> look_up(std::string id, Token token) {
    const auto start = deps_.context.clock.now();
    auto answer = co_await deps_.context.template_client.lookup_lease(id, *token.value);
    const auto now = deps_.context.clock.now();
    const vault::KnownLease* lease = deps_.check.find(id);
    if (lease == nullptr) co_return LeaseVerdict::Unknown;  // replaced meanwhile
    if (!answer) {
      if (answer.error().kind != ErrorKind::Cancelled) deps_.check.unreachable();
      log_.debug("lease look-up failed", {{"error", answer.error().message}});
      co_return LeaseVerdict::Unknown;
    }
    const LeaseVerdict verdict = vault::judge_lookup(*lease, *answer);
    switch (verdict) {
      case LeaseVerdict::Alive:
        deps_.check.looked_up(id, *answer, now);
        deps_.check.answered(now - start);
        break;
      case LeaseVerdict::Gone:
        log_.warn("lease is gone, reading the secret anew", {{"lease", id}});
        deps_.tellers.metrics.lease_gone();
        deps_.store.lease_gone(id);
        break;
      case LeaseVerdict::Refused:
        co_await check_refusal(std::move(token), *answer);
        break;
      case LeaseVerdict::Overloaded:
        answer->status == 503 ? deps_.check.unreachable() : deps_.check.slow_down();
        break;
      case LeaseVerdict::Unknown:
        log_.debug("lease look-up told nothing", {{"status", static_cast<int>(answer->status)}});
        break;
    }
    co_return verdict;
  }

  // One revoked lease is seldom alone: a prefix or a token was revoked.
  net::awaitable<void> look_up_others(std::string gone, Token token) {
    for (const auto& id : deps_.check.all()) {
      if (id == gone || deps_.check.find(id) == nullptr) continue;
      if (!deps_.tokens.usable() || deps_.check.off()) co_return;
      co_await look_up(id, token);
    }
  }

  // 403 to a look-up: a dead token, or one that may not look up.
  net::awaitable<void> check_refusal(Token token, const vault::Answer& refusal) {
    if (vault::denial_of(refusal) == vault::Denial::DeadToken) {
      deps_.tokens.report_dead(token.generation);
      co_return;
    }
    if (!co_await check_token(token)) co_return;
    log_.warn("the token may not look up leases: revocations are noticed at the next renewal only",
              {{"advice", "allow update on sys/leases/lookup (the default policy does)"}});
    deps_.check.stop();
  }

  // False: the token is dead, or nothing is known.
  net::awaitable<bool> check_token(Token token) {
    auto answer = co_await deps_.context.template_client.lookup_self(*token.value);
    if (!answer) co_return false;
    if (answer->ok()) co_return true;
    if (answer->status != 403) co_return false;
    // A policy without lookup-self says nothing about the token's life.
    if (vault::denial_of(*answer) == vault::Denial::Policy) co_return true;
    deps_.tokens.report_dead(token.generation);
    co_return false;
  }

  WatchDeps deps_;
  log::Logger log_;
};

}  // namespace

net::awaitable<void> watch_leases(WatchDeps deps) {
  LeaseWatch watch(deps);
  co_await watch.run();
}

}  // namespace leasehold::agent

#include "lease_watch.h"

#include <utility>

#include "leasehold/base/scalars.h"

namespace leasehold::agent {
namespace {

using std::chrono::nanoseconds;
using vault::LeaseVerdict;

/// Whose look-up is due.
enum class Turn { Lease, Token, AllLeases, End };

class LeaseWatch {
 public:
  explicit LeaseWatch(WatchDeps deps) : deps_(deps), log_(deps.context.log.named("lease.check")) {}

  net::awaitable<void> run() {
    token_from_ = lease_from_ = deps_.context.clock.now();
    while (!deps_.check.off()) {
      const Turn turn = co_await next_turn();
      if (turn == Turn::End) co_return;
      const auto token = co_await deps_.tokens.wait_usable();
      if (!token) co_return;
      if (turn == Turn::Token) {
        co_await check_token(*token);
      } else if (turn == Turn::AllLeases) {
        co_await look_up_others("", *token);
      } else if (const auto id = deps_.check.next(deps_.context.clock.now())) {
        if (co_await look_up(*id, *token) == LeaseVerdict::Gone) co_await look_up_others(*id, *token);
      }
    }
  }

 private:
  // A lease that comes or goes changes the pace, so the waits are computed anew from the last turn.
  net::awaitable<Turn> next_turn() {
    const double lease_dice = deps_.context.dice();
    const double token_dice = deps_.context.dice();
    for (;;) {  // ends at a turn or by cancellation
      const auto now = deps_.context.clock.now();
      if (std::exchange(deps_.asked.due, false)) co_return deps_.check.checks_leases() ? Turn::AllLeases : Turn::Token;
      const nanoseconds lease = deps_.check.checks_leases() ? lease_from_ + deps_.check.pause(lease_dice) - now : nanoseconds::max();
      const nanoseconds token = checks_token_ ? token_from_ + deps_.check.token_pause(token_dice) - now : nanoseconds::max();
      if (lease.count() <= 0) {
        lease_from_ = now;
        co_return Turn::Lease;
      }
      if (token.count() <= 0) {
        token_from_ = now;
        co_return Turn::Token;
      }
      if (!co_await wait(std::min(lease, token))) co_return Turn::End;
    }
  }

  net::awaitable<bool> wait(nanoseconds most) {
    if (most == nanoseconds::max()) co_return co_await deps_.leases_changed.wait();
    co_return co_await deps_.leases_changed.wait_for(deps_.context.clock, most) != runtime::Wake::Cancelled;
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
        token_from_ = now;
        break;
      case LeaseVerdict::Gone:
        token_from_ = now;
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
      if (!deps_.tokens.usable() || !deps_.check.checks_leases()) co_return;
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
    deps_.check.stop_leases();
  }

  // False: the token is dead, or nothing is known.
  net::awaitable<bool> check_token(Token token) {
    const auto start = deps_.context.clock.now();
    auto answer = co_await deps_.context.template_client.lookup_self(*token.value);
    if (!answer) {
      if (answer.error().kind != ErrorKind::Cancelled) deps_.check.unreachable();
      co_return false;
    }
    if (answer->ok()) {
      deps_.check.answered(deps_.context.clock.now() - start);
      co_return true;
    }
    if (answer->status == 503) deps_.check.unreachable();
    if (answer->status == 429) deps_.check.slow_down();
    if (answer->status != 403) co_return false;
    // A policy without lookup-self says nothing about the token's life.
    if (vault::denial_of(*answer) == vault::Denial::Policy) {
      log_.warn("the token may not look itself up: its revocation is noticed when it is used next",
                {{"advice", "allow read on auth/token/lookup-self (the default policy does)"}});
      checks_token_ = false;
      co_return true;
    }
    deps_.tokens.report_dead(token.generation);
    co_return false;
  }

  WatchDeps deps_;
  log::Logger log_;
  runtime::Clock::TimePoint lease_from_{};  ///< of the last turn
  runtime::Clock::TimePoint token_from_{};  ///< of the last turn, or of another proof that it lives
  bool checks_token_ = true;
};

}  // namespace

net::awaitable<void> watch_leases(WatchDeps deps) {
  LeaseWatch watch(deps);
  co_await watch.run();
}

}  // namespace leasehold::agent

// One loop waits for the earliest end of all; revocations run as tasks, since the database may be
// slow and requests go on meanwhile.
#include "lifecycle.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "leasehold/runtime/task_group.h"

namespace leasehold::devvault {
namespace {
using namespace boost::asio::experimental::awaitable_operators;

/// Engines with a clock of their own (static roles) are asked this often.
constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kRetryBase{10};

net::awaitable<void> wait_for_wake(net::steady_timer& wake) {
  co_await wake.async_wait(net::as_tuple(net::use_awaitable));
}
}  // namespace

std::chrono::nanoseconds retry_delay(int attempts, double dice) {
  const double base = std::chrono::duration<double>(kRetryBase).count() * static_cast<double>(1U << static_cast<unsigned>(attempts));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(base * (0.5 + dice)));
}

struct Lifecycle::Impl {
  Impl(State& the_state, const net::any_io_executor& executor, runtime::Dice the_dice)
      : state(the_state), tasks(executor), wake(executor), dice(std::move(the_dice)) {}
  State& state;
  runtime::TaskGroup tasks;
  net::steady_timer wake;
  runtime::Dice dice;
  bool stopping = false;
  bool ticking = false;
};

Lifecycle::Lifecycle(State& state, net::any_io_executor executor, runtime::Dice dice)
    : impl_(std::make_unique<Impl>(state, executor, std::move(dice))) {}
Lifecycle::~Lifecycle() = default;

net::awaitable<Result<void>> Lifecycle::revoke(LeasePtr lease) {
  lease->revoking = true;
  impl_->state.leases.reschedule(*lease);
  auto revoked = co_await lease->mount->engine->revoke_lease(lease);
  lease->revoking = false;
  if (revoked) {
    impl_->state.leases.remove(lease->id);
  } else if (impl_->state.leases.find(lease->id) != nullptr) {
    impl_->state.leases.reschedule(*lease);
    wake();
  }
  co_return revoked;
}

net::awaitable<void> Lifecycle::force(LeasePtr lease) {
  auto revoked = co_await revoke(lease);
  if (!revoked) {
    impl_->state.log.warn("forgetting a lease that could not be revoked", {{"lease", lease->path}, {"error", revoked.error().message}});
  }
  impl_->state.leases.remove(lease->id);
}

void Lifecycle::revoke_soon(const std::vector<LeasePtr>& leases) {
  const WallTime now = impl_->state.now();
  for (const LeasePtr& lease : leases) {
    // A look-up in the meantime shows a lease that has ended.
    lease->expires = std::min(lease->expires, now);
    if (lease->revoking) {
      continue;
    }
    lease->revoking = true;
    impl_->state.leases.reschedule(*lease);
    impl_->tasks.spawn("revoke lease", revoke_in_background(lease));
  }
}

net::awaitable<void> Lifecycle::revoke_in_background(LeasePtr lease) {
  if (auto revoked = co_await revoke(lease); !revoked) {
    retry_later(*lease, revoked.error());
  }
}

void Lifecycle::retry_later(Lease& lease, const Error& error) {
  ++lease.attempts;
  lease.irrevocable = lease.attempts >= kRevokeAttemptsMax;
  const auto delay = retry_delay(lease.attempts, impl_->dice());
  lease.due = impl_->state.now() + std::chrono::duration_cast<WallTime::duration>(delay);
  if (lease.irrevocable) {
    impl_->state.log.error("lease cannot be revoked, giving up; use sys/leases/revoke-force",
                           {{"path", lease.path}, {"attempts", lease.attempts}, {"error", error.message}});
  } else {
    impl_->state.log.warn("lease could not be revoked, trying again later",
                          {{"path", lease.path},
                           {"attempt", lease.attempts},
                           {"wait_seconds", std::chrono::duration_cast<seconds>(delay).count()},
                           {"error", error.message}});
  }
  impl_->state.leases.reschedule(lease);
  wake();
}

void Lifecycle::end_token(const std::string& id, bool orphan_children) {
  for (const TokenPtr& token : impl_->state.tokens.take_tree(id, orphan_children)) {
    impl_->state.cubbyholes.erase(token->id);
    revoke_soon(impl_->state.leases.of_token(token->id));
  }
}

net::awaitable<Result<void>> Lifecycle::end_mount(MountPtr mount) {
  if (mount->auth) {
    for (const std::string& id : impl_->state.tokens.of_mount(mount->uuid)) {
      end_token(id);
    }
  }
  Result<void> outcome;
  for (const LeasePtr& lease : impl_->state.leases.of_mount(*mount)) {
    if (auto revoked = co_await revoke(lease); !revoked) {
      outcome = revoked.error().in("failed to revoke " + lease->id);
    }
  }
  co_return outcome;
}

void Lifecycle::wake() { impl_->wake.cancel(); }

void Lifecycle::act_on_what_is_due() {
  State& state = impl_->state;
  const WallTime now = state.now();
  for (const std::string& id : state.tokens.expired(now)) {
    end_token(id);
  }
  revoke_soon(state.leases.due(now));
}

net::awaitable<void> Lifecycle::tick_engines() {
  for (const MountPtr& mount : impl_->state.mounts.all()) {
    co_await mount->engine->tick();
  }
  impl_->ticking = false;
}

net::awaitable<void> Lifecycle::run() {
  State& state = impl_->state;
  while (!impl_->stopping) {  // ends by stop()
    auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(kTick);
    // A sealed server's timers rest; what passed meanwhile is revoked after unsealing.
    if (!state.seal.sealed) {
      act_on_what_is_due();
      if (!std::exchange(impl_->ticking, true)) {
        impl_->tasks.spawn("tick engines", tick_engines());
      }
      for (const auto& next : {state.tokens.next_expiry(), state.leases.next_due()}) {
        if (next) {
          wait = std::min(wait, std::chrono::duration_cast<std::chrono::nanoseconds>(*next - state.now()));
        }
      }
    }
    if (wait.count() > 0 && !impl_->stopping) {
      impl_->wake.expires_at(net::steady_timer::time_point::max());
      co_await (wait_for_wake(impl_->wake) || state.clock.sleep_for(wait));
    }
  }
}

net::awaitable<void> Lifecycle::stop() {
  impl_->stopping = true;
  wake();
  co_await impl_->tasks.join();
}

}  // namespace leasehold::devvault

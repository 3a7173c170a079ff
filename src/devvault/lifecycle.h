// Ends of tokens and leases: at their time, on request, and again when the engine failed
// (spec/vault-api.md 6.4).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "leasehold/base/result.h"
#include "leases.h"
#include "state.h"

namespace leasehold::devvault {

class Lifecycle {
 public:
  Lifecycle(State& state, net::any_io_executor executor, runtime::Dice dice);
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;
  /// REQUIRES: run() and stop() have returned.
  ~Lifecycle();

  /// Revokes now. Error: the engine's text; the lease then lives on as it was.
  net::awaitable<Result<void>> revoke(LeasePtr lease);
  /// Revokes in the background and tries again on failure.
  void revoke_soon(const std::vector<LeasePtr>& leases);
  /// Forgets the lease whatever the engine says.
  net::awaitable<void> force(LeasePtr lease);

  /// Ends a token and, unless they become orphans, its children; their leases go in the background.
  void end_token(const std::string& id, bool orphan_children = false);
  /// Ends all leases and tokens of a mount; returns when done. Error: what could not be revoked.
  net::awaitable<Result<void>> end_mount(MountPtr mount);

  /// A deadline changed: look at the queues again.
  void wake();
  /// Waits for ends and acts on them, until stop().
  net::awaitable<void> run();
  /// Lets run() return and waits for background work.
  net::awaitable<void> stop();

 private:
  struct Impl;
  net::awaitable<void> revoke_in_background(LeasePtr lease);
  net::awaitable<void> tick_engines();
  void retry_later(Lease& lease, const Error& error);
  void act_on_what_is_due();
  std::unique_ptr<Impl> impl_;
};

/// The wait before the next attempt: 10 s * 2^attempts, +- 50 %. dice in [0, 1).
std::chrono::nanoseconds retry_delay(int attempts, double dice);
inline constexpr int kRevokeAttemptsMax = 6;

}  // namespace leasehold::devvault

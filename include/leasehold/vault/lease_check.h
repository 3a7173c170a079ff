// Notices revoked leases without waiting for the renewal: decides which lease to look up when, and
// what an answer means. Pure; the agent's loop around it sends the requests.
//
// Per interval ONE look-up for the whole agent, by turns, newest lease first. A renewal or a read
// counts as a check. Interval = clamp(granted TTL / 20, 3 s, 60 s) +- 20 %. The token itself has a turn of its
// own, every 3.6 s +- 20 %, which a look-up of a lease stands in for: leases of an hour must not hide that the
// token behind them was revoked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leasehold/runtime/clock.h"
#include "leasehold/vault/answer.h"

namespace leasehold::vault {

/// What a look-up says about a lease.
enum class LeaseVerdict {
  Alive,
  Gone,        ///< revoked, expired, or its revocation is pending
  Refused,     ///< 403: the token is dead, or may not look up
  Overloaded,  ///< 429, 503
  Unknown,     ///< any other answer: says nothing about the lease
};

/// The facts of a lease that a later look-up is compared with.
struct KnownLease {
  std::string id;
  bool renewable = false;
  std::chrono::nanoseconds granted{0};
  runtime::Clock::TimePoint checked_at{};  ///< last proof of life: look-up, renewal or read
  std::uint64_t order = 0;                 ///< grows with each new lease
  /// expire_time of the last look-up; nullopt before the first one and after a renewal.
  std::optional<runtime::Clock::WallTime> expire_time = std::nullopt;
};

/// Gone: 400 `invalid lease`; or 200 with ttl <= 0, renewable false where it was true, or an
/// expire_time earlier than the known one (a pending revocation answers like that).
LeaseVerdict judge_lookup(const KnownLease& lease, const Answer& answer);

/// Keeps the turn and the pace.
class LeaseCheck {
 public:
  /// interval: nullopt = from the leases' TTLs; zero = off.
  explicit LeaseCheck(std::optional<std::chrono::nanoseconds> interval) : fixed_(interval) {}

  [[nodiscard]] bool off() const { return fixed_ && fixed_->count() == 0; }
  /// Leases are not looked up any more: this token may not. The token's own turns go on.
  void stop_leases() { stopped_ = true; }
  [[nodiscard]] bool checks_leases() const { return !stopped_ && !off() && !leases_.empty(); }

  void add(KnownLease lease);
  void remove(const std::string& id);
  /// A renewal or read proved that it lives; the expire_time moved.
  void proved_alive(const std::string& id, std::chrono::nanoseconds granted, runtime::Clock::TimePoint now);
  /// A look-up proved that it lives.
  void looked_up(const std::string& id, const Answer& answer, runtime::Clock::TimePoint now);
  [[nodiscard]] const KnownLease* find(const std::string& id) const;
  [[nodiscard]] bool empty() const { return leases_.empty(); }
  [[nodiscard]] std::vector<std::string> all() const;

  /// Pause until the next look-up. dice: 0 <= dice < 1.
  [[nodiscard]] std::chrono::nanoseconds pause(double dice) const;
  /// The same for the token: how long after the last proof of its life.
  [[nodiscard]] std::chrono::nanoseconds token_pause(double dice) const;
  /// Whose turn it is: the one whose proof of life is oldest, the newest first among equals; but
  /// none while every lease was proved alive within the last quarter of an interval.
  [[nodiscard]] std::optional<std::string> next(runtime::Clock::TimePoint now) const;

  /// An answer came: a slow one while the smoothed latency is over 250 ms doubles the interval, ten
  /// good ones in a row shorten it by a fifth. One stall doubles it once at most.
  void answered(std::chrono::nanoseconds latency);
  /// 429: doubles the interval, up to 5 minutes.
  void slow_down();
  /// 503 or no answer in time: doubles it as well, until the next answer to any request. A server that is back is
  /// not overloaded, and revocations must not go unseen for hours after an outage of minutes.
  void unreachable();
  /// Without jitter.
  [[nodiscard]] std::chrono::nanoseconds interval() const;

 private:
  [[nodiscard]] std::chrono::nanoseconds base_interval() const;
  [[nodiscard]] std::chrono::nanoseconds slowed(std::chrono::nanoseconds base) const;
  KnownLease* mutable_find(const std::string& id);

  std::optional<std::chrono::nanoseconds> fixed_;
  bool stopped_ = false;
  std::vector<KnownLease> leases_;
  std::uint64_t next_order_ = 0;
  double slowdown_ = 1.0;  ///< factor on the base interval
  double outage_ = 1.0;    ///< another factor, while the server is away
  int good_in_a_row_ = 0;
  std::chrono::nanoseconds smoothed_{0};
};

}  // namespace leasehold::vault

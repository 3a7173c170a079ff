// When to renew, when to replace: pure arithmetic over granted times. The formulas are those of
// Vault's lifetime watcher and consul-template (spec/agent.md 8.1, 9.4).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "leasehold/runtime/clock.h"
#include "leasehold/vault/answer.h"

namespace leasehold::vault {

using runtime::Clock;

/// What is known of a lease or token that lives.
struct LeaseState {
  std::string id;  ///< "" for a token
  bool renewable = false;
  std::chrono::nanoseconds granted{0};  ///< by the last answer
  Clock::TimePoint granted_at{};
  /// Below this rest it is replaced. Drawn anew only while the grants do not shrink.
  std::chrono::nanoseconds grace{0};
  int failures = 0;  ///< renewals that failed since the last success
  /// The longest grant. One that is clearly shorter says that the maximum TTL is near: the end is fixed then.
  std::chrono::nanoseconds full{0};
  /// So much life is to be left at the replacement when the end is fixed, for those who still use the old secret.
  std::chrono::nanoseconds keep{0};

  [[nodiscard]] Clock::TimePoint ends_at() const { return granted_at + granted; }
  [[nodiscard]] std::chrono::nanoseconds rest(Clock::TimePoint now) const { return ends_at() - now; }
};

/// A lease as it was just granted. dice: 0 <= dice < 1. keep is 0.
LeaseState granted_lease(std::string id, bool renewable, std::chrono::nanoseconds granted, Clock::TimePoint now,
                         double dice);
/// After a renewal that succeeded: grace stays when the grant is not longer than what was left.
void renewed(LeaseState& lease, bool renewable, std::chrono::nanoseconds granted, Clock::TimePoint now, double dice);

enum class LeaseStep { Renew, Replace };
struct LeasePlan {
  std::chrono::nanoseconds wait{0};
  LeaseStep then = LeaseStep::Renew;
};

/// Says how long to leave a lease alone and what to do then. Pure.
/// A lease that can be renewed: after 0.70 to 0.733 of the grant, unless what is left then would be
/// within grace, where it is replaced at once; or, when its end is fixed, within keep (at most 0.8 of a whole
/// grant), where it is replaced with keep left. After a failed renewal: full-jitter back-off from
/// 250 ms, never beyond the moment when it must be replaced. Others: replaced at 0.70 to 0.733.
LeasePlan plan_next(const LeaseState& lease, Clock::TimePoint now, double dice);

/// What an answer to a read says about when to read again (spec/agent.md 9.4).
struct RefreshPolicy {
  std::chrono::nanoseconds static_interval{std::chrono::minutes(5)};
  double threshold = 0.90;
};
/// For secrets without a renewable lease: time until the next read.
std::chrono::nanoseconds plan_refresh(const Answer& answer, const RefreshPolicy& policy, Clock::WallTime wall_now,
                                      double dice);

/// How long a certificate serves before the next is asked for (spec/agent.md 9.5): nine tenths of its
/// rest, in whole seconds, a little spread; nullopt when that is no more than a tenth of its lifespan.
std::optional<std::chrono::nanoseconds> plan_certificate(std::chrono::nanoseconds rest, std::chrono::nanoseconds lifespan,
                                                         double dice);

/// Doubling pause with a bound. attempt counts from 1. Peers' watcher: 250 ms * 2^(n-1), at most a
/// minute (spec/agent.md 9.6).
std::chrono::nanoseconds retry_pause(int attempt, std::chrono::nanoseconds first, std::chrono::nanoseconds most);

/// The auth handler's back-off (spec/agent.md 7.2): sleeps the current value; the next is doubled,
/// bounded and then reduced by up to a quarter.
class LoginBackoff {
 public:
  LoginBackoff(std::chrono::nanoseconds first, std::chrono::nanoseconds most)
      : first_(first), most_(most), current_(first) {}
  [[nodiscard]] std::chrono::nanoseconds current() const { return current_; }
  void failed(double dice);
  void reset() { current_ = first_; }

 private:
  std::chrono::nanoseconds first_;
  std::chrono::nanoseconds most_;
  std::chrono::nanoseconds current_;
};

}  // namespace leasehold::vault

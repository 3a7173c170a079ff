#include "leasehold/vault/lease.h"

#include <algorithm>
#include <cmath>

namespace leasehold::vault {
namespace {

using std::chrono::nanoseconds;

nanoseconds scaled(nanoseconds duration, double factor) {
  return nanoseconds(static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor));
}

// spec/agent.md 8.1: 10 to 20 % of the grant.
nanoseconds draw_grace(nanoseconds granted, double dice) { return scaled(granted, 0.1 + 0.1 * dice); }

// Servers count whole seconds, so a grant may be a little shorter without meaning anything.
bool end_is_fixed(const LeaseState& lease) {
  return lease.granted + std::max<nanoseconds>(std::chrono::seconds(1), lease.full / 20) < lease.full;
}

constexpr nanoseconds kFirstRetry = std::chrono::milliseconds(250);
constexpr nanoseconds kMostRetry = std::chrono::minutes(1);

}  // namespace

LeaseState granted_lease(std::string id, bool renewable, nanoseconds granted, Clock::TimePoint now, double dice) {
  LeaseState lease;
  lease.id = std::move(id);
  lease.renewable = renewable;
  lease.granted = granted;
  lease.granted_at = now;
  lease.grace = draw_grace(granted, dice);
  lease.full = granted;
  return lease;
}

void renewed(LeaseState& lease, bool renewable, nanoseconds granted, Clock::TimePoint now, double dice) {
  // A grant that shrinks (the maximum is near) must not make the grace shrink with it: it is what
  // leaves time to put a new secret in place.
  if (granted >= lease.granted) lease.grace = draw_grace(granted, dice);
  lease.renewable = renewable;
  lease.granted = granted;
  lease.granted_at = now;
  lease.failures = 0;
  lease.full = std::max(lease.full, granted);
}

LeasePlan plan_next(const LeaseState& lease, Clock::TimePoint now, double dice) {
  const nanoseconds rest = lease.rest(now);
  if (lease.failures > 0 && lease.renewable) {
    if (rest <= lease.grace) return {nanoseconds(0), LeaseStep::Replace};
    const nanoseconds most = retry_pause(lease.failures, kFirstRetry, kMostRetry);
    // Full jitter, but never zero: a refusing server must not be asked in a loop.
    const nanoseconds pause = std::max(scaled(most, dice), scaled(most, 0.2));
    return {std::min(pause, rest - lease.grace), LeaseStep::Renew};
  }
  const nanoseconds wait = rest * 2 / 3 + lease.grace / 3;
  if (!lease.renewable) return {std::clamp(wait, nanoseconds(0), std::max(rest, nanoseconds(0))), LeaseStep::Replace};
  if (rest <= lease.grace || rest - wait <= lease.grace) return {nanoseconds(0), LeaseStep::Replace};
  const nanoseconds keep = end_is_fixed(lease) ? std::min(lease.keep, lease.full * 8 / 10) : nanoseconds(0);
  if (rest - wait < keep) return {std::max(rest - keep, nanoseconds(0)), LeaseStep::Replace};
  return {wait, LeaseStep::Renew};
}

nanoseconds plan_refresh(const Answer& answer, const RefreshPolicy& policy, Clock::WallTime wall_now, double dice) {
  using std::chrono::seconds;
  nanoseconds base = answer.lease_duration;
  bool rotating = false;
  if (answer.lease_id.empty()) {
    const auto expiration = answer.seconds("expiration");
    if (answer.facts.count("certificate") != 0 && expiration) {
      base = Clock::WallTime(*expiration) - wall_now;
    }
    const auto secret_id_ttl = answer.seconds("secret_id_ttl");
    if (answer.facts.count("secret_id") != 0 && secret_id_ttl && secret_id_ttl->count() > 0) {
      base = *secret_id_ttl + seconds(1);
    }
    const auto ttl = answer.seconds("ttl");
    if (answer.facts.count("rotation_period") != 0 && ttl) {
      base = *ttl + seconds(1);
      rotating = true;
    }
  }
  if (base.count() <= 0) base = policy.static_interval;
  if (rotating) return base;
  const bool sane = policy.threshold > 0 && policy.threshold < 1;
  const double factor = sane ? policy.threshold + (dice - 0.5) * 0.1 : policy.threshold;
  return std::max(scaled(base, factor), nanoseconds(std::chrono::milliseconds(100)));
}

std::optional<nanoseconds> plan_certificate(nanoseconds rest, nanoseconds lifespan, double dice) {
  using std::chrono::seconds;
  // More left than its whole life: our clock is behind.
  seconds wait = std::chrono::duration_cast<seconds>(std::min(rest, lifespan)) * 9 / 10;
  if (wait <= std::chrono::duration_cast<seconds>(lifespan) / 10) return std::nullopt;
  // compat: -3 to +2 per cent, in steps of one
  if (wait > seconds(100)) wait += wait * (static_cast<int>(dice * 6) - 3) / 100;
  return wait;
}

nanoseconds retry_pause(int attempt, nanoseconds first, nanoseconds most) {
  nanoseconds pause = first;
  for (int i = 1; i < attempt && pause < most; ++i) pause *= 2;
  return std::min(pause, most);
}

void LoginBackoff::failed(double dice) {
  current_ = scaled(std::min(current_ * 2, most_), 1.0 - 0.25 * dice);
}

}  // namespace leasehold::vault

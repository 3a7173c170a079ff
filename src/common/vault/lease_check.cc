#include "leasehold/vault/lease_check.h"

#include <algorithm>

#include "leasehold/base/scalars.h"

namespace leasehold::vault {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kShortest = seconds(3);
constexpr nanoseconds kLongest = seconds(60);
/// With its spread and a login behind it: a new login within 5 s.
constexpr nanoseconds kToken = std::chrono::milliseconds(3600);
constexpr nanoseconds kMostSlowed = std::chrono::minutes(5);
constexpr nanoseconds kSlowAnswer = std::chrono::milliseconds(250);
constexpr int kGoodAnswersToSpeedUp = 10;
/// expire_time is recomputed by some servers at each look-up: differences below this are rounding.
constexpr nanoseconds kRounding = seconds(1);

nanoseconds spread(nanoseconds interval, double dice) {
  return nanoseconds(static_cast<std::int64_t>(static_cast<double>(interval.count()) * (0.8 + 0.4 * dice)));
}

}  // namespace

LeaseVerdict judge_lookup(const KnownLease& lease, const Answer& answer) {
  if (answer.status == 400 && answer.says("invalid lease")) return LeaseVerdict::Gone;
  if (answer.status == 403) return LeaseVerdict::Refused;
  if (answer.status == 429 || answer.status == 503) return LeaseVerdict::Overloaded;
  if (answer.status != 200 || !answer.has_data) return LeaseVerdict::Unknown;
  if (const auto ttl = answer.seconds("ttl"); ttl && ttl->count() <= 0) return LeaseVerdict::Gone;
  if (lease.renewable && answer.fact("renewable") == "false") return LeaseVerdict::Gone;
  if (const auto expires = parse_rfc3339(answer.fact("expire_time")); expires && lease.expire_time) {
    if (*expires + kRounding < *lease.expire_time) return LeaseVerdict::Gone;
  }
  return LeaseVerdict::Alive;
}

void LeaseCheck::add(KnownLease lease) {
  outage_ = 1.0;
  remove(lease.id);
  lease.order = ++next_order_;
  leases_.push_back(std::move(lease));
}

void LeaseCheck::remove(const std::string& id) {
  std::erase_if(leases_, [&](const KnownLease& lease) { return lease.id == id; });
}

KnownLease* LeaseCheck::mutable_find(const std::string& id) {
  for (auto& lease : leases_) {
    if (lease.id == id) return &lease;
  }
  return nullptr;
}

const KnownLease* LeaseCheck::find(const std::string& id) const {
  for (const auto& lease : leases_) {
    if (lease.id == id) return &lease;
  }
  return nullptr;
}

std::vector<std::string> LeaseCheck::all() const {
  std::vector<std::string> ids;
  ids.reserve(leases_.size());
  for (const auto& lease : leases_) ids.push_back(lease.id);
  return ids;
}

void LeaseCheck::proved_alive(const std::string& id, nanoseconds granted, runtime::Clock::TimePoint now) {
  KnownLease* lease = mutable_find(id);
  if (lease == nullptr) return;
  lease->checked_at = now;
  outage_ = 1.0;
  if (granted.count() > 0) lease->granted = granted;
  // A renewal may also shorten it; the next look-up tells the new end.
  lease->expire_time.reset();
}

void LeaseCheck::looked_up(const std::string& id, const Answer& answer, runtime::Clock::TimePoint now) {
  KnownLease* lease = mutable_find(id);
  if (lease == nullptr) return;
  lease->checked_at = now;
  if (const auto expires = parse_rfc3339(answer.fact("expire_time"))) lease->expire_time = *expires;
}

nanoseconds LeaseCheck::base_interval() const {
  if (fixed_) return *fixed_;
  nanoseconds shortest = kLongest * 20;
  for (const auto& lease : leases_) shortest = std::min(shortest, lease.granted);
  return std::clamp(shortest / 20, kShortest, kLongest);
}

nanoseconds LeaseCheck::slowed(nanoseconds base) const {
  const auto count = static_cast<double>(base.count()) * slowdown_ * outage_;
  return std::min(nanoseconds(static_cast<std::int64_t>(count)), std::max(kMostSlowed, base));
}

nanoseconds LeaseCheck::interval() const { return slowed(base_interval()); }
nanoseconds LeaseCheck::pause(double dice) const { return spread(interval(), dice); }
nanoseconds LeaseCheck::token_pause(double dice) const { return spread(slowed(fixed_.value_or(kToken)), dice); }

std::optional<std::string> LeaseCheck::next(runtime::Clock::TimePoint now) const {
  const KnownLease* best = nullptr;
  for (const auto& lease : leases_) {
    if (now - lease.checked_at < interval() / 4) continue;  // a renewal or read just proved it
    if (best == nullptr || lease.checked_at < best->checked_at ||
        (lease.checked_at == best->checked_at && lease.order > best->order)) {
      best = &lease;
    }
  }
  if (best == nullptr) return std::nullopt;
  return best->id;
}

void LeaseCheck::answered(nanoseconds latency) {
  outage_ = 1.0;
  smoothed_ = (smoothed_ * 4 + latency) / 5;
  // A quick answer never slows: the memory of one stall would else double the interval again and again.
  if (smoothed_ > kSlowAnswer && latency > kSlowAnswer) return slow_down();
  if (++good_in_a_row_ < kGoodAnswersToSpeedUp) return;
  good_in_a_row_ = 0;
  slowdown_ = std::max(1.0, slowdown_ * 0.8);
}

void LeaseCheck::unreachable() {
  if (interval() < kMostSlowed) outage_ *= 2;
}

void LeaseCheck::slow_down() {
  good_in_a_row_ = 0;
  if (interval() < kMostSlowed) slowdown_ *= 2;
}

}  // namespace leasehold::vault

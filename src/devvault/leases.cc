// Look-ups by prefix, token and mount, and the queue of what is due.
#include "leases.h"

namespace leasehold::devvault {
namespace {
template <class Wanted>
std::vector<LeasePtr> select(const std::map<std::string, LeasePtr>& leases, const Wanted& wanted) {
  std::vector<LeasePtr> found;
  for (const auto& [id, lease] : leases) {
    if (wanted(*lease)) {
      found.push_back(lease);
    }
  }
  return found;
}
}  // namespace

void Leases::add(LeasePtr lease) {
  by_id_[lease->id] = lease;
  reschedule(*lease);
}

LeasePtr Leases::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

void Leases::remove(const std::string& id) {
  unschedule(id);
  by_id_.erase(id);
}

std::vector<LeasePtr> Leases::with_prefix(const std::string& prefix) const {
  std::vector<LeasePtr> found;
  for (auto place = by_id_.lower_bound(prefix); place != by_id_.end() && place->first.starts_with(prefix); ++place) {
    found.push_back(place->second);
  }
  return found;
}

std::vector<LeasePtr> Leases::of_token(const std::string& token_id) const {
  return select(by_id_, [&](const Lease& lease) { return lease.token_id == token_id; });
}

std::vector<LeasePtr> Leases::of_mount(const Mount& mount) const {
  return select(by_id_, [&](const Lease& lease) { return lease.mount.get() == &mount; });
}

void Leases::reschedule(const Lease& lease) {
  unschedule(lease.id);
  if (!lease.irrevocable && !lease.revoking) {
    queue_.emplace(lease.due, lease.id);
    due_of_[lease.id] = lease.due;
  }
}

std::vector<LeasePtr> Leases::due(WallTime now) const {
  std::vector<LeasePtr> found;
  for (const auto& [due, id] : queue_) {
    if (due > now) {
      break;
    }
    found.push_back(by_id_.at(id));
  }
  return found;
}

std::optional<WallTime> Leases::next_due() const {
  return queue_.empty() ? std::nullopt : std::optional(queue_.begin()->first);
}

void Leases::unschedule(const std::string& id) {
  if (const auto found = due_of_.find(id); found != due_of_.end()) {
    queue_.erase({found->second, id});
    due_of_.erase(found);
  }
}

}  // namespace leasehold::devvault

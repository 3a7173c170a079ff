#include "lock_plan.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "json_text.h"

namespace leasehold::kube {
namespace {

using nlohmann::json;

bool has_ended(const OwnerView& owner) {
  return owner.phase == "Failed" || owner.phase == "Succeeded";
}

}  // namespace

LockStep plan_lock(const LockView& lock, const Candidate& self) {
  if (!lock.exists) return LockStep::Create;
  if (lock.owner_pod == self.pod) {
    // The same name with another uid was our predecessor of a StatefulSet: the garbage collector
    // will take its lock away under us.
    return lock.owner_uid == self.uid ? LockStep::Hold : LockStep::DeleteLock;
  }
  const OwnerView& owner = lock.owner;
  if (!owner.exists || owner.uid != lock.owner_uid) return LockStep::DeleteLock;
  if (owner.phase == "Failed" && (owner.reason == "Evicted" || owner.reason == "Preempting")) {
    return LockStep::DeletePod;
  }
  if (has_ended(owner)) return LockStep::DeleteLock;
  if (owner.node_is_ready == false) return LockStep::DeleteBoth;
  return LockStep::Follow;
}

LockView read_lock(const json& config_map) {
  LockView lock;
  lock.exists = true;
  lock.uid = text_at(config_map, "/metadata/uid");
  const json::json_pointer at("/metadata/ownerReferences");
  if (!config_map.contains(at) || !config_map[at].is_array()) return lock;
  for (const json& reference : config_map[at]) {
    if (text_at(reference, "/kind") != "Pod") continue;
    lock.owner_pod = text_at(reference, "/name");
    lock.owner_uid = text_at(reference, "/uid");
    break;
  }
  return lock;
}

OwnerView read_owner(const json& pod) {
  OwnerView owner;
  owner.exists = true;
  owner.uid = text_at(pod, "/metadata/uid");
  owner.phase = text_at(pod, "/status/phase");
  owner.reason = text_at(pod, "/status/reason");
  owner.node = text_at(pod, "/spec/nodeName");
  return owner;
}

std::optional<bool> read_node_ready(const json& node) {
  const json::json_pointer at("/status/conditions");
  if (!node.contains(at) || !node[at].is_array()) return std::nullopt;
  for (const json& condition : node[at]) {
    if (text_at(condition, "/type") == "Ready") return text_at(condition, "/status") == "True";
  }
  return std::nullopt;
}

LeaseStep plan_lease(const LeaseView& lease, const std::string& self,
                     runtime::Clock::TimePoint now) {
  if (!lease.exists) return LeaseStep::Create;
  if (lease.holder.empty() || lease.holder == self) return LeaseStep::Take;
  return now - lease.changed_at >= lease.duration ? LeaseStep::Take : LeaseStep::Wait;
}

LeaseView read_lease(const json& lease, const LeaseView& before, runtime::Clock::TimePoint now) {
  LeaseView view;
  view.exists = true;
  view.holder = text_at(lease, "/spec/holderIdentity");
  view.version = text_at(lease, "/metadata/resourceVersion");
  const json::json_pointer duration("/spec/leaseDurationSeconds");
  if (lease.contains(duration) && lease[duration].is_number_integer()) {
    constexpr int kLongest = 3600;
    view.duration = std::chrono::seconds(std::clamp(lease[duration].get<int>(), 1, kLongest));
  }
  const bool unchanged = before.exists && before.version == view.version;
  view.changed_at = unchanged ? before.changed_at : now;
  return view;
}

}  // namespace leasehold::kube

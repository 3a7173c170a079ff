// What a candidate does with the two locks, given what it sees of them. Pure. Steps of the
// ConfigMap: spec/injector.md 6.4.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "leasehold/runtime/clock.h"

namespace leasehold::kube {

struct Candidate {
  std::string pod;
  std::string uid;
};

/// The pod that owns a lock, as the API server knows it.
struct OwnerView {
  bool exists = false;
  std::string uid;
  std::string phase;
  std::string reason;
  std::string node;
  std::optional<bool> node_is_ready = std::nullopt;  ///< nullopt: not known
};

struct LockView {
  bool exists = false;
  std::string uid;        ///< of the lock itself
  std::string owner_pod;  ///< of its ownerReference
  std::string owner_uid;
  OwnerView owner;
};

enum class LockStep {
  Create,
  Hold,        ///< it is ours
  Follow,      ///< a living pod has it
  DeleteLock,  ///< its owner is gone
  DeletePod,   ///< its owner was evicted or preempted
  DeleteBoth,  ///< its owner's node is gone
};
LockStep plan_lock(const LockView& lock, const Candidate& self);

/// Reads the first ownerReference that is a Pod; an object without one belongs to nobody.
LockView read_lock(const nlohmann::json& config_map);
OwnerView read_owner(const nlohmann::json& pod);
/// nullopt when the node does not tell.
std::optional<bool> read_node_ready(const nlohmann::json& node);

/// The Lease as it was seen last. Its times are its holder's: ours begin when we saw it change.
struct LeaseView {
  bool exists = false;
  std::string holder;
  std::string version;  ///< resourceVersion
  std::chrono::seconds duration{15};
  runtime::Clock::TimePoint changed_at{};
};

enum class LeaseStep { Create, Take, Wait };
/// Take: it is ours, nobody's, or has ended.
LeaseStep plan_lease(const LeaseView& lease, const std::string& self, runtime::Clock::TimePoint now);
LeaseView read_lease(const nlohmann::json& lease, const LeaseView& before, runtime::Clock::TimePoint now);

}  // namespace leasehold::kube

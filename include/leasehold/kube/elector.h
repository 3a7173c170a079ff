// Who of several replicas leads. Two locks, both of which a leader holds as far as RBAC allows:
//  - the ConfigMap `vault-k8s-leader` of the replaced program, "leader for life": it belongs to the
//    pod in its ownerReference until that pod is gone (spec/injector.md 6.4);
//  - a Lease of the same name, which also ends when the leader hangs or loses the API server.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "leasehold/kube/client.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::kube {

inline constexpr std::string_view kLeaderLock = "vault-k8s-leader";

struct ElectorSetup {
  std::string name_space;  ///< of the locks and of the pod
  std::string pod;         ///< POD_NAME
  log::Logger log;
  std::chrono::seconds follower_pause{2};
  std::chrono::seconds leader_pause{5};
  std::chrono::seconds lease_duration{15};
};

/// Single-threaded. client and clock outlive it.
class Elector {
 public:
  Elector(ElectorSetup setup, Client& client, runtime::Clock& clock, runtime::Dice dice);
  Elector(const Elector&) = delete;
  Elector& operator=(const Elector&) = delete;
  ~Elector();

  /// Takes part until it is cancelled; then gives the locks back as far as that goes.
  /// on_change: when leadership was won or lost.
  net::awaitable<void> run(std::function<void()> on_change);
  /// True only while the locks have been seen to be ours recently enough that nobody else can hold
  /// them.
  [[nodiscard]] bool is_leader() const;
  /// Gives the locks up. Call after run() has ended.
  net::awaitable<void> release();
  /// Why the last round failed; "" while all is well.
  [[nodiscard]] const std::string& problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::kube

// The store of leases. Pure data; revoking is the business of lifecycle.h.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "call.h"

namespace leasehold::devvault {

struct Mount;

struct Lease {
  std::string id;
  std::string path;  ///< of the request that made it
  std::string token_id;
  std::shared_ptr<Mount> mount;
  Json secret;  ///< the engine's own notes
  WallTime issued;
  WallTime expires;
  std::optional<WallTime> last_renewal;
  std::optional<WallTime> token_end;  ///< of a batch token: the lease may not outlive it
  bool renewable = true;
  bool revoking = false;     ///< a revocation runs now
  bool irrevocable = false;  ///< all attempts failed
  int attempts = 0;          ///< failed revocations
  WallTime due;              ///< when to revoke: expires, or the next attempt
};
using LeasePtr = std::shared_ptr<Lease>;

class Leases {
 public:
  void add(LeasePtr lease);
  [[nodiscard]] LeasePtr find(const std::string& id) const;
  void remove(const std::string& id);
  /// In the order of their ids.
  [[nodiscard]] std::vector<LeasePtr> with_prefix(const std::string& prefix) const;
  [[nodiscard]] std::vector<LeasePtr> of_token(const std::string& token_id) const;
  [[nodiscard]] std::vector<LeasePtr> of_mount(const Mount& mount) const;
  [[nodiscard]] std::vector<LeasePtr> all() const { return with_prefix(""); }
  /// Call after changing lease.due or a state that stops its timer.
  void reschedule(const Lease& lease);
  [[nodiscard]] std::vector<LeasePtr> due(WallTime now) const;
  [[nodiscard]] std::optional<WallTime> next_due() const;

 private:
  void unschedule(const std::string& id);
  std::map<std::string, LeasePtr> by_id_;
  std::set<std::pair<WallTime, std::string>> queue_;
  std::map<std::string, WallTime> due_of_;
};

}  // namespace leasehold::devvault

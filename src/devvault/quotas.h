// Rate-limit quotas (spec/vault-api.md 3.3): requests below a path are counted in windows of an
// interval, before the token is looked at.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "call.h"

namespace leasehold::devvault {

struct Quota {
  std::string path;  ///< mount or prefix; "" = everything
  double rate = 0;   ///< requests per interval
  seconds interval{1};
  seconds block_interval{0};
  std::int64_t used = 0;
  WallTime window_start;
};

class Quotas {
 public:
  void put(const std::string& name, Quota quota) { quotas_[name] = std::move(quota); }
  void remove(const std::string& name) { quotas_.erase(name); }
  /// Null when unknown.
  [[nodiscard]] const Quota* find(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, Quota>& all() const { return quotas_; }
  /// Counts a request on path against the quota with the longest matching prefix. False: over it.
  bool count(std::string_view path, WallTime now);

 private:
  std::map<std::string, Quota> quotas_;
};

}  // namespace leasehold::devvault

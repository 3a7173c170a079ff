// Fixed windows, as the recorded server counts.
#include "quotas.h"

#include "leasehold/base/text.h"

namespace leasehold::devvault {

const Quota* Quotas::find(const std::string& name) const {
  const auto found = quotas_.find(name);
  return found == quotas_.end() ? nullptr : &found->second;
}

bool Quotas::count(std::string_view path, WallTime now) {
  Quota* nearest_quota = nullptr;
  for (auto& [name, quota] : quotas_) {
    const bool covers = quota.path.empty() || path.starts_with(quota.path) ||
                        (quota.path.ends_with('/') && path == std::string_view(quota.path).substr(0, quota.path.size() - 1));
    if (covers && (nearest_quota == nullptr || quota.path.size() > nearest_quota->path.size())) {
      nearest_quota = &quota;
    }
  }
  if (nearest_quota == nullptr) {
    return true;
  }
  Quota& quota = *nearest_quota;
  if (now - quota.window_start >= quota.interval) {
    quota.window_start = now;
    quota.used = 0;
  }
  if (static_cast<double>(quota.used) >= quota.rate) {
    return false;
  }
  ++quota.used;
  return true;
}

}  // namespace leasehold::devvault

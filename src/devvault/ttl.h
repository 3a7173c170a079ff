// The TTL arithmetic of tokens and leases (spec/vault-api.md 4.4), pure.
#pragma once

#include <string>
#include <vector>

#include "call.h"
#include "leasehold/base/result.h"

namespace leasehold::devvault {

/// The system's default and maximum: 768 h.
inline constexpr seconds kSystemTtl{2764800};

struct TtlRequest {
  seconds increment{0};  ///< asked for; 0 = not given
  seconds role_ttl{0};   ///< 0 = the mount decides
  seconds role_max{0};
  seconds explicit_max{0};
  seconds period{0};
  seconds mount_default = kSystemTtl;
  seconds mount_max = kSystemTtl;
  WallTime issued;
  WallTime now;
};

struct TtlGrant {
  seconds ttl{0};
  std::vector<std::string> warnings;
};

/// Error (Invalid): `past the max TTL, cannot renew`.
Result<TtlGrant> grant_ttl(const TtlRequest& request);

/// A duration as OpenBao writes it in warnings: 1000h, 20m, 1h59m58s; zero units are cut.
std::string short_duration(seconds duration);

/// Whole seconds from now until then, at least 0.
seconds seconds_left(WallTime then, WallTime now);

}  // namespace leasehold::devvault

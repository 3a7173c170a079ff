// Caps, periods and their warnings.
#include "ttl.h"

#include <algorithm>

#include "leasehold/base/text.h"

namespace leasehold::devvault {

std::string short_duration(seconds duration) {
  const auto total = duration.count();
  std::string text;
  if (const auto hours = total / 3600; hours != 0) {
    text += std::to_string(hours) + "h";
  }
  if (const auto minutes = total / 60 % 60; minutes != 0) {
    text += std::to_string(minutes) + "m";
  }
  if (const auto rest = total % 60; rest != 0 || text.empty()) {
    text += std::to_string(rest) + "s";
  }
  return text;
}

seconds seconds_left(WallTime then, WallTime now) {
  return std::max(seconds(0), std::chrono::duration_cast<seconds>(then - now));
}

namespace {
std::string capped(std::string_view what, seconds asked, std::string_view noun, seconds limit) {
  return std::string(what) + " of " + go_quote(short_duration(asked)) + " exceeded the effective max_ttl of " +
         go_quote(short_duration(limit)) + "; " + std::string(noun) + " value is capped accordingly";
}
}  // namespace

Result<TtlGrant> grant_ttl(const TtlRequest& request) {
  seconds max = request.mount_max;
  for (const seconds limit : {request.role_max, request.explicit_max}) {
    if (limit.count() > 0) {
      max = std::min(max, limit);
    }
  }
  TtlGrant grant;
  std::optional<WallTime> end;
  if (request.period.count() > 0) {
    grant.ttl = request.period;
    if (grant.ttl > max) {
      grant.warnings.push_back(capped("period", request.period, "period", max));
      grant.ttl = max;
    }
    if (request.explicit_max.count() > 0) {
      end = request.issued + request.explicit_max;
    }
  } else {
    grant.ttl = request.increment.count() > 0  ? request.increment
                : request.role_ttl.count() > 0 ? request.role_ttl
                                               : request.mount_default;
    end = request.issued + max;
  }
  if (!end) {
    return grant;
  }
  if (*end <= request.now) {
    return invalid("past the max TTL, cannot renew");
  }
  if (const seconds left = seconds_left(*end, request.now); grant.ttl > left) {
    grant.warnings.push_back(capped("TTL", grant.ttl, "TTL", left));
    grant.ttl = left;
  }
  return grant;
}

}  // namespace leasehold::devvault

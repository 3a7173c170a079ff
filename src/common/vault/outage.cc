#include "leasehold/vault/outage.h"

#include <algorithm>
#include <array>

#include "leasehold/vault/lease.h"

namespace leasehold::vault {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kFirst = milliseconds(250);
/// The doubling ends here, and turns become even.
constexpr nanoseconds kRamp = seconds(8);
constexpr nanoseconds kShortest = milliseconds(3000);
constexpr nanoseconds kSpread = milliseconds(4500);

nanoseconds scaled(nanoseconds duration, double factor) {
  return nanoseconds(static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor));
}

// Standbys answer 500 with these while the cluster votes (spec/vault-api.md).
constexpr std::array<std::string_view, 2> kNoActiveNode = {"no active Vault instance found",
                                                           "active cluster node not found"};

}  // namespace

bool is_outage(unsigned status, std::string_view body) {
  if (status == 502 || status == 503 || status == 504) return true;
  if (status != 500) return false;
  return std::any_of(kNoActiveNode.begin(), kNoActiveNode.end(),
                     [&](std::string_view text) { return body.find(text) != std::string_view::npos; });
}

bool is_outage(const Result<http::Response>& response) {
  if (!response) return response.error().kind == ErrorKind::Transient;
  return is_outage(response->status, response->body.expose());  // expose(): looks for two texts of the server's own
}

nanoseconds Outage::pause(double dice) const {
  const nanoseconds bound = retry_pause(turns_, kFirst, kRamp);
  if (bound < kRamp) return scaled(bound, std::max(dice, 0.2));
  return kShortest + scaled(kSpread, dice);
}

bool Outage::take_turn(TimePoint now, double dice) {
  if (!down_) return true;
  if (now < next_turn_) return false;
  ++turns_;
  next_turn_ = now + pause(dice);
  return true;
}

void Outage::failed(TimePoint now, double dice, seconds retry_after) {
  if (!down_) {
    down_ = true;
    turns_ = 1;
    next_turn_ = now + pause(dice);
  }
  next_turn_ = std::max(next_turn_, now + retry_after);
}

void Outage::answered() {
  if (!down_) return;
  down_ = false;
  ++recoveries_;
}

}  // namespace leasehold::vault

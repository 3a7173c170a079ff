// A server that is away is asked by turns: one request of the whole client at a time, spread at
// random, until it answers. Pure; the program's gate around it does the waiting.
//
// After the first minute a turn comes every 3 to 7.5 s, uniformly: 5.25 s on average (at most one
// request in 5 s), and a server that is back is noticed after 2.6 s (median), 7.5 s (most).
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/http/message.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::vault {

/// Whether an answer says that the server as a whole cannot serve, whatever is asked: 502, 503, 504,
/// or a standby that knows no active node. 429 and 500 belong to the one who asked.
bool is_outage(unsigned status, std::string_view body);
/// The same of an exchange: no connection or no answer in time counts too.
bool is_outage(const Result<http::Response>& response);

/// Single-threaded.
class Outage {
 public:
  using TimePoint = runtime::Clock::TimePoint;

  [[nodiscard]] bool down() const { return down_; }
  /// When down(): nobody may ask before.
  [[nodiscard]] TimePoint next_turn() const { return next_turn_; }
  /// Grows each time the server answers after an outage. Who fails while it grows has a problem of
  /// its own, and must wait on its own account.
  [[nodiscard]] std::uint64_t recoveries() const { return recoveries_; }

  /// True: the caller may ask now; the next turn is drawn. Always true when not down().
  /// dice: 0 <= dice < 1.
  bool take_turn(TimePoint now, double dice);
  /// A request found the server away. retry_after: what the server wants, zero when it said nothing.
  void failed(TimePoint now, double dice, std::chrono::seconds retry_after);
  /// Any answer that is no outage.
  void answered();

 private:
  [[nodiscard]] std::chrono::nanoseconds pause(double dice) const;

  bool down_ = false;
  int turns_ = 0;
  TimePoint next_turn_{};
  std::uint64_t recoveries_ = 0;
};

}  // namespace leasehold::vault

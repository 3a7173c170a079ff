// How many requests a client may send. Pure.
#pragma once

#include <chrono>

#include "leasehold/runtime/clock.h"

namespace leasehold::runtime {

struct Rate {
  double per_second = 5;
  double burst = 10;  ///< how many may go at once
};

/// A token bucket that is full at first. Requests get their turn in the order in which they ask.
class Bucket {
 public:
  explicit Bucket(Rate rate) : rate_(rate), left_(rate.burst) {}
  /// Takes one token, if need be one that does not exist yet. Returns how long to wait for it.
  std::chrono::nanoseconds take(Clock::TimePoint now);

 private:
  Rate rate_;
  double left_;  ///< below 0: promised
  Clock::TimePoint at_{};
  bool started_ = false;
};

}  // namespace leasehold::runtime

// What a follower of the API server does next: list or watch, from where, after which pause. Pure.
#pragma once

#include <chrono>
#include <string>

#include "leasehold/runtime/clock.h"

namespace leasehold::kube {

/// How a list or a watch ended.
enum class Ending {
  Fine,     ///< a list was read, or a watch ran to its end
  Expired,  ///< 410: the server has forgotten our place
  Failed,   ///< anything else
};

struct WatchStep {
  bool list = true;                        ///< else watch from version
  std::chrono::nanoseconds pause{0};       ///< before it
  std::chrono::seconds lasting{0};         ///< of a watch
  std::string version;
};

class WatchPlan {
 public:
  using TimePoint = runtime::Clock::TimePoint;
  explicit WatchPlan(std::chrono::seconds resync) : resync_(resync) {}

  /// dice: 0 <= dice < 1, spreads many followers over time.
  [[nodiscard]] WatchStep next(TimePoint now, double dice) const;
  void listed(const std::string& version, TimePoint now);
  /// An event or bookmark came: a watch goes on from there, and the server is well.
  void reached(const std::string& version);
  void ended(Ending ending);

 private:
  std::chrono::seconds resync_;
  std::string version_;
  TimePoint listed_at_{};
  unsigned failures_ = 0;
  unsigned relists_ = 0;  ///< in a row, without an event between them
};

}  // namespace leasehold::kube

// Time and chance come in as parameters, so that everything that decides can be run in virtual time.
#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/awaitable.hpp>

namespace leasehold::runtime {

namespace net = boost::asio;

/// Tells time and sleeps. One object per program (RealClock) or per test (VirtualClock).
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using WallTime = std::chrono::system_clock::time_point;

  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  /// Monotonic; for waits and lease arithmetic.
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Calendar time; for expiry claims and log lines.
  [[nodiscard]] virtual WallTime wall_now() const = 0;
  /// Suspends the caller. False: cancelled. Must run on an executor that the clock knows.
  virtual net::awaitable<bool> sleep_for(std::chrono::nanoseconds duration) = 0;
};

/// The machine's clocks and Asio timers on the caller's executor.
class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] WallTime wall_now() const override;
  net::awaitable<bool> sleep_for(std::chrono::nanoseconds duration) override;
};

/// Uniform in [0, 1). Spreads many agents over time.
using Dice = std::function<double()>;
/// Seeded from the system's random source; not for secrets.
Dice make_dice();

}  // namespace leasehold::runtime

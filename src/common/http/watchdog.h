// Bounds a client's call: when time is up the stream in use is closed, which fails the operation
// that the call waits in.
#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "stream.h"

namespace leasehold::http {

class Watchdog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Watchdog(const net::any_io_executor& executor, std::chrono::nanoseconds overall);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// From now on this stream is the one to close; null = none. It must outlive the watch.
  void follow(Stream* stream);
  /// A tighter bound for a phase, such as the handshake; max() = back to the overall bound. A new
  /// phase begins unexpired, while there is time for the call.
  void limit_phase(std::chrono::nanoseconds limit);
  /// Time is up, for the phase or for all.
  [[nodiscard]] bool expired() const;
  /// Time is up for all.
  [[nodiscard]] bool call_expired() const;
  /// Until the next expiry.
  [[nodiscard]] TimePoint until() const;

 private:
  struct State;
  static void arm(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace leasehold::http

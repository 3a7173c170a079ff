// "Something changed": wakes every coroutine that waits. Single-threaded, so a waiter that tests its
// predicate right before it waits misses nothing.
#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "leasehold/runtime/clock.h"

namespace leasehold::runtime {

enum class Wake { Notified, TimedOut, Cancelled };

class Condition {
 public:
  explicit Condition(net::any_io_executor executor);
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;
  ~Condition();

  [[nodiscard]] net::any_io_executor executor() const;
  /// Wakes all that wait now. Who waits later sleeps until the next one.
  void notify_all();
  /// False: cancelled.
  net::awaitable<bool> wait();
  /// At most for duration, by the given clock.
  net::awaitable<Wake> wait_for(Clock& clock, std::chrono::nanoseconds duration);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::runtime

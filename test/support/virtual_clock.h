// Time that stands still until the test lets it jump: thirty days of renewals take milliseconds.
#pragma once

#include <map>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "leasehold/runtime/clock.h"

namespace leasehold::test {

namespace net = boost::asio;

class VirtualClock final : public runtime::Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall_now() const override {
    return WallTime(std::chrono::seconds(1'795'251'786)) +
           std::chrono::duration_cast<WallTime::duration>(now_ - TimePoint(std::chrono::hours(1))) + jump;
  }
  /// Somebody sets the calendar clock.
  WallTime::duration jump{0};
  /// Sleeps last so much longer: a machine that was suspended, a process that was not scheduled.
  std::chrono::nanoseconds late{0};

  net::awaitable<bool> sleep_for(std::chrono::nanoseconds duration) override {
    const auto state = co_await net::this_coro::cancellation_state;
    if (state.cancelled() != net::cancellation_type::none) co_return false;
    const auto timer = std::make_shared<net::steady_timer>(co_await net::this_coro::executor,
                                                           net::steady_timer::time_point::max());
    const auto due = std::make_shared<bool>(false);
    const auto place = sleepers_.emplace(now_ + late + std::max(duration, std::chrono::nanoseconds(0)), Sleeper{timer, due});
    co_await timer->async_wait(net::as_tuple(net::use_awaitable));
    if (!*due) sleepers_.erase(place);
    co_return *due;
  }

  /// Runs everything that is ready, then jumps from wake-up to wake-up for the given time.
  void run_for(net::io_context& io, std::chrono::nanoseconds duration) {
    const TimePoint end = now_ + duration;
    for (;;) {  // ends when nothing is due any more
      drain(io);
      if (sleepers_.empty() || sleepers_.begin()->first > end) break;
      const auto first = sleepers_.begin();
      now_ = std::max(now_, first->first);
      *first->second.due = true;
      first->second.timer->cancel();
      sleepers_.erase(first);
    }
    now_ = end;
    drain(io);
  }

 private:
  struct Sleeper {
    std::shared_ptr<net::steady_timer> timer;
    std::shared_ptr<bool> due;
  };

  static void drain(net::io_context& io) {
    io.restart();
    while (io.poll() != 0) io.restart();
  }

  TimePoint now_ = TimePoint(std::chrono::hours(1));
  std::multimap<TimePoint, Sleeper> sleepers_;
};

}  // namespace leasehold::test

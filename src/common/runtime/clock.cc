#include "leasehold/runtime/clock.h"

#include <random>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace leasehold::runtime {

Clock::TimePoint RealClock::now() const { return std::chrono::steady_clock::now(); }
Clock::WallTime RealClock::wall_now() const { return std::chrono::system_clock::now(); }

net::awaitable<bool> RealClock::sleep_for(std::chrono::nanoseconds duration) {
  const auto state = co_await net::this_coro::cancellation_state;
  if (state.cancelled() != net::cancellation_type::none) co_return false;
  // Asio's timers count in the clock's own unit; a negative wait is over at once.
  net::steady_timer timer(co_await net::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(duration));
  const auto [error] = co_await timer.async_wait(net::as_tuple(net::use_awaitable));
  co_return !error;
}

Dice make_dice() {
  return [engine = std::minstd_rand(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

}  // namespace leasehold::runtime

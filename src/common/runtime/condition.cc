#include "leasehold/runtime/condition.h"

#include <cstdint>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace leasehold::runtime {

namespace {

bool is_cancelled(const net::cancellation_state& state) {
  return state.cancelled() != net::cancellation_type::none;
}

}  // namespace

struct Condition::State {
  explicit State(const net::any_io_executor& executor) : timer(executor) {
    timer.expires_at(net::steady_timer::time_point::max());
  }
  // A timer that never fires: cancelling it is what wakes.
  net::steady_timer timer;
  std::uint64_t round = 0;
};

Condition::Condition(net::any_io_executor executor) : state_(std::make_unique<State>(executor)) {}
Condition::~Condition() = default;

net::any_io_executor Condition::executor() const { return state_->timer.get_executor(); }

void Condition::notify_all() {
  ++state_->round;
  state_->timer.cancel();
}

// A cancellation may arrive while the coroutine is not waiting, or together with a notification:
// it is asked for before and after each wait, since it is delivered only once.
net::awaitable<bool> Condition::wait() {
  co_await net::this_coro::throw_if_cancelled(false);
  if (is_cancelled(co_await net::this_coro::cancellation_state)) co_return false;
  const std::uint64_t round = state_->round;
  co_await state_->timer.async_wait(net::as_tuple(net::use_awaitable));
  if (is_cancelled(co_await net::this_coro::cancellation_state)) co_return false;
  co_return state_->round != round;
}

net::awaitable<Wake> Condition::wait_for(Clock& clock, std::chrono::nanoseconds duration) {
  using namespace net::experimental::awaitable_operators;
  if (is_cancelled(co_await net::this_coro::cancellation_state)) co_return Wake::Cancelled;
  const auto winner = co_await (wait() || clock.sleep_for(duration));
  if (is_cancelled(co_await net::this_coro::cancellation_state)) co_return Wake::Cancelled;
  if (winner.index() == 0) co_return std::get<0>(winner) ? Wake::Notified : Wake::Cancelled;
  co_return std::get<1>(winner) ? Wake::TimedOut : Wake::Cancelled;
}

}  // namespace leasehold::runtime

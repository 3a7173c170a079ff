// Children of a group: each has its own cancellation signal; join() waits on a timer that is
// cancelled when the last one ends.
#include "leasehold/runtime/task_group.h"

#include <cstdio>
#include <cstdlib>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace leasehold::runtime {

struct TaskGroup::State {
  explicit State(const net::any_io_executor& group_executor) : executor(group_executor), idle(group_executor) {
    idle.expires_at(net::steady_timer::time_point::max());
  }
  net::any_io_executor executor;
  std::list<net::cancellation_signal> children;
  net::steady_timer idle;
};

namespace {

[[noreturn]] void report_escaped(const std::string& name, const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "task %s ended with an exception, which is a defect: %s\n", name.c_str(), e.what());
  } catch (...) {
    std::fprintf(stderr, "task %s ended with an unknown exception, which is a defect\n", name.c_str());
  }
  std::abort();
}

// Asio's default is to throw at the next co_await after a cancellation. Here cancellation is an
// answer of the wait (false, ErrorKind::Cancelled), so that children can tidy up.
net::awaitable<void> without_throwing(net::awaitable<void> child) {
  co_await net::this_coro::throw_if_cancelled(false);
  co_await std::move(child);
}

}  // namespace

TaskGroup::TaskGroup(net::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(std::string name, net::awaitable<void> child) {
  auto& children = state_->children;
  const auto place = children.emplace(children.end());
  net::co_spawn(state_->executor, without_throwing(std::move(child)),
                net::bind_cancellation_slot(
                    place->slot(), [state = state_, place, name = std::move(name)](const std::exception_ptr& exception) {
                      if (exception) report_escaped(name, exception);
                      state->children.erase(place);
                      if (state->children.empty()) state->idle.cancel();
                    }));
}

void TaskGroup::cancel(net::cancellation_type type) {
  // A handler may end its task, and so erase the child, before emit returns.
  auto& children = state_->children;
  for (auto child = children.begin(); child != children.end();) {
    const auto next = std::next(child);
    child->emit(type);
    child = next;
  }
}

net::awaitable<void> TaskGroup::join() {
  const auto state = state_;
  // Waiting must outlive a cancelled caller: children are ours until they end.
  co_await net::this_coro::reset_cancellation_state(net::disable_cancellation());
  while (!state->children.empty()) {
    co_await state->idle.async_wait(net::as_tuple(net::use_awaitable));
  }
}

bool TaskGroup::empty() const { return state_->children.empty(); }

namespace {

// True: the time is over; false: cancelled.
net::awaitable<bool> wait_until(std::chrono::nanoseconds deadline) {
  net::steady_timer timer(co_await net::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(deadline));
  const auto [error] = co_await timer.async_wait(net::as_tuple(net::use_awaitable));
  co_return !error;
}

}  // namespace

net::awaitable<bool> race_deadline(std::chrono::nanoseconds deadline, net::awaitable<void> work) {
  using namespace net::experimental::awaitable_operators;
  const auto winner = co_await (std::move(work) || wait_until(deadline));
  co_return winner.index() == 0 || !std::get<1>(winner);
}

}  // namespace leasehold::runtime

// One io_context for one test: runs a coroutine to its end, with children beside it.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "leasehold/runtime/task_group.h"

namespace leasehold::test {

namespace net = boost::asio;

class Loop {
 public:
  Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() { cancel(tasks_); }

  net::io_context& context() { return io_; }
  net::any_io_executor executor() { return io_.get_executor(); }
  /// Children end when the loop is destroyed, at the latest; declare what they use before it.
  runtime::TaskGroup& tasks() { return tasks_; }

  /// Cancels a group and waits for its end. From inside the loop: Asio passes a cancellation that
  /// comes from outside on later, when its child may be gone.
  void cancel(runtime::TaskGroup& group) { run(cancel_and_join(group)); }

  /// Runs the coroutine and all that lives beside it until the coroutine ends. Throws when that
  /// takes longer than a test may.
  template <class T>
  T run(net::awaitable<T> work) {
    std::optional<T> answer;
    run(keep(answer, std::move(work)));
    return std::move(*answer);
  }
  void run(net::awaitable<void> work) {
    bool done = false;
    std::exception_ptr failure;
    net::co_spawn(io_, std::move(work), [&](const std::exception_ptr& exception) {
      failure = exception;
      done = true;
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    io_.restart();
    while (!done) {
      if (std::chrono::steady_clock::now() > end)
        throw std::runtime_error("test loop: 60 s are over");
      io_.run_one_for(std::chrono::seconds(1));
    }
    if (failure) std::rethrow_exception(failure);
  }

 private:
  static net::awaitable<void> cancel_and_join(runtime::TaskGroup& group) {
    group.cancel();
    co_await group.join();
  }
  template <class T>
  static net::awaitable<void> keep(std::optional<T>& slot, net::awaitable<T> work) {
    slot.emplace(co_await std::move(work));
  }
  net::io_context io_{1};
  runtime::TaskGroup tasks_{io_.get_executor()};
};

/// Real time; for tests of sockets only.
inline net::awaitable<void> pause(std::chrono::milliseconds time) {
  net::steady_timer timer(co_await net::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(net::as_tuple(net::use_awaitable));
}

}  // namespace leasehold::test

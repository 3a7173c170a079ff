// The template part of task_group.h: races work against a timer.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include "leasehold/base/result.h"
#include "leasehold/base/scalars.h"

namespace leasehold::runtime {

namespace net = boost::asio;

/// Runs work and, beside it, a timer; whichever is first ends the other. False: the timer won.
/// The caller's cancellation reaches work and counts as "in time". Throws what work throws.
net::awaitable<bool> race_deadline(std::chrono::nanoseconds deadline, net::awaitable<void> work);

template <class T>
net::awaitable<Result<T>> with_deadline(std::string what, std::chrono::nanoseconds deadline,
                                        net::awaitable<Result<T>> work) {
  std::optional<Result<T>> answer;
  // A named coroutine function keeps the parameters alive; a capturing lambda would not.
  struct Keep {
    static net::awaitable<void> into(std::optional<Result<T>>& slot, net::awaitable<Result<T>> inner) {
      // A cancelled call answers an Error; it must not be unwound by an exception at its next wait.
      co_await net::this_coro::throw_if_cancelled(false);
      slot.emplace(co_await std::move(inner));
    }
  };
  const bool in_time = co_await race_deadline(deadline, Keep::into(answer, std::move(work)));
  if (answer && in_time) co_return std::move(*answer);
  if (in_time) co_return cancelled(std::move(what) + ": cancelled");
  co_return transient(std::move(what) + ": no answer within " + format_duration(deadline));
}

}  // namespace leasehold::runtime

// Owns child coroutines: every child is awaited or cancelled, none is detached. Single-threaded:
// all children and all calls live on one executor.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>

#include "leasehold/base/result.h"

namespace leasehold::runtime {

namespace net = boost::asio;

class TaskGroup {
 public:
  explicit TaskGroup(net::any_io_executor executor);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// REQUIRES: empty(); await join() before.
  ~TaskGroup();

  /// Starts a child. name is for the report of an exception that escapes it, which is a defect of
  /// ours: it goes to on_exception (default: print and abort).
  void spawn(std::string name, net::awaitable<void> child);
  /// Asks all children to stop. Cancellation reaches the operation that each waits in.
  void cancel(net::cancellation_type type = net::cancellation_type::terminal);
  /// Returns when no child is left. Does not itself cancel them.
  net::awaitable<void> join();
  [[nodiscard]] bool empty() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs work, at most for deadline; then cancels it and answers Transient with text
/// `<what>: no answer within 5s`. The caller's own cancellation is passed on.
template <class T>
net::awaitable<Result<T>> with_deadline(std::string what, std::chrono::nanoseconds deadline,
                                        net::awaitable<Result<T>> work);

}  // namespace leasehold::runtime

#include "leasehold/runtime/with_deadline.h"  // IWYU pragma: export

// Signals as awaitable events.
#pragma once

#include <initializer_list>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace leasehold::runtime {

namespace net = boost::asio;

class Signals {
 public:
  Signals(net::any_io_executor executor, std::initializer_list<int> numbers);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();
  /// The next signal's number; 0 when cancelled.
  net::awaitable<int> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// No core dumps, no ptrace, no SIGPIPE: for programs that hold secrets. Call first in main.
/// keep_dumpable is for sanitizers and debuggers.
void harden_process(bool keep_dumpable = false);

}  // namespace leasehold::runtime

#include "leasehold/runtime/signals.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace leasehold::runtime {

struct Signals::State {
  explicit State(const net::any_io_executor& executor) : set(executor) {}
  net::signal_set set;
};

Signals::Signals(net::any_io_executor executor, std::initializer_list<int> numbers)
    : state_(std::make_unique<State>(executor)) {
  for (const int number : numbers) state_->set.add(number);
}

Signals::~Signals() = default;

net::awaitable<int> Signals::next() {
  const auto [error, number] = co_await state_->set.async_wait(net::as_tuple(net::use_awaitable));
  co_return error ? 0 : number;
}

void harden_process(bool keep_dumpable) {
  ::signal(SIGPIPE, SIG_IGN);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // Also hides /proc/PID/{environ,mem} from other processes of the same user.
  if (!keep_dumpable) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace leasehold::runtime

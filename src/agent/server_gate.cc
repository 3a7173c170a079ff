#include "server_gate.h"

#include <algorithm>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "leasehold/base/scalars.h"

namespace leasehold::agent {
namespace {

using std::chrono::nanoseconds;

/// Who has waited for his turn is given so much at least for the request itself.
constexpr nanoseconds kLeast = std::chrono::seconds(5);

std::chrono::seconds retry_after_of(const Result<http::Response>& response) {
  const auto wanted = response ? vault::retry_after(response->headers) : std::nullopt;
  return wanted.value_or(std::chrono::seconds(0));
}

/// The requests of a start come together, and answers come soon: most are better off on a connection that is
/// there. Ten handshakes instead of two cost 3 ms of processor and 200 kB here, and as much at the server.
constexpr std::int64_t kEager = 2;
constexpr nanoseconds kPatience = std::chrono::milliseconds(50);

/// Counts what is under way; peers' clients open no more connections than that.
struct Slots {
  Slots(const net::any_io_executor& executor, std::int64_t slots_max) : most(slots_max), freed(executor) {}
  [[nodiscard]] bool full() const { return most > 0 && used >= most; }
  /// Another request would need another connection, and its handshake.
  [[nodiscard]] bool crowded() const { return most > 0 && used >= kEager; }

  std::int64_t most;
  std::int64_t used = 0;
  runtime::Condition freed;
};

class Slot {
 public:
  explicit Slot(std::shared_ptr<Slots> slots) : slots_(std::move(slots)) { ++slots_->used; }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() {
    --slots_->used;
    slots_->freed.notify_all();
  }

 private:
  std::shared_ptr<Slots> slots_;
};

}  // namespace

class ServerGate::Transport final : public http::Transport {
 public:
  Transport(ServerGate& gate, std::unique_ptr<http::Transport> inner, std::shared_ptr<Slots> slots)
      : gate_(gate), inner_(std::move(inner)), slots_(std::move(slots)) {}

  net::awaitable<Result<http::Response>> send(http::Request request, nanoseconds deadline) override {
    const auto end = gate_.clock_.now() + deadline;
    if (auto entered = co_await gate_.enter(end); !entered) co_return entered.error();
    if (!co_await wait_for_slot()) co_return cancelled("request");
    const Slot slot(slots_);
    const nanoseconds rest = std::max<nanoseconds>(end - gate_.clock_.now(), std::min(deadline, kLeast));
    auto response = co_await inner_->send(std::move(request), rest);
    gate_.leave(response);
    co_return response;
  }

 private:
  // False: cancelled.
  net::awaitable<bool> wait_for_slot() {
    const auto patient_until = gate_.clock_.now() + kPatience;
    for (;;) {  // ends with a free slot, when slow answers have used up the patience, or by cancellation
      if (slots_->full()) {
        if (!co_await slots_->freed.wait()) co_return false;
        continue;
      }
      const nanoseconds rest = patient_until - gate_.clock_.now();
      if (!slots_->crowded() || rest.count() <= 0) co_return true;
      if (co_await slots_->freed.wait_for(gate_.clock_, rest) == runtime::Wake::Cancelled) co_return false;
    }
  }

  ServerGate& gate_;
  std::unique_ptr<http::Transport> inner_;
  std::shared_ptr<Slots> slots_;
};

vault::Connector ServerGate::wrap(vault::Connector connect, std::int64_t connections_max) {
  auto slots = std::make_shared<Slots>(answered_.executor(), connections_max);
  return [this, connect = std::move(connect), slots](const http::Url& url) -> std::unique_ptr<http::Transport> {
    return std::make_unique<Transport>(*this, connect(url), slots);
  };
}

nanoseconds ServerGate::rest() const {
  if (!outage_.down()) return nanoseconds(0);
  return std::max<nanoseconds>(outage_.next_turn() - clock_.now(), nanoseconds(0));
}

net::awaitable<Result<void>> ServerGate::enter(runtime::Clock::TimePoint end) {
  while (!outage_.take_turn(clock_.now(), dice_())) {
    const nanoseconds left = end - clock_.now();
    if (left.count() <= 0) co_return transient("the server is away, and was not asked again in time");
    const auto wake = co_await answered_.wait_for(clock_, std::min(left, rest()));
    if (wake == runtime::Wake::Cancelled) co_return cancelled("request");
  }
  co_return Result<void>();
}

void ServerGate::leave(const Result<http::Response>& response) {
  if (!response && response.error().kind == ErrorKind::Cancelled) return;
  if (vault::is_outage(response)) return outage_.failed(clock_.now(), dice_(), retry_after_of(response));
  outage_.answered();
  answered_.notify_all();
}

}  // namespace leasehold::agent

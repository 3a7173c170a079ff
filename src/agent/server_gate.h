// Stands between all parts of an agent and its server: while the server is away, one request at a
// time finds out whether it is back, and the others wait for that. Decisions are vault::Outage's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/condition.h"
#include "leasehold/vault/client.h"
#include "leasehold/vault/outage.h"

namespace leasehold::agent {

namespace net = boost::asio;

/// Single-threaded; outlives the transports that it makes.
class ServerGate {
 public:
  ServerGate(const net::any_io_executor& executor, runtime::Clock& clock, runtime::Dice dice)
      : clock_(clock), dice_(std::move(dice)), answered_(executor) {}

  /// Transports whose requests pass the gate. A request that waits longer than its deadline fails as
  /// one without answer (Transient).
  /// connections_max: requests at the same time through all transports of this connector; 0 = any. More than two
  /// only when answers take longer than 50 ms.
  vault::Connector wrap(vault::Connector connect, std::int64_t connections_max);

  [[nodiscard]] std::uint64_t recoveries() const { return outage_.recoveries(); }
  /// How long nobody will ask, at least; zero when the server answers.
  [[nodiscard]] std::chrono::nanoseconds rest() const;

 private:
  class Transport;
  net::awaitable<Result<void>> enter(runtime::Clock::TimePoint end);
  void leave(const Result<http::Response>& response);

  runtime::Clock& clock_;
  runtime::Dice dice_;
  vault::Outage outage_;
  runtime::Condition answered_;
};

}  // namespace leasehold::agent

// One thread of the webhook server. All members belong to its event loop.
#pragma once

#include <memory>
#include <set>
#include <string>

#include <boost/asio/io_context.hpp>

#include "leasehold/http/server.h"
#include "leasehold/log/log.h"
#include "leasehold/metrics/registry.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/task_group.h"
#include "leasehold/tls/context.h"
#include "router.h"
#include "settings.h"

namespace leasehold::injector {

namespace net = boost::asio;

class Shard;
/// All threads of one server, for the collection of metrics.
using Shards = std::vector<std::unique_ptr<Shard>>;

class Shard {
 public:
  struct Setup {
    std::shared_ptr<const Settings> settings;
    std::shared_ptr<tls::Context> certificate;
    log::Logger log;
    const Shards* all;  ///< outlives the shard
    bool reuse_port;
    bool ready = true;  ///< at first
  };
  Shard(const Setup& setup, const std::string& host, std::uint16_t port);

  /// Before run().
  Result<void> listen() { return server_.listen(); }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  [[nodiscard]] net::io_context& loop() { return loop_; }
  /// Serves until stop(); blocks.
  void run();

  // --- on this shard's loop only ---
  void use_certificate(std::shared_ptr<tls::Context> certificate) {
    certificate_ = std::move(certificate);
  }
  /// reason: what /health/ready says when it is not.
  void set_ready(bool ready, const std::string& reason) {
    certified_ = ready;
    reason_ = reason;
  }
  /// Readiness off; answers carry Connection: close.
  void announce_end();
  void stop(std::chrono::seconds grace) { server_.stop(grace); }
  [[nodiscard]] const metrics::Registry& metrics() const { return metrics_; }

 private:
  net::awaitable<http::Response> handle(http::Request request);
  void log_request(const http::Request& request) const;
  void log_answer(const Answer& answer) const;
  void log_malformed(const Answer& answer) const;
  void log_steps(const Answer& answer) const;
  void count(const Answer& answer, std::chrono::steady_clock::duration took);
  net::awaitable<std::string> collect() const;
  /// The label of a namespace in metrics; "" for what is none, or one too many.
  std::string counted_namespace(const std::string& name);

  net::io_context loop_{1};
  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<tls::Context> certificate_;
  log::Logger log_;
  const Shards* all_;
  Router router_;
  metrics::Registry metrics_;
  std::set<std::string, std::less<>> namespaces_;
  runtime::RealClock clock_;
  http::Server server_;
  runtime::TaskGroup tasks_;
  bool ending_ = false;
  bool certified_;
  std::string reason_ = "no certificate yet";
};

}  // namespace leasehold::injector

// Where a running agent is asked how it is: a unix socket for its own tools (`ready`, `check`), and HTTP
// for kubelet's probes and Prometheus on listeners with the role metrics_only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/http/server.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/local_socket.h"
#include "leasehold/runtime/task_group.h"
#include "leasehold/tls/context.h"
#include "report.h"

namespace leasehold::agent {

namespace net = boost::asio;

/// What the servers answer from.
struct StatusSource {
  std::function<AgentStatus()> status;
  std::function<std::string()> metrics;
  /// Asks for a check of all leases; says what becomes of it.
  std::function<std::string()> check;
};

/// The answer to one line at the socket: `ready`, `startup`, `live`, `check`. The first word of an
/// answer to a probe is `yes` or `no`.
std::string answer_line(std::string_view line, const StatusSource& from);

class AgentServers {
 public:
  AgentServers(net::any_io_executor executor, const AgentConfig& config, StatusSource from, log::Logger log);

  /// Error (Invalid): a port that cannot be had, a certificate that cannot be read. A socket that cannot be made
  /// is only logged.
  Result<void> listen();
  /// Reads the certificates again, for the next connections. Error (Invalid): the old one stays in use.
  Result<void> reload_certificates();
  /// Starts them; they end when the group is cancelled.
  void start(runtime::TaskGroup& tasks);
  /// REQUIRES: listen(). Port of the first listener, for tests.
  [[nodiscard]] std::uint16_t port() const { return http_.empty() ? std::uint16_t{0} : http_.front()->server->port(); }

 private:
  struct Listener {
    const ListenerConfig& config;
    std::shared_ptr<tls::Context> tls;  ///< null = plain
    std::unique_ptr<http::Server> server;
  };

  net::any_io_executor executor_;
  const AgentConfig& config_;
  StatusSource from_;
  log::Logger log_;
  std::vector<std::unique_ptr<Listener>> http_;
  std::unique_ptr<runtime::LocalServer> local_;
};

}  // namespace leasehold::agent

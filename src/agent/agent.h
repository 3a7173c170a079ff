// A running agent: everything that lives between start and end, on one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/kube/config.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/vault/client.h"
#include "login_method.h"
#include "notify.h"
#include "report.h"

namespace leasehold::agent {

namespace net = boost::asio;

/// The edges of an agent; tests bring their own.
struct AgentEdges {
  net::any_io_executor executor;
  vault::Connector connect;
  http::Url url;
  std::string name_space;  ///< from flag or environment; wins over the configuration's
  std::chrono::nanoseconds client_deadline{std::chrono::seconds(60)};
  bool follow_redirects = true;
  runtime::Clock& clock;
  runtime::Dice dice;
  log::Logger log;  ///< unnamed root
  std::function<std::optional<std::string>(std::string_view)> environment;
  std::vector<std::string> command_environment;
  std::function<void(std::string_view)> standard_output;
  /// Opens transports with another certificate, for the method cert; empty: that method cannot log in.
  std::function<Result<vault::Connector>(const LoginCertificate&)> connect_with = {};
  /// Opens transports that close after each request, for disable_keep_alives; empty: connect serves.
  vault::Connector connect_once = {};
  /// Of this machine, for the names of metrics; "" = none.
  std::string host_name = {};
  /// Where the pod's own token, CA and namespace lie; tests bring their own.
  std::string service_account_folder = std::string(kube::kServiceAccountFolder);
  /// How programs are told of changed files; empty: with real signals and requests.
  std::optional<NotifyEdges> notify = std::nullopt;
};

/// How an agent ended. A failure has been logged.
struct AgentEnd {
  int exit_code = 0;
  std::string error;
};

class Agent {
 public:
  Agent(const AgentConfig& config, AgentEdges edges);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent();

  /// What can be told before anything runs: method, sinks, templates' sources.
  /// The Error's text is what the peer prints on stdout; exit status 1.
  Result<void> prepare();
  /// Until stop(), exit_after_auth, or a failure that ends it.
  net::awaitable<AgentEnd> run();
  /// Other templates from the next pass on. Error (Invalid): what prepare() would say of their sources; the
  /// old ones stay then.
  Result<void> reload(std::vector<TemplateBlock> templates);
  /// Listeners read their certificates anew. Error (Invalid): what cannot be read; the old ones stay then.
  Result<void> reload_certificates();
  /// What it says of itself.
  [[nodiscard]] AgentStatus status() const;
  [[nodiscard]] std::string metrics() const;
  /// Ends run() in order.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::agent

// A started agent as a process: signals, reload, and what the service manager is told
// (spec/agent.md 1.4).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "agent.h"
#include "config.h"
#include "connection.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/signals.h"
#include "leasehold/runtime/task_group.h"
#include "service_manager.h"

namespace leasehold::agent {

/// How SIGHUP reads the configuration again.
struct ReloadSettings {
  std::vector<std::string> paths;
  ReadOptions options;
  bool level_fixed = false;  ///< a level given by flag or environment outlives a reload
};

class AgentProcess {
 public:
  /// All references outlive it. say: prints a line where the user looks.
  struct Parts {
    net::io_context& io;
    Agent& agent;
    const Connection& connection;
    std::shared_ptr<log::Sink> sink;
    ServiceManager service_manager;
    std::function<void(std::string_view)> say;
  };

  AgentProcess(Parts parts, ReloadSettings reload);

  /// Until the agent ends.
  net::awaitable<void> run(AgentEnd& end);

 private:
  net::awaitable<void> watch_signals();
  void reload();
  void reload_from(const AgentConfig& config);

  Parts parts_;
  ReloadSettings reload_;
  runtime::Signals signals_;
  runtime::TaskGroup tasks_;
};

}  // namespace leasehold::agent

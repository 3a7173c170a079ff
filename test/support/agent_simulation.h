// The whole agent but for sockets and clocks, in virtual time, with a file system of its own.
#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "agent.h"
#include "leasehold/runtime/files.h"
#include "support/simulated_vault.h"
#include "support/temp_dir.h"

namespace leasehold::agent {

/// The login of a simulated pod, and one template that shows a database password.
inline void configure_pod(AgentConfig& config, const test::TempDir& folder) {
  config.auto_auth.emplace();
  auto& method = config.auto_auth->method;
  method.type = "kubernetes";
  method.mount_path = "auth/kubernetes";
  method.has_config = true;
  method.config = {{"role", "app"}, {"token_path", folder / "jwt"}};
  method.config_kinds = {{"role", ConfigValueKind::Text}, {"token_path", ConfigValueKind::Text}};
  TemplateBlock block;
  block.contents = R"({{ with secret "database/creds/app" }}{{ .Data.password }}{{ end }})";
  block.destination = folder / "password";
  config.templates.push_back(block);
}

/// Edges of virtual time, chance and a simulated server; all of them must outlive the agent.
inline AgentEdges simulated_edges(net::any_io_executor executor, test::SimulatedVault& vault, test::VirtualClock& clock,
                                  std::minstd_rand& engine) {
  return {.executor = std::move(executor),
          .connect = [&vault](const http::Url&) { return std::make_unique<test::ScriptedTransport>(vault.script()); },
          .url = *http::parse_url("http://vault.example:8200"),
          .name_space = "",
          .clock = clock,
          .dice = [&engine] { return std::uniform_real_distribution<double>(0, 1)(engine); },
          .log = {},
          .environment = [](std::string_view) { return std::nullopt; },
          .command_environment = {},
          .standard_output = [](std::string_view) {}};
}

class Simulation {
 public:
  explicit Simulation(test::SimulatedVault::Settings settings = {}, unsigned seed = 1)
      : vault(clock, settings), engine_(seed) {
    std::ofstream(dir_ / "jwt") << "a.service-account.jwt\n";
    configure_pod(config, dir_);
    config.auto_auth->sinks.emplace_back();
    config.auto_auth->sinks.back().type = "file";
    config.auto_auth->sinks.back().path = dir_ / "token";
  }

  void add_template(const std::string& contents, const std::string& name) {
    TemplateBlock block;
    block.contents = contents;
    block.destination = dir_ / name;
    config.templates.push_back(block);
  }

  void start() {
    AgentEdges edges = simulated_edges(io_.get_executor(), vault, clock, engine_);
    edges.log = log;
    edges.environment = [this](std::string_view name) { return variable(name); };
    edges.command_environment = {"PATH=/usr/bin:/bin"};
    agent_ = std::make_unique<Agent>(config, std::move(edges));
    const auto ready = agent_->prepare();
    ASSERT_TRUE(ready) << ready.error().message;
    if (prepared) prepared();
    net::co_spawn(io_, run(), [](const std::exception_ptr& defect) {
      if (defect) std::rethrow_exception(defect);
    });
    pass(std::chrono::seconds(0));
  }

  void pass(std::chrono::nanoseconds duration) { clock.run_for(io_, duration); }

  void stop() {
    agent_->stop();
    pass(std::chrono::seconds(0));
    ASSERT_TRUE(end) << "did not end";
  }

  /// The next container of the pod, or the same one after a crash: memory is gone, files are there.
  void restart() {
    if (!end) stop();
    end.reset();
    start();
  }

  [[nodiscard]] std::string file(const std::string& name = "password") const {
    auto text = runtime::read_file(dir_ / name, 10'000);
    return text ? *text : std::string();
  }
  [[nodiscard]] bool file_works() const { return vault.works(file()); }

  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
  void stop_agent() { agent_->stop(); }

  AgentConfig config;
  std::map<std::string, std::string, std::less<>> environment;
  log::Logger log;
  test::VirtualClock clock;
  test::SimulatedVault vault;
  std::optional<AgentEnd> end;
  std::function<void()> prepared;  ///< called when start() has checked everything and nothing runs yet

 private:
  [[nodiscard]] std::optional<std::string> variable(std::string_view name) const {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  }
  net::awaitable<void> run() { end = co_await agent_->run(); }

  test::TempDir dir_;
  net::io_context io_{1};
  std::minstd_rand engine_;
  std::unique_ptr<Agent> agent_;
};

}  // namespace leasehold::agent

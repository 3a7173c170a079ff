// One pod with a state file whose agents are killed at any request, restarted and handed over, in virtual time.
#pragma once

#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "agent.h"
#include "leasehold/base/encoding.h"
#include "leasehold/runtime/files.h"
#include "support/agent_simulation.h"

namespace leasehold::agent {

/// A pod's volumes and server; its agents come and go.
class KillablePod {
 public:
  explicit KillablePod(test::SimulatedVault::Settings settings = {}, unsigned seed = 1) : vault(clock, settings), engine_(seed) {
    write_jwt("uid-of-the-first-pod");
    configure_pod(config, dir_);
    config.state = StateConfig{.path = dir_ / "state.json", .socket = ""};
    vault.fault = [this](const test::SeenRequest& request) { return edge(request); };
  }
  KillablePod(const KillablePod&) = delete;
  KillablePod& operator=(const KillablePod&) = delete;
  ~KillablePod() {
    if (agent_) stop();
  }

  void write_jwt(const std::string& uid) {
    std::ofstream(dir_ / "jwt") << "e30." << base64url_encode(R"({"kubernetes.io":{"namespace":"demo","pod":{"uid":")" + uid +
                                                              R"("},"serviceaccount":{"name":"app"}}})")
                                << ".c2ln";
  }

  void start(bool as_init = false) {
    end.reset();
    cut_ = false;
    config.exit_after_auth = as_init;
    AgentEdges edges = simulated_edges(io_.get_executor(), vault, clock, engine_);
    edges.notify = notify;
    agent_ = std::make_unique<Agent>(config, std::move(edges));
    ASSERT_TRUE(agent_->prepare());
    net::co_spawn(io_, run(), [](const std::exception_ptr& defect) {
      if (defect) std::rethrow_exception(defect);
    });
    pass(std::chrono::seconds(0));
  }

  void pass(std::chrono::nanoseconds duration) { clock.run_for(io_, duration); }

  void stop() {
    if (!end) agent_->stop();
    pass(std::chrono::seconds(0));
    EXPECT_TRUE(end) << "did not end";
    agent_.reset();
  }

  /// The agent is killed with request number `at` (from 1, over the life of the pod): `heard` says
  /// whether the server still saw it. What it does afterwards is not done.
  void kill_at(std::size_t at, bool heard) {
    kill_at_ = at;
    kill_heard_ = heard;
  }
  /// Restores what the killed one had left on its volumes.
  void bury() {
    if (!cut_) snapshot();
    cut_ = true;
    stop();
    for (const auto& [name, text] : left_) {
      if (text) {
        std::ofstream(dir_ / name, std::ios::binary) << *text;
      } else {
        ::unlink((dir_ / name).c_str());
      }
    }
    kill_at_ = 0;
  }
  [[nodiscard]] bool was_killed() const { return cut_; }

  [[nodiscard]] std::string file(const std::string& name = "password") const {
    auto text = runtime::read_file(dir_ / name, 100'000);
    return text ? *text : std::string();
  }
  [[nodiscard]] bool file_works() const { return vault.works(file()); }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }

  AgentConfig config;
  test::VirtualClock clock;
  test::SimulatedVault vault;
  std::optional<AgentEnd> end;
  std::optional<NotifyEdges> notify;

  [[nodiscard]] const Agent& agent() const { return *agent_; }

 private:
  net::awaitable<void> run() { end = co_await agent_->run(); }

  void snapshot() {
    left_.clear();
    for (const char* name : {"state.json", "password"}) {
      auto text = runtime::read_file(dir_ / name, 100'000);
      left_[name] = text ? std::optional<std::string>(*text) : std::nullopt;
    }
  }

  std::optional<Result<http::Response>> edge(const test::SeenRequest& request) {
    if (cut_) return transient("killed");
    if (kill_at_ == 0 || vault.script().seen.size() != kill_at_) return std::nullopt;
    snapshot();
    if (kill_heard_) {
      const auto again = std::exchange(vault.fault, nullptr);
      (void)vault.script().answer(request);
      vault.fault = again;
    }
    cut_ = true;
    return transient("killed");
  }

  test::TempDir dir_;
  net::io_context io_{1};
  std::minstd_rand engine_;
  std::unique_ptr<Agent> agent_;
  std::map<std::string, std::optional<std::string>> left_;
  std::size_t kill_at_ = 0;
  bool kill_heard_ = false;
  bool cut_ = false;
};

}  // namespace leasehold::agent

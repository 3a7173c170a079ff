// The development server's core without sockets: scripted database and network, virtual time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core.h"
#include "http_rules.h"
#include "support/loop.h"
#include "support/virtual_clock.h"

namespace leasehold::test {

/// Remembers what was to be run and answers by a function.
class ScriptedDatabases final : public devvault::Databases {
 public:
  std::vector<devvault::SqlPlan> plans;
  std::vector<std::string> urls;
  std::function<Result<void>(const devvault::SqlPlan&)> answer = [](const devvault::SqlPlan&) { return Result<void>(); };

  std::shared_ptr<devvault::Database> open(SecretString url) override {
    urls.emplace_back(url.expose());
    return std::make_shared<One>(*this);
  }

 private:
  class One final : public devvault::Database {
   public:
    explicit One(ScriptedDatabases& owner) : owner_(owner) {}
    net::awaitable<Result<void>> run(devvault::SqlPlan plan) override {
      owner_.plans.push_back(plan);
      co_return owner_.answer(plan);
    }

   private:
    ScriptedDatabases& owner_;
  };
};

class ScriptedOutbound final : public devvault::Outbound {
 public:
  std::vector<std::string> bodies;
  std::function<Result<http::Response>(const http::Request&)> answer = [](const http::Request&) {
    return Result<http::Response>(transient("connection refused"));
  };
  net::awaitable<Result<http::Response>> send(std::string /*url*/, std::string /*ca_pem*/, http::Request request) override {
    bodies.emplace_back(request.body.expose());
    co_return answer(request);
  }
};

struct Reply {
  unsigned status = 0;
  devvault::Json body;

  [[nodiscard]] std::string error() const {
    const devvault::Json& errors = devvault::member(body, "errors");
    return errors.is_array() && !errors.empty() ? errors[0].get<std::string>() : std::string();
  }
  [[nodiscard]] const devvault::Json& data() const { return devvault::member(body, "data"); }
};

class DevvaultWorld {
 public:
  DevvaultWorld() {
    state.lifecycle = &lifecycle;
    state.seal.key = std::string(32, 'k');
    core = std::make_unique<devvault::Core>(state);
    auto root = std::make_shared<devvault::Token>();
    root->id = kRoot;
    root->policies = {"root"};
    root->initial_root = true;
    state.tokens.add(std::move(root));
    loop.tasks().spawn("timers", lifecycle.run());
  }
  DevvaultWorld(const DevvaultWorld&) = delete;
  DevvaultWorld& operator=(const DevvaultWorld&) = delete;
  ~DevvaultWorld() { loop.run(end()); }

  static constexpr const char* kRoot = "root-token-of-the-tests";

  /// One request; body is JSON text.
  Reply ask(const std::string& method, const std::string& path, const std::string& body = "",
            const std::string& token = kRoot) {
    http::Request request;
    request.method = method;
    request.target = "/v1/" + path;
    request.headers.set("X-Vault-Token", token);
    request.body = SecretString(body);
    request.remote_address = "127.0.0.1";
    const http::Response response = loop.run(core->respond(std::move(request)));
    auto parsed = devvault::parse_json(response.body.empty() ? std::string_view("null") : response.body.expose());
    return {.status = response.status, .body = parsed ? *std::move(parsed) : devvault::Json()};
  }
  void pass(std::chrono::nanoseconds time) { clock.run_for(loop.context(), time); }

  VirtualClock clock;
  ScriptedDatabases databases;
  ScriptedOutbound outbound;
  Loop loop;
  devvault::State state{clock, databases, outbound, log::Logger()};
  devvault::Lifecycle lifecycle{state, loop.executor(), [] { return 0.5; }};
  std::unique_ptr<devvault::Core> core;

 private:
  net::awaitable<void> end() {
    co_await lifecycle.stop();
    co_await loop.tasks().join();
  }
};

}  // namespace leasehold::test

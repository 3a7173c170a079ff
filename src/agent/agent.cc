#include "agent.h"

#include <utility>

#include "auth_handler.h"
#include "fetch.h"
#include "leasehold/runtime/task_group.h"
#include "lease_watch.h"
#include "login_method.h"
#include "runner.h"
#include "secret_store.h"
#include "secret_watch.h"
#include "server_gate.h"
#include "sinks.h"
#include "start_checks.h"
#include "token_holder.h"
#include "version.h"

namespace leasehold::agent {
namespace {

std::string user_agent(std::string_view part) {
  return "Vault Agent " + std::string(part) + "/" + std::string(kVersion) + " (leasehold)";
}

const vault::Connector& connector_of(const AgentConfig& config, const AgentEdges& edges, std::string_view part) {
  return closes_connections(config, part) && edges.connect_once ? edges.connect_once : edges.connect;
}

vault::ClientOptions client_options(const AgentConfig& config, const AgentEdges& edges, std::string_view part,
                                    vault::Connector connect) {
  vault::ClientOptions options;
  options.url = edges.url;
  options.connect = std::move(connect);
  options.name_space = edges.name_space;
  if (options.name_space.empty() && config.auto_auth) options.name_space = config.auto_auth->method.namespace_;
  if (options.name_space.empty() && config.vault) options.name_space = config.vault->namespace_;
  options.user_agent = user_agent(part);
  options.deadline = edges.client_deadline;
  return options;
}

}  // namespace

struct Agent::State {
  State(const AgentConfig& agent_config, AgentEdges agent_edges)
      : config(agent_config),
        edges(std::move(agent_edges)),
        gate(edges.executor, edges.clock, edges.dice),
        login_client(client_options(config, edges, "Auto-Auth", gate.wrap(connector_of(config, edges, "auto-auth"), 0))),
        template_client(client_options(config, edges, "Templating",
                                       gate.wrap(connector_of(config, edges, "templating"),
                                                 config.template_config.max_connections_per_host))),
        context{config,     login_client,           template_client,   edges.clock,
                edges.dice, edges.log.named("agent"), edges.environment, edges.standard_output,
                &gate},
        tokens(edges.executor),
        store(edges.executor),
        fetcher(context),
        check(config.template_config.lease_check_interval),
        leases_changed(edges.executor),
        sinks(context),
        runner(context, store, edges.command_environment,
               [this](std::shared_ptr<SecretRecord> record) { start_watch(std::move(record)); }),
        ended(edges.executor),
        tasks(edges.executor) {}

  const AgentConfig& config;
  AgentEdges edges;
  ServerGate gate;
  vault::Client login_client;
  vault::Client template_client;
  Context context;
  TokenHolder tokens;
  SecretStore store;
  Fetcher fetcher;
  vault::LeaseCheck check;
  runtime::Condition leases_changed;
  Sinks sinks;
  Runner runner;
  std::unique_ptr<LoginMethod> method;
  std::unique_ptr<AuthHandler> auth;
  bool sinks_done = false;
  bool runner_started = false;
  std::optional<AgentEnd> end;
  runtime::Condition ended;
  runtime::TaskGroup tasks;

  [[nodiscard]] WatchDeps watch_deps() { return {context, tokens, store, fetcher, check, leases_changed}; }

  [[nodiscard]] bool is_init_undone() const {
    return config.exit_after_auth && config.auto_auth && (!sinks_done || !runner.all_rendered());
  }

  void finish(AgentEnd how) {
    if (!end) end = std::move(how);
    ended.notify_all();
  }

  void fail(const Error& error) {
    if (error.kind == ErrorKind::Cancelled) return;
    context.log.error("runtime error encountered", {{"error", error.message}, {"exitCode", 1}});
    finish({1, error.message});
  }

  void use_certificate() {
    const LoginCertificate* certificate = method->certificate();
    if (certificate == nullptr || !edges.connect_with) return;
    const auto make = [this, certificate]() -> Result<std::unique_ptr<vault::Client>> {
      auto connect = edges.connect_with(*certificate);
      if (!connect) return connect.error();
      return std::make_unique<vault::Client>(client_options(config, edges, "Auto-Auth", gate.wrap(*std::move(connect), 0)));
    };
    auth->use_own_client(make, certificate->reload);
  }

  void start_watch(std::shared_ptr<SecretRecord> record) {
    const std::string name = record->dependency.name;
    tasks.spawn(name, watch(std::move(record)));
  }

  net::awaitable<void> watch(std::shared_ptr<SecretRecord> record) {
    const WatchEnd how = co_await watch_secret(watch_deps(), std::move(record));
    if (how.exhausted) fail(how.error.in("template server"));
  }

  net::awaitable<void> authenticate() { fail(co_await auth->run()); }
  net::awaitable<void> render() { fail(co_await runner.run()); }

  net::awaitable<void> write_sinks() {
    co_await sinks.run(tokens, config.exit_after_auth);
    sinks_done = true;
    runner.passed().notify_all();
  }

  // A new token: leases that hang on the old one must be read anew.
  net::awaitable<void> spread_tokens() {
    const log::Logger server = context.log.named("template.server");
    while (co_await tokens.changed().wait()) {
      server.info("template server received new token");
      store.wake_all();
    }
  }

  net::awaitable<void> exit_when_done() {
    while (!sinks_done || !runner.all_rendered()) {
      if (!co_await runner.passed().wait()) co_return;
    }
    context.log.info("sinks finished, exiting");
    finish({0, ""});
  }

  void start_runner() {
    if (!std::exchange(runner_started, true)) tasks.spawn("template server", render());
  }

  void start() {
    if (config.auto_auth) {
      tasks.spawn("token spread", spread_tokens());
      tasks.spawn("sinks", write_sinks());
      tasks.spawn("auth handler", authenticate());
      if (config.auto_auth->enable_reauth_on_new_credentials) tasks.spawn("credentials", auth->watch_credentials());
      if (!config.templates.empty()) start_runner();
      if (!config.exit_after_auth) tasks.spawn("lease check", watch_leases(watch_deps()));
      if (config.exit_after_auth) tasks.spawn("exit after auth", exit_when_done());
    }
  }
};

Agent::Agent(const AgentConfig& config, AgentEdges edges) : state_(std::make_unique<State>(config, std::move(edges))) {}
Agent::~Agent() = default;

Result<void> Agent::prepare() {
  auto& state = *state_;
  if (!state.config.auto_auth) return {};
  auto method = make_login_method(state.config.auto_auth->method, state.context.log.named("auth.handler"));
  if (!method) return method.error();
  state.method = *std::move(method);
  state.auth = std::make_unique<AuthHandler>(state.context, *state.method, state.tokens);
  state.use_certificate();
  return state.sinks.prepare();
}

net::awaitable<AgentEnd> Agent::run() {
  auto& state = *state_;
  if (auto ready = state.runner.prepare(); !ready) {
    state.fail(ready.error());
    co_return *state.end;
  }
  state.start();
  while (!state.end) {
    if (!co_await state.ended.wait()) stop();
  }
  state.tasks.cancel();
  co_await state.tasks.join();
  co_return *state.end;
}

Result<void> Agent::reload(std::vector<TemplateBlock> templates) {
  auto& state = *state_;
  if (!state.config.auto_auth || state.end) return {};
  const bool any = !templates.empty();
  auto taken = state.runner.reload(std::move(templates));
  if (taken && any) state.start_runner();
  return taken;
}

void Agent::stop() {
  auto& state = *state_;
  if (state.is_init_undone() && !state.end) {
    // An init container that is stopped must not let the application start without its files.
    state.context.log.error("stopped before all sinks and templates were written", {{"exitCode", 1}});
    return state.finish({1, "stopped before all sinks and templates were written"});
  }
  state.finish({0, ""});
}

}  // namespace leasehold::agent

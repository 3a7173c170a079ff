#include "agent.h"

#include <utility>

#include "agent_servers.h"
#include "auth_handler.h"
#include "fetch.h"
#include "leasehold/runtime/task_group.h"
#include "leasehold/vault/advice.h"
#include "lease_retirement.h"
#include "lease_watch.h"
#include "login_method.h"
#include "pod_events.h"
#include "runner.h"
#include "secret_store.h"
#include "secret_watch.h"
#include "server_gate.h"
#include "sinks.h"
#include "start_checks.h"
#include "state_keeper.h"
#include "tellers.h"
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

std::string name_space_of(const AgentConfig& config, const AgentEdges& edges) {
  if (!edges.name_space.empty()) return edges.name_space;
  if (config.auto_auth && !config.auto_auth->method.namespace_.empty()) return config.auto_auth->method.namespace_;
  return config.vault ? config.vault->namespace_ : std::string();
}

vault::ClientOptions client_options(const AgentConfig& config, const AgentEdges& edges, std::string_view part,
                                    vault::Connector connect) {
  vault::ClientOptions options;
  options.url = edges.url;
  options.connect = std::move(connect);
  options.name_space = name_space_of(config, edges);
  options.user_agent = user_agent(part);
  options.deadline = edges.client_deadline;
  options.follow_redirects = edges.follow_redirects;
  return options;
}

constexpr std::chrono::seconds kCheckEvery{1};
constexpr std::chrono::seconds kRevokeAgain{30};
/// Kubernetes gives 30 s for all of the end.
constexpr std::chrono::seconds kRevokeDeadline{5};
constexpr std::chrono::seconds kLastEvent{1};

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
        state(config.state ? config.state->path : "", edges.clock, context.log.named("state")),
        retirement(context, tokens, state),
        journal(config.state ? journal_path(config.state->path) : "", edges.clock, context.log.named("journal")),
        metrics(MetricNames(config.telemetry, edges.host_name)),
        pod_events({.on = config.pod_events,
                    .executor = edges.executor,
                    .clock = edges.clock,
                    .environment = edges.environment,
                    .folder = edges.service_account_folder,
                    .log = context.log.named("events")}),
        diagnosis(config.termination_message_path,
                  [this](const std::string& line) {
                    if (line.empty()) return pod_events.settle();
                    pod_events.tell(line);
                  }),
        runner(context, store, edges.command_environment,
               [this](std::shared_ptr<SecretRecord> record) { start_watch(std::move(record)); },
               tellers(), edges.notify ? *edges.notify : real_notify_edges(edges.executor)),
        servers(edges.executor, config, status_source(), context.log.named("listener")),
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
  StateKeeper state;
  LeaseRetirement retirement;
  CheckRequest asked;
  Journal journal;
  AgentMetrics metrics;
  PodEvents pod_events;
  Diagnosis diagnosis;
  Runner runner;
  AgentServers servers;
  std::unique_ptr<LoginMethod> method;
  std::unique_ptr<AuthHandler> auth;
  bool sinks_done = false;
  bool runner_started = false;
  std::optional<AgentEnd> end;
  runtime::Condition ended;
  runtime::TaskGroup tasks;

  [[nodiscard]] WatchDeps watch_deps() {
    return {context, tokens, store, fetcher, check, leases_changed, state, retirement, tellers(), asked};
  }
  [[nodiscard]] Tellers tellers() { return {journal, metrics, diagnosis}; }

  [[nodiscard]] bool is_init_undone() const {
    return config.exit_after_auth && config.auto_auth && (!sinks_done || !runner.all_rendered());
  }

  void finish(AgentEnd how) {
    if (!end) end = std::move(how);
    ended.notify_all();
  }

  [[nodiscard]] AgentStatus status() const {
    const auto now = edges.clock.now();
    AgentStatus status;
    status.authenticated = tokens.usable();
    status.all_rendered = runner.all_rendered();
    status.diagnosis = diagnosis.last();
    for (const auto& [name, record] : store.records()) {
      SecretStatus secret{.name = name, .here = record->value.has_value()};
      if (secret.here) {
        secret.age = now - record->facts.read_at;
        secret.proof = now - record->facts.proved_at;
        if (record->facts.ends_at) secret.ends_in = *record->facts.ends_at - now;
      }
      status.secrets.push_back(std::move(secret));
    }
    return status;
  }

  [[nodiscard]] std::string metrics_page() const {
    const double wall = std::chrono::duration<double>(edges.clock.wall_now().time_since_epoch()).count();
    return metrics_text(metrics, status(), wall);
  }

  // At most one a second, so that an application in a loop of failing logins costs nothing.
  std::string ask_for_check() {
    if (config.exit_after_auth || check.off()) return "leases are not looked up by this agent";
    const auto now = edges.clock.now();
    if (asked.last && now - *asked.last < kCheckEvery) return "asked already, within this second";
    asked.last = now;
    asked.due = true;
    leases_changed.notify_all();
    return "leases are being looked up";
  }

  [[nodiscard]] StatusSource status_source() {
    return {.status = [this] { return status(); },
            .metrics = [this] { return metrics_page(); },
            .check = [this] { return ask_for_check(); }};
  }

  void fail(const Error& error) {
    if (error.kind == ErrorKind::Cancelled) return;
    if (diagnosis.last().empty()) (void)diagnosis.tell("end", vault::cause_of(error.message));
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
    co_await revoke_superseded();
    context.log.info("sinks finished, exiting");
    finish({0, ""});
  }

  void start_runner() {
    if (!std::exchange(runner_started, true)) tasks.spawn("template server", render());
  }

  // Tokens of runs that were cut off may hold leases that nobody knows of. When everything is rendered under their
  // successor, nothing needs them any more.
  net::awaitable<void> revoke_superseded() {
    while (!state.superseded().empty()) {
      const SecretString token = state.superseded().front().clone();
      auto answer = co_await template_client.revoke_self(token);
      const bool done = answer && (answer->ok() || vault::refuses_for_good(*answer));
      if (done) {
        context.log.info("revoked the token of a run that was cut off");
        state.revoked_superseded();
      } else if (config.exit_after_auth || !co_await edges.clock.sleep_for(kRevokeAgain)) {
        co_return;  // handed over
      }
    }
  }

  net::awaitable<void> clean_up() {
    while (!runner.all_rendered()) {
      if (!co_await runner.passed().wait()) co_return;
    }
    co_await revoke_superseded();
  }

  // What was rendered lives by the token, and who resumes the state lives by it too.
  [[nodiscard]] bool hands_over() const { return config.exit_after_auth && end->exit_code == 0; }

  net::awaitable<void> revoke_token() {
    if (!config.revoke_on_shutdown || hands_over() || !tokens.usable()) co_return;
    const Token token = *tokens.current();
    auto answer = co_await runtime::with_deadline("revoke the token", kRevokeDeadline,
                                                  login_client.revoke_self(*token.value));
    if (answer && answer->ok()) {
      context.log.info("token revoked");
      state.token_revoked();
    } else {
      const Error error =
          answer ? login_client.failure_of(*answer, "PUT", "auth/token/revoke-self") : answer.error();
      context.log.error("the token could not be revoked", {{"error", error.message}});
    }
  }

  void start() {
    if (config.auto_auth) {
      retirement.resume();
      tasks.spawn("pod events", pod_events.run());
      servers.start(tasks);
      if (!config.exit_after_auth) {
        tasks.spawn("lease retirement", retirement.run());
        if (!state.superseded().empty()) tasks.spawn("clean up", clean_up());
      }
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
  // compat: of a wrong sink and a wrong method the sink is told
  if (auto ready = state.sinks.prepare(); !ready) return ready;
  auto method = make_login_method(state.config.auto_auth->method, state.context.log.named("auth.handler"));
  if (!method) return method.error();
  state.method = *std::move(method);
  state.auth = std::make_unique<AuthHandler>(state.context, *state.method, state.tokens, state.state, state.tellers());
  state.use_certificate();
  return state.servers.listen();
}

net::awaitable<AgentEnd> Agent::run() {
  auto& state = *state_;
  if (auto ready = state.runner.prepare(); !ready) {
    state.fail(ready.error());
    co_return *state.end;
  }
  state.journal.load();
  if (state.state.on()) {  // the binding reads the pod's token
    state.state.load(own_binding(state.config, state.login_client.url_of(""), name_space_of(state.config, state.edges)));
  }
  state.start();
  while (!state.end) {
    if (!co_await state.ended.wait()) stop();
  }
  state.tasks.cancel();
  co_await state.tasks.join();
  // Who ends by a failure has often just said why.
  if (state.end->exit_code != 0) co_await state.pod_events.run_out(kLastEvent);
  co_await state.revoke_token();
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

Result<void> Agent::reload_certificates() { return state_->servers.reload_certificates(); }

AgentStatus Agent::status() const { return state_->status(); }
std::string Agent::metrics() const { return state_->metrics_page(); }

void Agent::stop() {
  auto& state = *state_;
  if (state.is_init_undone() && !state.end) {
    // An init container that is stopped must not let the application start without its files.
    state.context.log.error("stopped before all sinks and templates were written", {{"exitCode", 1}});
    (void)state.diagnosis.tell("end", "stopped before all sinks and templates were written");
    return state.finish({1, "stopped before all sinks and templates were written"});
  }
  state.finish({0, ""});
}

}  // namespace leasehold::agent

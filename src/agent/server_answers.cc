#include "server_answers.h"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "connection.h"
#include "context.h"
#include "fetch.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/vault/advice.h"
#include "login_method.h"
#include "version.h"

namespace leasehold::agent {
namespace {

vault::ClientOptions client_options(const AgentConfig& config, const ConnectionSettings& settings,
                                    const Connection& connection) {
  vault::ClientOptions options;
  options.url = connection.url;
  options.connect = connection.connect;
  options.name_space = settings.name_space;
  if (options.name_space.empty() && config.auto_auth)
    options.name_space = config.auto_auth->method.namespace_;
  if (options.name_space.empty() && config.vault) options.name_space = config.vault->namespace_;
  options.user_agent = "leasehold/" + std::string(kVersion) + " (render)";
  options.deadline = settings.deadline;
  return options;
}

net::awaitable<void> log_in(vault::Client& client, const MethodConfig& method, SecretString body,
                            std::optional<Result<vault::Answer>>& out) {
  out.emplace(co_await client.login(method.mount_path, std::move(body), method.wrap_ttl));
}

net::awaitable<void> fetch(Fetcher& fetcher, gofuncs::Dependency dependency, Token token,
                           std::optional<Fetcher::Outcome>& out) {
  out.emplace(co_await fetcher.fetch(std::move(dependency), std::move(token)));
}

std::string with_advice(const std::string& message, const std::string& advice) {
  return advice.empty() ? message : message + "; " + advice;
}

}  // namespace

struct ServerAnswers::State {
  State(const AgentConfig& agent_config, const flags::Environment& environment)
      : config(agent_config), environment_(environment) {}

  const AgentConfig& config;
  const flags::Environment& environment_;
  net::io_context io{1};
  runtime::RealClock clock;
  runtime::Dice dice = runtime::make_dice();
  std::optional<vault::Client> client;
  std::optional<Context> context;
  std::optional<Fetcher> fetcher;
  Token token;

  template <class Work>
  void run(Work work) {
    // The root task: its exceptions are defects and end the program through io.run().
    net::co_spawn(io, std::move(work), [](const std::exception_ptr& defect) {
      if (defect) std::rethrow_exception(defect);
    });
    io.restart();
    io.run();
  }

  void connect(const ConnectionSettings& settings, const Connection& connection) {
    client.emplace(client_options(config, settings, connection));
    const log::Logger log(
        log::make_sink(
            {.level = log::Level::Warn, .format = log::Format::Standard, .descriptor = 2}),
        "render");
    context.emplace(Context{config, *client, *client, clock, dice, log, environment_, {}});
    fetcher.emplace(*context);
  }

  Result<SecretString> log_in_now() {
    const MethodConfig& wanted = config.auto_auth->method;
    auto method = make_login_method(wanted);
    if (!method) return method.error();
    auto body = (*method)->login_body();
    if (!body) return body.error();
    std::optional<Result<vault::Answer>> answer;
    run(log_in(*client, wanted, *std::move(body), answer));
    if (!*answer) return answer->error();
    vault::Answer& got = **answer;
    if (!got.ok()) {
      Error error = client->failure_of(got, "PUT", wanted.mount_path + "/login");
      error.message = with_advice(error.message, vault::advice("login", wanted.mount_path, got));
      return error;
    }
    if (!got.auth || got.auth->client_token.empty())
      return transient("authentication returned empty client token");
    return got.auth->client_token.clone();
  }
};

ServerAnswers::ServerAnswers(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerAnswers::~ServerAnswers() = default;

Result<std::unique_ptr<ServerAnswers>> ServerAnswers::create(
    const AgentConfig& config, const flags::Parsed& given, const flags::Environment& environment) {
  const auto settings =
      resolve_connection(config.vault ? &*config.vault : nullptr, given, environment);
  if (!settings) return settings.error();
  auto state = std::make_unique<State>(config, environment);
  const auto connection = open_connection(state->io.get_executor(), *settings);
  if (!connection) return connection.error();
  state->connect(*settings, *connection);
  auto token = config.auto_auth ? state->log_in_now() : own_token(environment);
  if (!token) return token.error().in("log in");
  state->token.value = std::make_shared<const SecretString>(*std::move(token));
  return std::unique_ptr<ServerAnswers>(new ServerAnswers(std::move(state)));
}

Result<gotemplate::Value> ServerAnswers::answer(const gofuncs::Dependency& dependency) {
  std::optional<Fetcher::Outcome> outcome;
  state_->run(fetch(*state_->fetcher, dependency, state_->token, outcome));
  if (*outcome) return std::move((**outcome).value);
  Error error = outcome->error().error;
  error.message = with_advice(error.message, outcome->error().advice);
  return error;
}

}  // namespace leasehold::agent

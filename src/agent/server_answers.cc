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
  options.follow_redirects = settings.follow_redirects;
  return options;
}

/// The agent may need its credential files after us: they stay.
MethodConfig leaving_files(MethodConfig method) {
  for (const char* key : {"remove_jwt_after_reading", "remove_secret_id_file_after_reading",
                          "remove_password_after_reading"}) {
    method.config[key] = "false";
    method.config_kinds[key] = ConfigValueKind::Text;
  }
  return method;
}

net::awaitable<Result<SecretString>> log_in(vault::Client& client, const MethodConfig& config,
                                            LoginMethod& method) {
  auto request = co_await method.next_login(client);
  if (!request) co_return request.error();
  if (request->own_token) co_return *std::move(request->own_token);
  vault::Call call;
  call.method = "PUT";
  call.path = request->path;
  call.body = std::move(request->body);
  auto got = co_await client.send(std::move(call), nullptr);
  if (!got) co_return got.error();
  if (!got->ok()) {
    Error error = client.failure_of(*got, "PUT", request->path);
    const std::string advice = vault::advice("login", config.mount_path, *got);
    if (!advice.empty()) error.message += "; " + advice;
    co_return error;
  }
  if (!got->auth || got->auth->client_token.empty())
    co_return transient("authentication returned empty client token");
  co_return std::move(got->auth->client_token);
}

net::awaitable<void> log_in_to(vault::Client& client, const MethodConfig& config, LoginMethod& method,
                               std::optional<Result<SecretString>>& out) {
  out.emplace(co_await log_in(client, config, method));
}

net::awaitable<void> fetch(Fetcher& fetcher, gofuncs::Dependency dependency, Token token,
                           std::optional<Fetcher::Outcome>& out) {
  out.emplace(co_await fetcher.fetch(std::move(dependency), std::move(token)));
}

std::string with_advice(const std::string& message, const std::string& advice) {
  return advice.empty() ? message : message + "; " + advice;
}

}  // namespace

namespace {

/// settings: gets the certificate that the method logs in with.
Result<std::unique_ptr<LoginMethod>> make_method(const MethodConfig& config, ConnectionSettings& settings) {
  if (config.config.contains("secret_id_response_wrapping_path"))
    return invalid("a wrapped secret id serves once, and the agent needs it: set VAULT_TOKEN instead");
  auto method = make_login_method(leaving_files(config), log::Logger());
  if (!method) return method;
  if (const LoginCertificate* own = (*method)->certificate()) {
    if (!own->ca_cert.empty()) settings.ca_cert = own->ca_cert;
    if (!own->client_cert.empty()) settings.client_cert = own->client_cert;
    if (!own->client_key.empty()) settings.client_key = own->client_key;
  }
  return method;
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

  Result<SecretString> log_in_now(LoginMethod& method) {
    std::optional<Result<SecretString>> made;
    run(log_in_to(*client, config.auto_auth->method, method, made));
    return *std::move(made);
  }
};

ServerAnswers::ServerAnswers(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerAnswers::~ServerAnswers() = default;

Result<std::unique_ptr<ServerAnswers>> ServerAnswers::create(
    const AgentConfig& config, const flags::Parsed& given, const flags::Environment& environment) {
  auto settings = resolve_connection(config.vault ? &*config.vault : nullptr, given, environment);
  if (!settings) return settings.error();
  std::unique_ptr<LoginMethod> method;
  if (config.auto_auth) {
    auto made = make_method(config.auto_auth->method, *settings);
    if (!made) return made.error();
    method = *std::move(made);
  }
  auto state = std::make_unique<State>(config, environment);
  const auto connection = open_connection(state->io.get_executor(), *settings);
  if (!connection) return connection.error();
  state->connect(*settings, *connection);
  auto token = method ? state->log_in_now(*method) : own_token(environment);
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

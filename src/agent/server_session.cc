#include "server_session.h"

#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "connection.h"
#include "version.h"

namespace leasehold::agent {

struct ServerSession::State {
  State(vault::ClientOptions options, Result<SecretString> own) : client(std::move(options)), token(std::move(own)) {}

  vault::Client client;
  Result<SecretString> token;
};

namespace {

net::awaitable<void> send_to(vault::Client& client, vault::Call call, const SecretString* token,
                             std::optional<Result<vault::Answer>>& out) {
  out.emplace(co_await client.send(std::move(call), token));
}

}  // namespace

ServerSession::ServerSession(std::unique_ptr<net::io_context> io, std::unique_ptr<State> state)
    : io_(std::move(io)), state_(std::move(state)) {}
ServerSession::~ServerSession() = default;

Result<std::unique_ptr<ServerSession>> ServerSession::open(const flags::Parsed& given,
                                                           const flags::Environment& environment) {
  const auto settings = resolve_connection(nullptr, given, environment);
  if (!settings) return settings.error();
  auto io = std::make_unique<net::io_context>(1);
  const auto connection = open_connection(io->get_executor(), *settings);
  if (!connection) return connection.error();
  vault::ClientOptions options;
  options.url = connection->url;
  options.connect = connection->connect;
  options.name_space = settings->name_space;
  options.user_agent = "leasehold/" + std::string(kVersion);
  options.deadline = settings->deadline;
  auto state = std::make_unique<State>(std::move(options), own_token(environment));
  return std::unique_ptr<ServerSession>(new ServerSession(std::move(io), std::move(state)));
}

Result<vault::Answer> ServerSession::send(vault::Call call) {
  std::optional<Result<vault::Answer>> answer;
  const SecretString* token = state_->token ? &*state_->token : nullptr;
  net::co_spawn(*io_, send_to(state_->client, std::move(call), token, answer), [](const std::exception_ptr& defect) {
    if (defect) std::rethrow_exception(defect);
  });
  io_->restart();
  while (!answer) io_->run_one();
  return *std::move(answer);
}

Result<vault::Answer> ServerSession::ask(vault::Call call, bool absent_is_ok) {
  if (!state_->token) return state_->token.error();
  const std::string method = call.method;
  const std::string path = call.path;
  auto answer = send(std::move(call));
  if (!answer || answer->ok() || (absent_is_ok && answer->status == 404)) return answer;
  return state_->client.failure_of(*answer, method, path);
}

}  // namespace leasehold::agent

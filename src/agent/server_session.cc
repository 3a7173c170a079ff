#include "server_session.h"

#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "connection.h"
#include "leasehold/runtime/clock.h"
#include "request_options.h"
#include "version.h"

namespace leasehold::agent {

struct ServerSession::State {
  State(vault::ClientOptions client_options, Result<SecretString> own)
      : name_space(client_options.name_space), client(std::move(client_options)), token(std::move(own)) {}

  std::string name_space;
  vault::Client client;
  Result<SecretString> token;
  RequestOptions request;
  std::uint64_t retries = 0;
};

namespace {

bool is_worth_a_retry(const Result<vault::Answer>& answer) {
  if (!answer) return answer.error().kind == ErrorKind::Transient;
  constexpr unsigned kNotImplemented = 501;
  return answer->status == 412 || answer->status == 429 || (answer->status >= 500 && answer->status != kNotImplemented);
}

/// compat: k times 1 to 1.5 seconds before try k+1; a server that names its time gets it (spec/agent.md 2.3)
std::chrono::nanoseconds pause_before(std::uint64_t tries, const Result<vault::Answer>& answer, const runtime::Dice& dice) {
  if (answer && answer->retry_after) return *answer->retry_after;
  const double seconds = static_cast<double>(tries) * (1.0 + dice() / 2);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

net::awaitable<void> send_to(vault::Client& client, vault::Call call, const SecretString* token, std::uint64_t retries,
                             std::optional<Result<vault::Answer>>& out) {
  runtime::RealClock clock;
  const runtime::Dice dice = runtime::make_dice();
  for (std::uint64_t tries = 1;; ++tries) {  // ends with the answer or the last retry
    auto answer = co_await client.send(call.clone(), token);
    if (tries > retries || !is_worth_a_retry(answer)) {
      out.emplace(std::move(answer));
      co_return;
    }
    (void)co_await clock.sleep_for(pause_before(tries, answer, dice));
  }
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
  options.follow_redirects = settings->follow_redirects;
  auto request = request_options(given, environment);
  if (!request) return request.error();
  auto state = std::make_unique<State>(std::move(options), own_token(environment));
  state->request = *std::move(request);
  state->retries = settings->max_retries.value_or(0);
  return std::unique_ptr<ServerSession>(new ServerSession(std::move(io), std::move(state)));
}

std::optional<std::string> ServerSession::shown(const vault::Call& call) const {
  if (state_->request.show_policy) return policy_stanza(call);
  if (!state_->request.show_curl) return std::nullopt;
  std::string url = state_->client.url_of(call.path);
  if (!call.query.empty()) url += "?" + call.query;
  http::Headers headers = state_->request.headers;
  if (!state_->request.wrap_ttl.empty()) headers.set("X-Vault-Wrap-TTL", state_->request.wrap_ttl);
  return curl_line({call, headers, state_->name_space, url, state_->token.has_value()});
}

Result<vault::Answer> ServerSession::ask_wrapped(vault::Call call, bool absent_is_ok) {
  if (!state_->request.wrap_ttl.empty()) call.headers.set("X-Vault-Wrap-TTL", state_->request.wrap_ttl);
  return ask(std::move(call), absent_is_ok);
}

Result<vault::Answer> ServerSession::send(vault::Call call) {
  std::optional<Result<vault::Answer>> answer;
  const SecretString* token = state_->token ? &*state_->token : nullptr;
  for (const auto& [name, value] : state_->request.headers) call.headers.add(name, value);
  net::co_spawn(*io_, send_to(state_->client, std::move(call), token, state_->retries, answer), [](const std::exception_ptr& defect) {
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

// Requests and one redirect. Nothing here decides when to try again.
#include "leasehold/vault/client.h"

#include <algorithm>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/json/writer.h"

namespace leasehold::vault {
namespace {

constexpr std::string_view kPathCharacters = "/!$&'()*+,;=:@";

/// A look-up that takes longer says "slow down", not "the lease is fine".
constexpr std::chrono::seconds kCheckDeadline{10};

// compat: the peer's words for what a token file with a line feed or NUL in it leads to
Result<void> check_token(const SecretString& token) {
  // expose(): looks for control characters only
  const std::string_view text = token.expose();
  if (std::ranges::none_of(text, [](unsigned char c) { return c < ' ' || c == 0x7F; })) return {};
  return invalid("configured Vault token contains non-printable characters and cannot be used");
}

bool is_redirect(unsigned status) { return status == 301 || status == 302 || status == 307; }

}  // namespace

struct Client::State {
  ClientOptions options;
  std::unique_ptr<http::Transport> transport;

  [[nodiscard]] http::Request request_for(const Call& call, const SecretString* token) const {
    http::Request request;
    request.method = call.method;
    request.target = "/v1/" + percent_encode(call.path, kPathCharacters);
    if (!call.query.empty()) request.target += "?" + call.query;
    request.headers.set("X-Vault-Request", "true");
    request.headers.set("User-Agent", options.user_agent);
    if (!options.name_space.empty()) request.headers.set("X-Vault-Namespace", options.name_space);
    if (call.wrap_ttl.count() > 0) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(call.wrap_ttl);
      request.headers.set("X-Vault-Wrap-TTL", std::to_string(seconds.count()));
    }
    for (const auto& [name, value] : call.headers) request.headers.add(name, value);
    if (token != nullptr) request.secret_headers.emplace_back("X-Vault-Token", token->clone());
    request.body = call.body.clone();
    return request;
  }

  // compat: one redirect with method, body, token and the original query (spec/agent.md 2.4).
  net::awaitable<Result<http::Response>> follow(const http::Response& redirect, http::Request request,
                                                std::chrono::nanoseconds deadline) const {
    const std::string location(redirect.headers.get("Location"));
    auto target = http::parse_url(location);
    if (!target) {
      // A path alone stays with this server.
      if (!location.starts_with('/')) co_return transient("redirect to nowhere: " + target.error().message);
      request.target = location;
      co_return co_await transport->send(std::move(request), deadline);
    }
    if (options.url.scheme == "https" && target->scheme == "http") {
      co_return invalid("redirect would cause protocol downgrade");
    }
    const std::string query(request.query());
    request.target = target->prefix.empty() ? "/" : target->prefix;
    if (!query.empty()) request.target += "?" + query;
    target->prefix.clear();
    const auto other = options.connect(*target);
    auto answer = co_await other->send(std::move(request), deadline);
    // The target that we were sent to is dead: that is an outage of our own address.
    if (!answer && answer.error().kind != ErrorKind::Cancelled) {
      co_return transient("redirected by " + options.url.authority() + ": " + answer.error().message);
    }
    co_return answer;
  }
};

Client::Client(ClientOptions options) : state_(std::make_unique<State>()) {
  state_->transport = options.connect(options.url);
  state_->options = std::move(options);
}

Client::~Client() = default;

net::awaitable<Result<Answer>> Client::send(Call call, const SecretString* token) {
  // Cancellation is delivered once: a request must not start after it.
  const auto state = co_await net::this_coro::cancellation_state;
  if (state.cancelled() != net::cancellation_type::none) co_return cancelled(call.method + " " + call.path);
  if (token != nullptr) {
    if (auto checked = check_token(*token); !checked) co_return checked.error();
  }
  const auto deadline = call.deadline.count() > 0 ? call.deadline : state_->options.deadline;
  http::Request request = state_->request_for(call, token);
  auto response = co_await state_->transport->send(std::move(request), deadline);
  if (response && state_->options.follow_redirects && is_redirect(response->status) && response->headers.has("Location")) {
    http::Request again = state_->request_for(call, token);
    const http::Response redirect = *std::move(response);
    response = co_await state_->follow(redirect, std::move(again), deadline);
  }
  if (!response) {
    co_return Error{response.error().kind,
                    call.method + " " + url_of(call.path) + ": " + response.error().message};
  }
  co_return parse_answer(*std::move(response));
}

net::awaitable<Result<Answer>> Client::login(std::string mount_path, SecretString body,
                                             std::chrono::nanoseconds wrap_ttl) {
  Call call{.method = "PUT", .path = mount_path + "/login", .query = "", .body = std::move(body), .wrap_ttl = wrap_ttl};
  co_return co_await send(std::move(call), nullptr);
}

net::awaitable<Result<Answer>> Client::renew_self(const SecretString& token, std::chrono::nanoseconds limit) {
  Call call{.method = "PUT", .path = "auth/token/renew-self", .query = "", .body = SecretString("{}")};
  call.deadline = std::min(limit, state_->options.deadline);
  co_return co_await send(std::move(call), &token);
}

net::awaitable<Result<Answer>> Client::lookup_self(const SecretString& token) {
  Call call{.method = "GET", .path = "auth/token/lookup-self", .query = "", .body = {}};
  co_return co_await send(std::move(call), &token);
}

net::awaitable<Result<Answer>> Client::revoke_self(const SecretString& token) {
  Call call{.method = "PUT", .path = "auth/token/revoke-self", .query = "", .body = {}};
  co_return co_await send(std::move(call), &token);
}

net::awaitable<Result<Answer>> Client::renew_lease(std::string lease_id, const SecretString& token,
                                                   std::chrono::nanoseconds limit) {
  json::ObjectWriter body;
  body.member("lease_id", lease_id);
  Call call{.method = "PUT", .path = "sys/leases/renew", .query = "", .body = body.finish()};
  call.deadline = std::min(limit, state_->options.deadline);
  co_return co_await send(std::move(call), &token);
}

net::awaitable<Result<Answer>> Client::lookup_lease(std::string lease_id, const SecretString& token) {
  json::ObjectWriter body;
  body.member("lease_id", lease_id);
  Call call{.method = "PUT", .path = "sys/leases/lookup", .query = "", .body = body.finish()};
  call.deadline = kCheckDeadline;
  co_return co_await send(std::move(call), &token);
}

net::awaitable<Result<Answer>> Client::revoke_lease(std::string lease_id, const SecretString& token) {
  json::ObjectWriter body;
  body.member("lease_id", lease_id);
  Call call{.method = "PUT", .path = "sys/leases/revoke", .query = "", .body = body.finish()};
  co_return co_await send(std::move(call), &token);
}

net::awaitable<Result<Answer>> Client::capabilities_self(std::string path, const SecretString& token) {
  json::ObjectWriter body;
  body.raw_member("paths", "[" + json::quoted(path) + "]");
  Call call{.method = "PUT", .path = "sys/capabilities-self", .query = "", .body = body.finish()};
  co_return co_await send(std::move(call), &token);
}

net::awaitable<Result<Answer>> Client::mount_of(std::string path, const SecretString& token) {
  Call call{.method = "GET", .path = "sys/internal/ui/mounts/" + path, .query = "", .body = {}};
  co_return co_await send(std::move(call), &token);
}

Error Client::failure_of(const Answer& answer, std::string_view method, std::string_view path) const {
  return failure(answer, method, url_of(path), state_->options.name_space);
}

std::string Client::address() const {
  const auto& url = state_->options.url;
  if (url.scheme.empty()) return url.host;  // an address that names no server
  return url.scheme + "://" + url.authority() + url.prefix;
}

std::string Client::url_of(std::string_view path) const { return address() + "/v1/" + std::string(path); }

}  // namespace leasehold::vault

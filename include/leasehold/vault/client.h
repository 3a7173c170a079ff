// Vault's HTTP API as its clients use it: one call a function, no retries (who decides knows better
// when to try again), one redirect followed. spec/vault-api.md 10, spec/agent.md 2.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "leasehold/base/limits.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/http/client.h"
#include "leasehold/vault/answer.h"

namespace leasehold::vault {

namespace net = boost::asio;

/// Opens a transport to an origin: the real client, or a script in tests.
using Connector = std::function<std::unique_ptr<http::Transport>(const http::Url&)>;

struct ClientOptions {
  http::Url url;
  Connector connect;
  std::string name_space;  ///< canonical "ns/", "" = none
  std::string user_agent;
  std::chrono::nanoseconds deadline = limits::kClientRequestDeadline;
  bool follow_redirects = true;
};

/// One request. Path without /v1/ and without leading slash.
struct Call {
  std::string method = "GET";
  std::string path;
  std::string query;  ///< without '?'
  SecretString body;  ///< JSON, may be empty
  std::chrono::nanoseconds wrap_ttl{0};
  std::chrono::nanoseconds deadline{0};  ///< 0 = that of the client
  http::Headers headers = {};            ///< beside the client's own

  /// For another try: a body is not copied by accident.
  [[nodiscard]] Call clone() const { return {method, path, query, body.clone(), wrap_ttl, deadline, headers}; }
};

/// Not thread-safe. Holds no token: each call names its own.
class Client {
 public:
  explicit Client(ClientOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// Any HTTP status is an Answer; errors are those of http::Transport, plus Invalid for a redirect
  /// from https to http. token: null = none.
  net::awaitable<Result<Answer>> send(Call call, const SecretString* token);

  /// PUT <mount>/login.
  net::awaitable<Result<Answer>> login(std::string mount_path, SecretString body, std::chrono::nanoseconds wrap_ttl);
  /// limit: how long the answer is waited for; 0 = as long as the client does for anything, which is
  /// also the most.
  net::awaitable<Result<Answer>> renew_self(const SecretString& token, std::chrono::nanoseconds limit = {});
  net::awaitable<Result<Answer>> lookup_self(const SecretString& token);
  net::awaitable<Result<Answer>> revoke_self(const SecretString& token);
  net::awaitable<Result<Answer>> renew_lease(std::string lease_id, const SecretString& token,
                                             std::chrono::nanoseconds limit = {});
  net::awaitable<Result<Answer>> lookup_lease(std::string lease_id, const SecretString& token);
  net::awaitable<Result<Answer>> revoke_lease(std::string lease_id, const SecretString& token);
  /// What the token may do with one path.
  net::awaitable<Result<Answer>> capabilities_self(std::string path, const SecretString& token);
  /// GET sys/internal/ui/mounts/<path>.
  net::awaitable<Result<Answer>> mount_of(std::string path, const SecretString& token);

  /// The Error that a user should see for an answer that is not ok().
  [[nodiscard]] Error failure_of(const Answer& answer, std::string_view method, std::string_view path) const;
  /// http://host:port/prefix.
  [[nodiscard]] std::string address() const;
  /// http://host:port/prefix/v1/path.
  [[nodiscard]] std::string url_of(std::string_view path) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::vault

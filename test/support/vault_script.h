// A Vault that answers from a function, without sockets: requests are written down with their time.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "leasehold/http/client.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::test {

struct SeenRequest {
  runtime::Clock::TimePoint at{};
  std::string what;  ///< "PUT /v1/auth/kubernetes/login"
  std::string body;
  std::string token;
  std::string wrap_ttl;
};

/// Gives the answer to a request; an Error stands for a broken connection.
using Answerer = std::function<Result<http::Response>(const SeenRequest&)>;

struct VaultScript {
  explicit VaultScript(runtime::Clock& script_clock) : clock(script_clock) {}
  runtime::Clock& clock;
  Answerer answer;
  std::vector<SeenRequest> seen;
  std::chrono::nanoseconds latency{0};  ///< of every answer
  int at_once = 0;                      ///< requests under way
  int most_at_once = 0;

  [[nodiscard]] std::size_t count(std::string_view what) const {
    std::size_t found = 0;
    for (const auto& request : seen) found += request.what == what ? 1 : 0;
    return found;
  }
};

class ScriptedTransport final : public http::Transport {
 public:
  explicit ScriptedTransport(VaultScript& script) : script_(script) {}

  boost::asio::awaitable<Result<http::Response>> send(http::Request request,
                                                      std::chrono::nanoseconds /*deadline*/) override {
    SeenRequest seen{.at = script_.clock.now(),
                     .what = request.method + " " + request.target,
                     .body = std::string(request.body.expose()),
                     .token = "",
                     .wrap_ttl = std::string(request.headers.get("X-Vault-Wrap-TTL"))};
    for (const auto& [name, value] : request.secret_headers) {
      if (name == "X-Vault-Token") seen.token = value.expose();
    }
    script_.seen.push_back(seen);
    script_.most_at_once = std::max(script_.most_at_once, ++script_.at_once);
    const bool in_time = script_.latency.count() == 0 || co_await script_.clock.sleep_for(script_.latency);
    --script_.at_once;
    if (!in_time) co_return cancelled("request");
    co_return script_.answer(seen);
  }

 private:
  VaultScript& script_;
};

inline Result<http::Response> json_answer(unsigned status, std::string_view body) {
  http::Response response;
  response.status = status;
  response.body = SecretString(body);
  return response;
}

}  // namespace leasehold::test

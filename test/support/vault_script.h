// A Vault that answers from a function, without sockets: requests are written down with their time.
#pragma once

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
};

/// Gives the answer to a request; an Error stands for a broken connection.
using Answerer = std::function<Result<http::Response>(const SeenRequest&)>;

struct VaultScript {
  explicit VaultScript(const runtime::Clock& script_clock) : clock(script_clock) {}
  const runtime::Clock& clock;
  Answerer answer;
  std::vector<SeenRequest> seen;

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
                     .token = ""};
    for (const auto& [name, value] : request.secret_headers) {
      if (name == "X-Vault-Token") seen.token = value.expose();
    }
    script_.seen.push_back(seen);
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

// A Kubernetes API that answers from a function, without sockets, in virtual time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <nlohmann/json.hpp>

#include "leasehold/http/client.h"
#include "leasehold/kube/client.h"
#include "support/virtual_clock.h"

namespace leasehold::test {

struct ApiRequest {
  runtime::Clock::TimePoint at{};
  std::string what;  ///< "GET /api/v1/namespaces/vault/configmaps/x"
  std::string body;
  std::string bearer;
};

struct ApiAnswer {
  unsigned status = 200;
  std::string body = "{}";
};

/// An Error stands for a broken connection.
using ApiAnswerer = std::function<Result<ApiAnswer>(const ApiRequest&)>;

struct ApiScript {
  VirtualClock clock;
  ApiAnswerer answer;
  std::vector<ApiRequest> seen;

  [[nodiscard]] std::vector<std::string> list() const {
    std::vector<std::string> all;
    for (const ApiRequest& request : seen) all.push_back(request.what);
    return all;
  }
  [[nodiscard]] std::size_t count(std::string_view start) const {
    std::size_t found = 0;
    for (const ApiRequest& request : seen) found += request.what.starts_with(start) ? 1 : 0;
    return found;
  }
};

class ApiTransport final : public http::Transport {
 public:
  explicit ApiTransport(ApiScript& script) : script_(script) {}

  boost::asio::awaitable<Result<http::Response>> send(http::Request request,
                                                      std::chrono::nanoseconds /*deadline*/) override {
    ApiRequest seen{.at = script_.clock.now(),
                    .what = request.method + " " + request.target,
                    .body = std::string(request.body.expose()),
                    .bearer = ""};
    for (const auto& [name, value] : request.secret_headers) {
      if (name == "Authorization") seen.bearer = value.expose();
    }
    script_.seen.push_back(seen);
    const auto answer = script_.answer(seen);
    if (!answer) co_return answer.error();
    http::Response response;
    response.status = answer->status;
    response.body = SecretString(answer->body);
    co_return response;
  }

 private:
  ApiScript& script_;
};

inline std::unique_ptr<kube::Client> scripted_client(ApiScript& script, kube::Config config = {}) {
  kube::ClientOptions options;
  options.config = std::move(config);
  options.transport = std::make_unique<ApiTransport>(script);
  options.user_agent = "test";
  options.rate = {.per_second = 1000, .burst = 1000};
  return std::make_unique<kube::Client>(std::move(options), script.clock);
}

/// Runs a call that waits for nothing.
template <class T>
T run_now(boost::asio::io_context& io, boost::asio::awaitable<T> call) {
  auto done = boost::asio::co_spawn(io, std::move(call), boost::asio::use_future);
  io.restart();
  io.run();
  return done.get();
}

}  // namespace leasehold::test

#include "agent_servers.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "leasehold/base/scalars.h"

namespace leasehold::agent {
namespace {

struct ProbePath {
  std::string_view path;
  std::string_view word;  ///< at the socket
  Probe probe;
};
constexpr std::array kProbes = {
    ProbePath{"/agent/v1/startup", "startup", Probe::Startup},
    ProbePath{"/agent/v1/ready", "ready", Probe::Ready},
    ProbePath{"/agent/v1/live", "live", Probe::Live},
};
constexpr std::string_view kMetricsPath = "/agent/v1/metrics";

http::Response text_answer(unsigned status, std::string_view type, std::string_view text) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", type);
  response.body = SecretString(text);
  return response;
}

http::Response answer_request(const http::Request& request, const StatusSource& from) {
  if (request.method != "GET" && request.method != "HEAD") return text_answer(405, "text/plain", "only GET\n");
  if (request.path() == kMetricsPath) return text_answer(200, "text/plain; version=0.0.4", from.metrics());
  for (const ProbePath& probe : kProbes) {
    if (probe.path != request.path()) continue;
    const ProbeAnswer answer = judge(probe.probe, from.status());
    return text_answer(answer.good ? 200 : 503, "text/plain; charset=utf-8", answer.text);
  }
  return text_answer(404, "text/plain", "there are /agent/v1/startup, ready, live and metrics\n");
}

/// Null for a listener without TLS. Error (Invalid) as the replaced software says it.
Result<std::shared_ptr<tls::Context>> context_of(const ListenerConfig& listener) {
  if (listener.tls_disable) return std::shared_ptr<tls::Context>();
  if (listener.tls_require_and_verify_client_cert && listener.tls_client_ca_file.empty()) {
    return invalid("tls_require_and_verify_client_cert needs tls_client_ca_file: who signs the clients' certificates");
  }
  tls::ServerOptions options;
  options.certificate_file = listener.tls_cert_file;
  options.key_file = listener.tls_key_file;
  if (!listener.tls_min_version.empty()) options.minimum_version = listener.tls_min_version;
  options.maximum_version = listener.tls_max_version;
  options.cipher_suites = listener.tls_cipher_suites;
  if (listener.tls_require_and_verify_client_cert) options.client_ca_file = listener.tls_client_ca_file;
  auto context = tls::make_server_context(options);
  if (!context) return invalid("error loading TLS cert: " + context.error().message);
  return context;
}

net::awaitable<http::Response> respond(http::Request request, const StatusSource& from) {
  co_return answer_request(request, from);
}

// Its end comes with the cancellation of the group.
net::awaitable<void> serve(http::Server& server) { co_await server.run(); }

net::awaitable<void> stop_when_cancelled(http::Server& server) {
  net::steady_timer never(co_await net::this_coro::executor);
  never.expires_at(net::steady_timer::time_point::max());
  co_await never.async_wait(net::as_tuple(net::use_awaitable));
  server.stop(std::chrono::seconds(0));
}

}  // namespace

std::string answer_line(std::string_view line, const StatusSource& from) {
  if (line == "check") return from.check() + "\n";
  for (const ProbePath& probe : kProbes) {
    if (probe.word != line) continue;
    const ProbeAnswer answer = judge(probe.probe, from.status());
    return (answer.good ? "yes " : "no ") + answer.text;
  }
  return "no unknown question\n";
}

AgentServers::AgentServers(net::any_io_executor executor, const AgentConfig& config, StatusSource from, log::Logger log)
    : executor_(std::move(executor)), config_(config), from_(std::move(from)), log_(std::move(log)) {}

Result<void> AgentServers::listen() {
  for (const ListenerConfig& listener : config_.listeners) {
    if (!is_served(listener)) continue;
    http::ServerOptions options;
    const auto colon = listener.address.rfind(':');
    const std::string port = colon == std::string::npos ? "" : listener.address.substr(colon + 1);
    const auto number = parse_int(port);
    if (!number || *number < 0 || *number > 65535) return invalid("Error starting listener: address " + listener.address + ": no port");
    options.address = listener.address.substr(0, colon);
    if (options.address.starts_with('[') && options.address.ends_with(']')) {
      options.address = options.address.substr(1, options.address.size() - 2);
    }
    options.port = static_cast<std::uint16_t>(*number);
    options.body_bytes_max = 1024;
    options.connections_max = 64;
    options.log = log_;
    auto context = context_of(listener);
    if (!context) return invalid("Error starting listener: " + context.error().message);
    auto one = std::make_unique<Listener>(Listener{listener, *std::move(context), nullptr});
    if (one->tls != nullptr) options.tls = [served = one.get()] { return served->tls; };
    one->server = std::make_unique<http::Server>(executor_, std::move(options), [this](http::Request request) {
      return respond(std::move(request), from_);
    });
    if (auto bound = one->server->listen(); !bound) return invalid("Error starting listener: " + bound.error().message);
    log_.info("probes and metrics are served", {{"address", listener.address.substr(0, colon) + ":" + std::to_string(one->server->port())},
                                                {"tls", one->tls != nullptr}});
    http_.push_back(std::move(one));
  }
  if (!config_.state || config_.state->socket.empty()) return {};
  local_ = std::make_unique<runtime::LocalServer>(executor_, config_.state->socket,
                                                  [this](const std::string& line) { return answer_line(line, from_); });
  if (auto bound = local_->listen(); !bound) {
    // The agent's work does not depend on it.
    log_.warn("ready and check cannot be asked", {{"error", bound.error().message}});
    local_.reset();
  }
  return {};
}

Result<void> AgentServers::reload_certificates() {
  std::string problems;
  for (const auto& one : http_) {
    if (one->tls == nullptr) continue;
    auto context = context_of(one->config);
    if (context) {
      one->tls = *std::move(context);
    } else {
      problems += (problems.empty() ? "" : "\n") + ("Error reloading listener " + one->config.address + ": " + context.error().message);
    }
  }
  if (!problems.empty()) return invalid(problems);
  return {};
}

void AgentServers::start(runtime::TaskGroup& tasks) {
  for (const auto& one : http_) {
    tasks.spawn("listener", serve(*one->server));
    tasks.spawn("listener's end", stop_when_cancelled(*one->server));
  }
  if (local_) tasks.spawn("local socket", local_->run());
}

}  // namespace leasehold::agent

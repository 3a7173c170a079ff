#include "shard.h"

#include <array>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "leasehold/base/limits.h"

namespace leasehold::injector {
namespace {

constexpr std::string_view kQueue = "vault_agent_injector_request_queue_length";
constexpr std::string_view kDuration = "vault_agent_injector_request_processing_duration_ms";
constexpr std::string_view kInjections = "vault_agent_injector_injections_by_namespace_total";
constexpr std::string_view kFailures = "vault_agent_injector_failed_injections_by_namespace_total";

void declare(metrics::Registry& metrics) {
  // Stays 0: a review is answered in one go, there is no queue. Dashboards ask for it.
  metrics.declare_gauge(std::string(kQueue), "Count of webhook requests in the injector's queue");
  metrics.declare_histogram(std::string(kDuration),
                            "Webhook request processing times in milliseconds",
                            {5, 10, 25, 50, 75, 100, 250, 500, 1000, 2500, 5000, 7500, 10000});
  metrics.declare_counter(std::string(kInjections),
                          "Total count of Agent Sidecar injections by namespace", true);
  metrics.declare_counter(std::string(kFailures),
                          "Total count of failed Agent Sidecar injections by namespace", true);
}

http::ServerOptions server_options(const Shard::Setup& setup, const std::string& host,
                                   std::uint16_t port) {
  http::ServerOptions options;
  options.address = host;
  options.port = port;
  options.reuse_port = setup.reuse_port;
  options.body_bytes_max = limits::kReviewBodyBytesMax;
  options.too_large.headers.set("Content-Type", "text/plain; charset=utf-8");
  options.too_large.body = SecretString("the review is larger than " +
                                        std::to_string(limits::kReviewBodyBytesMax >> 20) +
                                        " MiB, more than any object that Kubernetes stores\n");
  options.log = setup.log;
  return options;
}

/// Runs on the other shard's loop: the registry never leaves its thread but as a copy.
net::awaitable<metrics::Registry> copy_metrics(const Shard* shard) {
  co_return shard->metrics();
}

http::Response to_response(Answer answer, const std::string& location) {
  http::Response response;
  response.status = answer.status;
  if (!answer.body.empty() || answer.status != 204)
    response.headers.set("Content-Type", answer.content_type);
  if (answer.status >= 400) response.headers.set("X-Content-Type-Options", "nosniff");
  if (!location.empty()) response.headers.set("Location", location);
  response.body = SecretString(answer.body);
  return response;
}

/// Texts of a review are a tenant's: logs show as much of them as a Kubernetes name has.
std::string_view shown(std::string_view text) {
  return text.substr(0, limits::kNameBytesMax);
}

/// A namespace has the form of a DNS label; anything else does not come from an API server.
bool is_dns_label(std::string_view text) {
  constexpr std::size_t kMost = 63;
  return !text.empty() && text.size() <= kMost &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

Shard::Shard(const Setup& setup, const std::string& host, std::uint16_t port)
    : settings_(setup.settings),
      certificate_(setup.certificate),
      log_(setup.log),
      all_(setup.all),
      router_(setup.settings),
      server_(
          loop_.get_executor(),
          [&] {
            auto options = server_options(setup, host, port);
            options.tls = [this] { return certificate_; };
            return options;
          }(),
          [this](http::Request request) { return handle(std::move(request)); }),
      tasks_(loop_.get_executor()),
      certified_(setup.ready) {
  declare(metrics_);
}

void Shard::run() {
  tasks_.spawn("webhook server", server_.run());
  loop_.run();
}

void Shard::announce_end() {
  ending_ = true;
  server_.close_after_answer();
}

net::awaitable<http::Response> Shard::handle(http::Request request) {
  const auto start = clock_.now();
  log_request(request);
  const Incoming incoming{request.target, request.headers.get("Content-Type"),
                          request.body.expose()};  // the review that is to be answered
  const std::string_view unready =
      ending_ ? "shutting down" : certified_ ? std::string_view() : std::string_view(reason_);
  Outgoing out = router_.answer(incoming, unready);
  if (out.route == Route::Mutate) {
    log_answer(out.answer);
    count(out.answer, clock_.now() - start);
  } else if (out.route == Route::Metrics) {
    out.answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    out.answer.body = co_await collect();
  }
  co_return to_response(std::move(out.answer), out.location);
}

std::string Shard::counted_namespace(const std::string& name) {
  if (!is_dns_label(name)) return "";
  if (namespaces_.contains(name)) return name;
  if (namespaces_.size() >= limits::kMetricNamespacesMax) return "";
  namespaces_.insert(name);
  return name;
}

void Shard::log_request(const http::Request& request) const {
  // Probes come every few seconds: at debug, so that they do not bury the reviews.
  if (request.path() != "/mutate") return;
  log_.info("Request received", {{"Method", request.method}, {"URL", shown(request.target)}});
}

/// compat: two of these were warnings of the replaced program, one at ERROR (spec/injector.md 4).
void Shard::log_malformed(const Answer& answer) const {
  const bool is_type = answer.reason.starts_with("Invalid content-type");
  if (!is_type && answer.reason != "Empty request body") {
    log_.error("error on request", {{"Error", answer.reason}, {"Code", answer.status}});
    return;
  }
  log_.write(is_type ? log::Level::Warn : log::Level::Error, "warning for request",
             {{"Warn", answer.reason}, {"Code", answer.status}});
}

/// compat: one line a step, as far as the pod came.
void Shard::log_steps(const Answer& answer) const {
  struct Step {
    std::string_view line;
    std::string_view refusal;  ///< how the text of one that is refused here begins
  };
  static constexpr std::array kSteps{
      Step{"checking if should inject agent..", "error checking if should inject agent"},
      Step{"checking namespaces..", "error with request namespace"},
      Step{"setting default annotations..", "error adding default annotations"},
      Step{"creating new agent..", "error creating new agent sidecar"},
      Step{"validating agent configuration..", "error validating agent configuration"},
      Step{"creating patches for the pod..", "error creating patch for agent"},
  };
  if (answer.verdict == Verdict::Malformed || !log_.enabled(log::Level::Debug)) return;
  for (const Step& step : kSteps) {
    log_.debug(step.line);
    if (answer.verdict == Verdict::NotInjected || answer.reason.starts_with(step.refusal)) return;
  }
}

void Shard::log_answer(const Answer& answer) const {
  log_steps(answer);
  switch (answer.verdict) {
    case Verdict::Malformed:
      log_malformed(answer);
      break;
    case Verdict::Refused:
      log_.warn("injection refused", {{"namespace", shown(answer.name_space)},
                                      {"pod", shown(answer.pod)},
                                      {"annotation", shown(answer.annotation)},
                                      {"reason", answer.reason.substr(0, 4 * limits::kNameBytesMax)}});
      break;
    case Verdict::Injected:
      log_.debug(
          "pod injected",
          {{"namespace", shown(answer.name_space)}, {"pod", shown(answer.pod)}, {"type", answer.injection_type}});
      break;
    case Verdict::NotInjected:
      log_.debug("pod left as it is",
                 {{"namespace", shown(answer.name_space)}, {"pod", shown(answer.pod)}});
      break;
  }
}

void Shard::count(const Answer& answer, std::chrono::steady_clock::duration took) {
  metrics_.observe(
      kDuration,
      static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  if (answer.verdict == Verdict::Refused)
    metrics_.add(kFailures, {{"namespace", counted_namespace(answer.name_space)}});
  if (answer.verdict == Verdict::Injected && !answer.injection_type.empty()) {
    metrics_.add(kInjections,
                 {{"injection_type", answer.injection_type},
                  {"namespace", counted_namespace(answer.name_space)}});
  }
}

net::awaitable<std::string> Shard::collect() const {
  // While shutting down another loop may have ended and would never answer.
  if (ending_) co_return metrics_.text();
  metrics::Registry sum;
  for (const auto& shard : *all_) {
    const auto part = co_await net::co_spawn(shard->loop_.get_executor(), copy_metrics(shard.get()),
                                             net::use_awaitable);
    sum.merge(part);
  }
  co_return sum.text();
}

}  // namespace leasehold::injector

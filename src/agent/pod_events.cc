#include "pod_events.h"

#include <utility>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/kube/resource.h"
#include "leasehold/runtime/files.h"
#include "leasehold/runtime/with_deadline.h"
#include "leasehold/tls/context.h"
#include "version.h"

namespace leasehold::agent {
namespace {

constexpr kube::Resource kEvents{"v1", "events"};
constexpr std::chrono::seconds kDeadline{5};

std::string type_of(std::string_view method) {
  return method == "PATCH" ? "application/merge-patch+json" : "application/json";
}

}  // namespace

PodEvents::PodEvents(Setup setup) : setup_(std::move(setup)), changed_(setup_.executor), silent_(!setup_.on) {}

void PodEvents::tell(const std::string& line) {
  if (silent_) return;
  pace_.told(line, setup_.clock.wall_now());
  changed_.notify_all();
}

void PodEvents::settle() { pace_.settled(); }

net::awaitable<void> PodEvents::run() {
  while (!silent_) {
    const auto wait = pace_.due_in(setup_.clock.now());
    if (wait && wait->count() == 0) {
      if (!co_await write()) co_return;
      continue;
    }
    const auto wake = wait ? co_await changed_.wait_for(setup_.clock, *wait)
                           : (co_await changed_.wait() ? runtime::Wake::Notified : runtime::Wake::Cancelled);
    if (wake == runtime::Wake::Cancelled) co_return;
  }
}

net::awaitable<Result<bool>> PodEvents::write_last() { co_return co_await write(); }

net::awaitable<void> PodEvents::run_out(std::chrono::nanoseconds most) {
  if (silent_ || !pace_.has_news()) co_return;
  (void)co_await runtime::with_deadline("write the Event", most, write_last());
}

bool PodEvents::give_up(std::string_view why) {
  silent_ = true;
  setup_.log.debug("no Event is written on the pod", {{"reason", std::string(why)}});
  return false;
}

// A client for each request: they are rare, and CA and token are files that change.
net::awaitable<Result<http::Response>> PodEvents::send(const kube::Config& to, const SecretString& token,
                                                       std::string method, std::string target, std::string body) {
  auto trust = tls::make_client_context(to.tls);
  if (!trust) co_return trust.error();
  http::ClientOptions options;
  options.url = to.url;
  options.tls = *std::move(trust);
  options.keep_alive = false;
  http::Client client(setup_.executor, std::move(options));
  http::Request request;
  request.headers.set("Accept", "application/json");
  request.headers.set("User-Agent", "leasehold-agent/" + std::string(kVersion));
  request.headers.set("Content-Type", type_of(method));
  SecretString bearer("Bearer ");
  bearer.append(trim_space(token.expose()));  // expose(): the header that authenticates the pod
  request.secret_headers.emplace_back("Authorization", std::move(bearer));
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = SecretString(body);
  co_return co_await client.send(std::move(request), kDeadline);
}

net::awaitable<bool> PodEvents::write() {
  const auto config = kube::read_in_cluster(setup_.environment, setup_.folder);
  if (!config) co_return give_up(config.error().message);
  const auto token = runtime::read_secret_file(config->token_file, limits::kTokenFileBytesMax);
  if (!token) co_return give_up(token.error().message);
  // expose(): only the claims that name the pod are taken out
  const auto pod = identify_pod(claims_of(trim_space(token->expose())), setup_.environment, config->name_space);
  if (!pod) co_return give_up("neither the token nor POD_NAME and POD_NAMESPACE name the pod");

  const EventNote note = pace_.note();
  pace_.asked(setup_.clock.now());
  for (int attempt = 0; attempt < 2; ++attempt) {
    const std::string name = exists_ ? event_name(*pod) : "";
    const std::string target = kube::path_of(kEvents, pod->name_space, name);
    const std::string body = exists_ ? event_patch(note) : event_object(*pod, note);
    const auto answer = co_await send(*config, *token, exists_ ? "PATCH" : "POST", target, body);
    if (!answer) {
      if (answer.error().kind == ErrorKind::Cancelled) co_return false;
      if (answer.error().kind == ErrorKind::Invalid) co_return give_up(answer.error().message);
      setup_.log.debug("the Event could not be written", {{"error", answer.error().message}});
      co_return true;
    }
    if (answer->status / 100 == 2) {
      exists_ = true;
      pace_.written(note);
      co_return true;
    }
    if (answer->status == 401 || answer->status == 403) {
      co_return give_up("the ServiceAccount may not create and patch events, status " + std::to_string(answer->status));
    }
    // Made by an earlier run of this pod, or ended with its time.
    const bool other_way = exists_ ? answer->status == 404 : answer->status == 409;
    if (!other_way) {
      setup_.log.debug("the Event could not be written", {{"status", static_cast<int>(answer->status)}});
      co_return true;
    }
    exists_ = !exists_;
  }
  co_return true;
}

}  // namespace leasehold::agent

#include "notify.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"
#include "leasehold/tls/context.h"

namespace leasehold::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kProcFileBytesMax = 64UL * 1024;
/// The kernel cuts names there.
constexpr std::size_t kNameBytes = 15;

bool is_named(const ProcessEntry& process, std::string_view name) {
  return process.executable == name || process.name == name.substr(0, kNameBytes);
}

std::string_view last_part(std::string_view path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// `123 (name with ) and blanks) S 1 ...`
bool parse_stat(std::string_view text, ProcessEntry& out) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  out.name = text.substr(open + 1, close - open - 1);
  const auto fields = split(text.substr(close + 1), ' ');
  if (fields.size() < 3) return false;
  const auto parent = parse_int(fields[2]);
  if (!parent) return false;
  out.parent = static_cast<int>(*parent);
  return true;
}

Result<void> send_to(const NotifyEdges& edges, std::string_view name, int signal, std::string_view signal_text) {
  const auto chosen = choose_processes(edges.processes(), name, static_cast<int>(::getpid()));
  if (chosen.empty()) {
    return transient("notify: no process " + go_quote(name) +
                     " can be seen: does it run, and has the pod shareProcessNamespace: true?");
  }
  for (const int pid : chosen) {
    const auto sent = edges.send_signal(pid, signal);
    if (!sent) {
      return transient("notify: " + std::string(signal_text) + " to " + go_quote(name) + ": " + sent.error().message +
                       " (the agent must run as the same user as that process)");
    }
  }
  return {};
}

net::awaitable<Result<void>> call(NotifyConfig notify, const NotifyEdges& edges) {
  auto url = http::parse_url(notify.http);
  if (!url) co_return invalid("notify: " + url.error().message);
  http::Request request;
  request.method = notify.method;
  request.target = url->prefix.empty() ? "/" : url->prefix;
  if (!url->query.empty()) request.target += "?" + url->query;
  url->prefix.clear();
  const auto transport = edges.connect(*url, notify);
  if (!transport) co_return transient("notify: " + transport.error().message);  // the file may come
  auto answer = co_await (*transport)->send(std::move(request), notify.timeout);
  if (!answer) {
    if (answer.error().kind == ErrorKind::Cancelled) co_return answer.error();
    co_return transient("notify: " + notify.method + " " + notify.http + ": " + answer.error().message);
  }
  if (answer->status >= 200 && answer->status < 300) co_return Result<void>();
  co_return transient("notify: " + notify.method + " " + notify.http + ": answer " + std::to_string(answer->status));
}

}  // namespace

std::vector<int> choose_processes(const std::vector<ProcessEntry>& all, std::string_view name, int own) {
  std::vector<int> chosen;
  for (const ProcessEntry& process : all) {
    if (process.pid == own || !is_named(process, name)) continue;
    const bool child = std::any_of(all.begin(), all.end(), [&](const ProcessEntry& other) {
      return other.pid == process.parent && other.pid != own && is_named(other, name);
    });
    if (!child) chosen.push_back(process.pid);
  }
  return chosen;
}

std::vector<ProcessEntry> list_processes() {
  std::vector<ProcessEntry> all;
  std::error_code failure;
  for (fs::directory_iterator entry("/proc", failure), end; !failure && entry != end; entry.increment(failure)) {
    const auto pid = parse_int(entry->path().filename().string());
    if (!pid || *pid <= 0) continue;
    ProcessEntry process;
    process.pid = static_cast<int>(*pid);
    const auto stat = runtime::read_file(entry->path() / "stat", kProcFileBytesMax);
    if (!stat || !parse_stat(*stat, process)) continue;  // ended meanwhile
    if (const auto words = runtime::read_file(entry->path() / "cmdline", kProcFileBytesMax)) {
      // `nginx: master process` names itself in front of a colon.
      const std::string_view first = std::string_view(*words).substr(0, words->find('\0'));
      process.executable = last_part(first.substr(0, first.find(": ")));
    }
    all.push_back(std::move(process));
  }
  return all;
}

NotifyEdges real_notify_edges(const net::any_io_executor& executor) {
  return {.processes = list_processes,
          .send_signal = [](int pid, int signal) -> Result<void> {
            if (::kill(pid, signal) == 0 || errno == ESRCH) return {};
            return denied(to_lower(std::generic_category().message(errno)));
          },
          .connect = [executor](const http::Url& url, const NotifyConfig& notify) -> Result<std::unique_ptr<http::Transport>> {
            http::ClientOptions options;
            options.url = url;
            options.keep_alive = false;
            if (url.scheme == "https") {
              tls::ClientOptions trust;
              trust.ca_file = notify.ca_cert;
              trust.skip_verify = options.skip_verify = notify.tls_skip_verify;
              options.server_name = notify.tls_server_name;
              auto context = tls::make_client_context(trust);
              if (!context) return context.error();
              options.tls = *std::move(context);
            }
            return std::make_unique<http::Client>(executor, std::move(options));
          }};
}

net::awaitable<Result<void>> notify(NotifyConfig notify, const NotifyEdges& edges) {
  if (!notify.http.empty()) co_return co_await call(std::move(notify), edges);
  if (!notify.restart.empty()) co_return send_to(edges, notify.restart, SIGTERM, "SIGTERM");
  co_return send_to(edges, notify.process, signal_number(notify.signal), notify.signal);
}

}  // namespace leasehold::agent

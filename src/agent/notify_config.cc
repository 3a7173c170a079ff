#include "notify_config.h"

#include <signal.h>

#include <algorithm>
#include <array>

namespace leasehold::agent {
namespace {

struct SignalName {
  std::string_view name;
  int number;
};
constexpr std::array kSignals = {
    SignalName{"SIGHUP", SIGHUP},   SignalName{"SIGINT", SIGINT},   SignalName{"SIGQUIT", SIGQUIT},
    SignalName{"SIGUSR1", SIGUSR1}, SignalName{"SIGUSR2", SIGUSR2}, SignalName{"SIGTERM", SIGTERM},
    SignalName{"SIGKILL", SIGKILL}, SignalName{"SIGCONT", SIGCONT}, SignalName{"SIGWINCH", SIGWINCH},
    SignalName{"SIGALRM", SIGALRM}, SignalName{"SIGPIPE", SIGPIPE}, SignalName{"SIGABRT", SIGABRT},
};

}  // namespace

int signal_number(std::string_view name) {
  const auto found = std::find_if(kSignals.begin(), kSignals.end(), [&](const SignalName& one) { return one.name == name; });
  return found == kSignals.end() ? 0 : found->number;
}

Result<void> check_notify(const NotifyConfig& notify) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  const int ways = (notify.process.empty() ? 0 : 1) + (notify.restart.empty() ? 0 : 1) + (notify.http.empty() ? 0 : 1);
  if (notify.signal.empty() != notify.process.empty()) return invalid("signal and process need each other");
  if (ways != 1) return invalid("needs exactly one of signal with process, restart, http");
  if (!notify.signal.empty() && signal_number(notify.signal) == 0) return invalid("cannot send " + notify.signal);
  const bool has_tls = !notify.ca_cert.empty() || !notify.tls_server_name.empty() || notify.tls_skip_verify;
  const bool https = notify.http.starts_with(kHttps) && notify.http.size() > kHttps.size();
  if (has_tls && !https) return invalid("ca_cert, tls_server_name and tls_skip_verify need http = \"https://...\"");
  if (notify.http.empty() || https) return {};
  if (!notify.http.starts_with(kHttp) || notify.http.size() == kHttp.size()) {
    return invalid("http: wants a URL, http://HOST:PORT/PATH or https://HOST:PORT/PATH");
  }
  return {};
}

std::string describe(const NotifyConfig& notify) {
  if (!notify.process.empty()) return notify.signal + " to " + notify.process;
  if (!notify.restart.empty()) return "restart of " + notify.restart;
  return notify.method + " " + notify.http;
}

}  // namespace leasehold::agent

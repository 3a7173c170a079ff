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
  constexpr std::string_view kScheme = "http://";
  const int ways = (notify.process.empty() ? 0 : 1) + (notify.restart.empty() ? 0 : 1) + (notify.http.empty() ? 0 : 1);
  if (notify.signal.empty() != notify.process.empty()) return invalid("signal and process need each other");
  if (ways != 1) return invalid("needs exactly one of signal with process, restart, http");
  if (!notify.signal.empty() && signal_number(notify.signal) == 0) return invalid("cannot send " + notify.signal);
  if (notify.http.empty()) return {};
  if (!notify.http.starts_with(kScheme) || notify.http.size() == kScheme.size()) {
    return invalid("http: only http://HOST:PORT/PATH is offered, for a program in the same pod");
  }
  return {};
}

std::string describe(const NotifyConfig& notify) {
  if (!notify.process.empty()) return notify.signal + " to " + notify.process;
  if (!notify.restart.empty()) return "restart of " + notify.restart;
  return notify.method + " " + notify.http;
}

}  // namespace leasehold::agent

#include "agent_process.h"

#include <signal.h>

#include <cstdio>

namespace leasehold::agent {

AgentProcess::AgentProcess(Parts parts, ReloadSettings reload)
    : parts_(std::move(parts)),
      reload_(std::move(reload)),
      signals_(parts_.io.get_executor(), {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}),
      tasks_(parts_.io.get_executor()) {}

net::awaitable<void> AgentProcess::run(AgentEnd& end) {
  tasks_.spawn("signals", watch_signals());
  parts_.service_manager.tell("READY=1");
  end = co_await parts_.agent.run();
  parts_.service_manager.tell("STOPPING=1");
  tasks_.cancel();
  co_await tasks_.join();
}

net::awaitable<void> AgentProcess::watch_signals() {
  for (;;) {  // ends when cancelled
    const int number = co_await signals_.next();
    if (number == 0) co_return;
    if (number == SIGHUP) {
      reload();
    } else if (number == SIGUSR1) {
      const std::string page = parts_.agent.metrics();
      std::fwrite(page.data(), 1, page.size(), stderr);
    } else if (number == SIGUSR2) {
      // compat: the replaced program writes profiles of its runtime; this one has none, and must not end
      log::Logger(parts_.sink, "agent").debug("signal without effect", {{"signal", "SIGUSR2"}});
    } else {
      parts_.say("==> Vault Agent shutdown triggered");
      parts_.agent.stop();
    }
  }
}

void AgentProcess::reload() {
  parts_.say("==> Vault Agent config reload triggered");
  parts_.service_manager.tell("RELOADING=1");
  const auto loaded = load_config(reload_.paths, reload_.options);
  if (loaded) {
    reload_from(loaded->config);
  } else {
    parts_.say(loaded.error().message);
  }
  parts_.service_manager.tell("READY=1");
}

void AgentProcess::reload_from(const AgentConfig& config) {
  // Nothing is changed when the level is wrong: the file is wrong as a whole then.
  const auto level = log::parse_level(config.log_level);
  if (!level) return parts_.say(level.error().message);
  if (!reload_.level_fixed) log::set_level(*parts_.sink, *level);
  if (auto fresh = parts_.connection.reload_certificates(); !fresh) parts_.say(fresh.error().message);
  if (auto fresh = parts_.agent.reload_certificates(); !fresh) parts_.say(fresh.error().message);
  if (auto taken = parts_.agent.reload(config.templates); !taken) parts_.say(taken.error().message);
}

}  // namespace leasehold::agent

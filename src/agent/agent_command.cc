#include "agent_command.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "agent.h"
#include "agent_flags.h"
#include "config.h"
#include "connection.h"
#include "leasehold/base/scalars.h"
#include "leasehold/log/log_file.h"
#include "leasehold/runtime/files.h"
#include "leasehold/runtime/signals.h"
#include "leasehold/runtime/task_group.h"
#include "start_checks.h"
#include "version.h"

namespace leasehold::agent {
namespace {

constexpr int kFailure = 1;
/// What is still to run when the agent has ended takes microseconds.
constexpr std::chrono::milliseconds kLastHandlers{100};

void say(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

int refuse(std::string_view text) {
  say(text);
  return kFailure;
}

// Flag, then environment, then file.
std::string setting(const flags::Parsed& given, const flags::Environment& environment, std::string_view flag,
                    std::string_view suffix, const std::string& file) {
  if (auto value = given.last(flag)) return *value;
  for (const std::string_view prefix : {"BAO_", "VAULT_"}) {
    if (auto value = environment(std::string(prefix) + std::string(suffix)); value && !value->empty()) return *value;
  }
  return file;
}

// compat: golden/agent-config/098; the proxy itself is not part of this version
constexpr std::string_view kProxyNote =
    "==> Note: Vault Agent will be deprecating API proxy functionality in a future release and this functionality has "
    "moved to a new subcommand, Vault proxy. If you rely on this functionality, plan to move to Vault Proxy instead.";

// compat: keys end in column 24, sorted, spec/agent.md 1.2
void print_banner(const AgentConfig& config, const std::string& level, bool combined) {
  if (!combined) say("==> Vault Agent started! Log data will stream in below:\n");
  std::string block = "\n==> Vault Agent configuration:\n\n";
  const auto line = [&](std::string_view key, std::string_view value) {
    block += std::string(24 - key.size(), ' ') + std::string(key) + ": " + std::string(value) + "\n";
  };
  if (!config.templates.empty()) line("Api Address 1", "http://bufconn");
  line("Cgo", "disabled");
  line("Log Level", level);
  line("Version", "Leasehold v" + std::string(kVersion));
  say(block);
}

Result<void> write_pid_file(const std::string& path) {
  if (path.empty()) return {};
  auto written = runtime::write_atomically(path, std::to_string(::getpid()), {.mode = 0600, .sync = false});
  if (written) return {};
  return invalid("Error storing PID: could not open pid file: " + written.error().message);
}

/// A started agent's process: what run() needs beside the agent.
class Process {
 public:
  Process(net::io_context& io, Agent& agent, std::shared_ptr<log::Sink> sink, std::vector<std::string> paths)
      : signals_(io.get_executor(), {SIGTERM, SIGINT, SIGHUP}),
        tasks_(io.get_executor()),
        agent_(agent),
        sink_(std::move(sink)),
        paths_(std::move(paths)) {}

  /// level_fixed: a level given by flag or environment outlives a reload.
  net::awaitable<void> run(bool level_fixed, AgentEnd& end) {
    tasks_.spawn("signals", watch_signals(level_fixed));
    end = co_await agent_.run();
    tasks_.cancel();
    co_await tasks_.join();
  }

 private:
  net::awaitable<void> watch_signals(bool level_fixed) {
    for (;;) {  // ends when cancelled
      const int number = co_await signals_.next();
      if (number == 0) co_return;
      if (number == SIGHUP) {
        reload(level_fixed);
        continue;
      }
      say("==> Vault Agent shutdown triggered");
      agent_.stop();
    }
  }

  void reload(bool level_fixed) {
    say("==> Vault Agent config reload triggered");
    const auto loaded = load_config(paths_);
    if (!loaded) return say(loaded.error().message);
    const auto level = log::parse_level(loaded->config.log_level);
    if (!level) return say(level.error().message);
    if (!level_fixed) log::set_level(*sink_, *level);
  }

  runtime::Signals signals_;
  runtime::TaskGroup tasks_;
  Agent& agent_;
  std::shared_ptr<log::Sink> sink_;
  std::vector<std::string> paths_;
};

struct LogSettings {
  log::SinkOptions sink;
  std::string level_text;
  bool level_fixed = false;
};

// compat: a file without -log-rotate-duration begins anew every day
constexpr std::string_view kLogAge = "24h";

// Flag, then file; the flags' texts are checked here, the file's were checked when it was read.
Result<std::shared_ptr<log::LogFile>> open_log_file(const flags::Parsed& given, const AgentConfig& config) {
  log::LogFileOptions options;
  options.path = given.last("log-file").value_or(config.log_file);
  if (options.path.empty()) return std::shared_ptr<log::LogFile>();
  const auto number = [&](std::string_view flag, std::optional<std::int64_t> file) -> Result<std::int64_t> {
    const auto text = given.last(flag);
    if (!text) return file.value_or(0);
    const auto value = parse_int(*text);
    if (!value) return invalid("invalid value \"" + *text + "\" for flag -" + std::string(flag) + ": " + value.error().message);
    return value;
  };
  const auto bytes = number("log-rotate-bytes", config.log_rotate_bytes);
  if (!bytes) return bytes.error();
  const auto archives = number("log-rotate-max-files", config.log_rotate_max_files);
  if (!archives) return archives.error();
  std::string age_text = given.last("log-rotate-duration").value_or(config.log_rotate_duration);
  if (age_text.empty()) age_text = kLogAge;
  const auto age = parse_vault_duration(age_text);
  if (!age) return invalid("invalid value \"" + age_text + "\" for flag -log-rotate-duration: " + age.error().message);
  options.bytes_max = *bytes;
  options.archives_max = *archives;
  options.age_max = *age;
  auto file = log::LogFile::open(std::move(options));
  if (!file) return invalid("error opening the log file: " + file.error().message);
  return std::shared_ptr<log::LogFile>(*std::move(file));
}

Result<LogSettings> log_settings(const flags::Parsed& given, const flags::Environment& environment,
                                 const AgentConfig& config) {
  LogSettings settings;
  settings.level_text = setting(given, environment, "log-level", "LOG_LEVEL", "");
  settings.level_fixed = !settings.level_text.empty();
  if (!settings.level_fixed) settings.level_text = config.log_level;
  const auto level = log::parse_level(settings.level_text);
  if (!level) return level.error();
  const auto format = log::parse_format(setting(given, environment, "log-format", "LOG_FORMAT", config.log_format));
  if (!format) return format.error();
  settings.sink.level = *level;
  settings.sink.format = *format;
  if (given.last("combine-logs") && *parse_bool(*given.last("combine-logs"))) settings.sink.descriptor = 1;
  const auto file = open_log_file(given, config);
  if (!file) return file.error();
  settings.sink.file = *file;
  return settings;
}

void tell_oddities(const log::Logger& log, const LoadedConfig& loaded) {
  for (const auto& warning : loaded.warnings) log.warn(warning.message);
  for (const auto& name : loaded.config.without_effect) {
    log.warn("accepted, but without effect in this version", {{"key", name}});
  }
}

// The method cert: own files where given, the others from the agent's connection.
std::function<Result<vault::Connector>(const LoginCertificate&)> connect_with_certificate(net::any_io_executor executor,
                                                                                          const ConnectionSettings& settings) {
  return [executor = std::move(executor), settings](const LoginCertificate& own) -> Result<vault::Connector> {
    ConnectionSettings mixed = settings;
    if (!own.ca_cert.empty()) mixed.ca_cert = own.ca_cert;
    if (!own.client_cert.empty()) mixed.client_cert = own.client_cert;
    if (!own.client_key.empty()) mixed.client_key = own.client_key;
    auto connection = open_connection(executor, mixed);
    if (!connection) return connection.error();
    return std::move(connection->connect);
  };
}

int run_loaded(const LoadedConfig& loaded, const flags::Parsed& given, const flags::Environment& environment,
               const std::vector<std::string>& paths) {
  const AgentConfig& config = loaded.config;
  const auto logs = log_settings(given, environment, config);
  if (!logs) return refuse(logs.error().message);
  if (!config.auto_auth) {
    say("No auto_auth block found in config, the automatic authentication feature will not be started");
  }
  const auto verify_only = given.last("test-verify-only");
  if (verify_only && *parse_bool(*verify_only)) return 0;
  auto sink = log::make_sink(logs->sink);
  const log::Logger root(sink, "");
  tell_oddities(root.named("agent"), loaded);

  const auto settings = resolve_connection(config.vault ? &*config.vault : nullptr, given, environment);
  if (!settings) return refuse(settings.error().message);
  net::io_context io{1};
  const auto connection = open_connection(io.get_executor(), *settings);
  if (!connection) return refuse(connection.error().message);

  runtime::RealClock clock;
  Agent agent(config, {.executor = io.get_executor(),
                       .connect = connection->connect,
                       .url = connection->url,
                       .name_space = settings->name_space,
                       .client_deadline = settings->deadline,
                       .clock = clock,
                       .dice = runtime::make_dice(),
                       .log = root,
                       .environment = environment,
                       .command_environment = command_environment(*settings),
                       .standard_output = [](std::string_view text) { say(text); },
                       .connect_with = connect_with_certificate(io.get_executor(), *settings)});
  if (auto right = check_telemetry(config); !right) return refuse(right.error().message);
  if (auto ready = agent.prepare(); !ready) return refuse(ready.error().message);
  if (auto right = check_persistent_cache(config); !right) return refuse(right.error().message);
  if (has_proxy_listener(config)) say(kProxyNote);
  if (auto right = check_listeners(config); !right) return refuse(right.error().message);
  print_banner(config, logs->level_text, logs->sink.descriptor == 1);
  if (auto stored = write_pid_file(config.pid_file); !stored) return refuse(stored.error().message);

  AgentEnd end;
  Process process(io, agent, sink, paths);
  // The root task: its exceptions are defects and end the program through io.run().
  bool done = false;
  net::co_spawn(io, process.run(logs->level_fixed, end), [&done](const std::exception_ptr& defect) {
    if (defect) std::rethrow_exception(defect);
    done = true;
  });
  while (!done) io.run_one();
  io.run_for(kLastHandlers);
  if (!config.pid_file.empty()) ::unlink(config.pid_file.c_str());
  if (end.exit_code != 0) say("Error encountered during run, refer to logs for more details.");
  // A look-up of a name cannot be interrupted, and the loop's end would wait for it.
  if (!io.stopped()) ::_exit(end.exit_code);
  return end.exit_code;
}

std::vector<std::string> config_paths(const flags::Parsed& given, const flags::Environment& environment) {
  if (const auto found = given.given.find("config"); found != given.given.end()) return found->second;
  for (const std::string_view name : {"BAO_AGENT_CONFIG_PATH", "VAULT_AGENT_CONFIG_PATH"}) {
    if (auto value = environment(name); value && !value->empty()) return {*value};
  }
  return {};
}

}  // namespace

int run_agent_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  auto given = flags::parse(agent_flags(), arguments);
  if (!given) return refuse(given.error().message);
  if (given->help) {
    say("Usage: vault agent [options]\n\nLogs in to Vault, writes tokens to sinks, renders templates with secrets, and\n"
        "keeps tokens, leases and files fresh.\n\nOptions:\n" +
        flags::usage(agent_flags()));
    return 0;
  }
  const auto paths = config_paths(*given, environment);
  if (paths.empty()) return refuse("Must specify exactly at least one config path using -config");
  auto loaded = load_config(paths);
  if (!loaded) return refuse(loaded.error().message);
  if (const auto flag = given->last("exit-after-auth")) loaded->config.exit_after_auth = *parse_bool(*flag);
  return run_loaded(*loaded, *given, environment, paths);
}

}  // namespace leasehold::agent

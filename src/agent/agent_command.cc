#include "agent_command.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "agent.h"
#include "agent_flags.h"
#include "agent_process.h"
#include "command_line.h"
#include "config.h"
#include "connection.h"
#include "generate_config.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"
#include "log_settings.h"
#include "start_checks.h"
#include "version.h"

namespace leasehold::agent {
namespace {

constexpr int kFailure = 1;
const std::string kNoClient = "Error fetching client: ";
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

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Result<void> write_pid_file(const std::string& path) {
  if (path.empty()) return {};
  auto written = runtime::write_atomically(path, std::to_string(::getpid()), {.mode = 0600, .sync = false});
  if (written) return {};
  return invalid("Error storing PID: could not open pid file: " + written.error().message);
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
               ReloadSettings reload) {
  const AgentConfig& config = loaded.config;
  const auto logs = resolve_logs(given, environment, config);
  if (!logs) return refuse(logs.error().message);
  if (!config.auto_auth) {
    say("No auto_auth block found in config, the automatic authentication feature will not be started");
  }
  if (is_on(given, "test-verify-only")) return 0;
  auto sink = log::make_sink(logs->sink);
  const log::Logger root(sink, "");
  tell_oddities(root.named("agent"), loaded);

  const auto settings = resolve_connection(config.vault ? &*config.vault : nullptr, given, environment);
  if (!settings) return refuse(kNoClient + settings.error().message);
  net::io_context io{1};
  const auto connection = open_connection(io.get_executor(), *settings);
  if (!connection) return refuse(kNoClient + connection.error().message);

  runtime::RealClock clock;
  Agent agent(config, {.executor = io.get_executor(),
                       .connect = connection->connect,
                       .url = connection->url,
                       .name_space = settings->name_space,
                       .client_deadline = settings->deadline,
                       .follow_redirects = settings->follow_redirects,
                       .clock = clock,
                       .dice = runtime::make_dice(),
                       .log = root,
                       .environment = environment,
                       .command_environment = command_environment(*settings),
                       .standard_output = [](std::string_view text) { say(text); },
                       .connect_with = connect_with_certificate(io.get_executor(), *settings),
                       .connect_once = connection->connect_once,
                       .host_name = host_name()});
  if (has_proxy_listener(config)) say(kProxyNote);
  if (auto right = check_telemetry(config); !right) return refuse(right.error().message);
  if (auto ready = agent.prepare(); !ready) return refuse(ready.error().message);
  if (auto right = check_persistent_cache(config); !right) return refuse(right.error().message);
  if (auto right = check_listeners(config); !right) return refuse(right.error().message);
  print_banner(config, logs->level_text, logs->sink.descriptor == 1);
  if (auto stored = write_pid_file(config.pid_file); !stored) return refuse(stored.error().message);

  AgentEnd end;
  reload.level_fixed = logs->level_fixed;
  AgentProcess process({.io = io,
                        .agent = agent,
                        .connection = *connection,
                        .sink = sink,
                        .service_manager = ServiceManager(environment("NOTIFY_SOCKET").value_or("")),
                        .say = say},
                       std::move(reload));
  // The root task: its exceptions are defects and end the program through io.run().
  bool done = false;
  net::co_spawn(io, process.run(end), [&done](const std::exception_ptr& defect) {
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

// compat: what stands behind a word that is no flag is not read, and said to be not
std::string trailing_flags(const std::vector<std::string>& words) {
  std::vector<std::string> flags;
  for (const std::string& word : words) {
    if (word.size() > 1 && word.starts_with('-')) flags.push_back(word);
  }
  if (flags.empty()) return "";
  return "Command flags must be provided before positional arguments. The following arguments will not be parsed as "
         "flags: [" + join(flags, ",") + "]";
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
  if (!arguments.empty() && arguments[0] == "generate-config") {
    return run_generate_config(arguments.subspan(1), environment);
  }
  auto given = flags::parse(agent_flags(), arguments);
  if (!given) return refuse(given.error().message);
  if (given->help) {
    say("Usage: vault agent [options]\n\nLogs in to Vault, writes tokens to sinks, renders templates with secrets, and\n"
        "keeps tokens, leases and files fresh.\n\nOptions:\n" +
        flags::usage(agent_flags()));
    return 0;
  }
  if (const std::string warning = trailing_flags(given->positional); !warning.empty()) say(warning);
  const auto paths = config_paths(*given, environment);
  if (paths.empty()) return refuse("Must specify exactly at least one config path using -config");
  const ReadOptions options{.strict_hcl = is_on(*given, "strict-hcl")};
  auto loaded = load_config(paths, options);
  if (!loaded) return refuse(loaded.error().message);
  if (const auto flag = given->last("exit-after-auth")) loaded->config.exit_after_auth = *parse_bool(*flag);
  if (auto taken = take_connection_variables(loaded->config, environment); !taken) return refuse(taken.error().message);
  return run_loaded(*loaded, *given, environment, {.paths = paths, .options = options});
}

}  // namespace leasehold::agent

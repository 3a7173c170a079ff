// leasehold-injector: the command line (spec/injector.md 1 and 3).
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leasehold/base/text.h"
#include "leasehold/flags/flags.h"
#include "leasehold/kube/config.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/signals.h"
#include "leasehold/runtime/threads.h"
#include "offline_commands.h"
#include "reference.h"
#include "server.h"
#include "settings.h"

namespace leasehold::injector {
namespace {

constexpr unsigned kThreadsMax = 4;
constexpr int kUsageStatus = 127;

void print(std::FILE* stream, const std::string& text) {
  std::fputs(text.c_str(), stream);
}

std::string program_usage() {
  return "Usage: leasehold-injector [--version] [--help] <command> [<args>]\n\n"
         "Available commands are:\n"
         "    agent-inject    serve the admission webhook that injects the agent\n"
         "    patch           inject into manifests, without a server\n"
         "    explain         say what would be injected into manifests, and what is wrong in them\n"
         "    annotations     print what every annotation and setting does, as Markdown\n"
         "    version         print the version\n";
}

std::string inject_usage() {
  const auto rows = flag_rows();
  return "Usage: leasehold-injector agent-inject [flags]\n" + flags::usage(rows);
}

int fail(const std::string& text) {
  print(stderr, text + "\n");
  return 1;
}

/// A path that cannot be served is an error here; the replaced program crashes (Q3).
Result<void> check_telemetry_path(const std::string& path) {
  if (path.empty()) return {};
  if (!path.starts_with('/') || path == "/mutate" || path == "/health/ready") {
    return invalid("invalid telemetry path " + go_quote(path) +
                   ": it must start with / and be neither /mutate nor /health/ready");
  }
  return {};
}

/// nullopt: nothing is asked of the API server.
Result<std::optional<kube::Config>> find_api(const Settings& settings) {
  if (!needs_api(settings)) {
    if (settings.use_leader_elector) {
      print(stdout, "Leader election is not needed with certificate files and is ignored\n");
    }
    return std::optional<kube::Config>();
  }
  if (settings.use_leader_elector) {
    print(stdout,
          "Using internal leader elector logic for webhook certificate management\n");
    if (settings.pod_name.empty()) {
      return invalid("required env POD_NAME not set, please configure downward API");
    }
  }
  if (!settings.kubeconfig.empty()) {
    auto config = kube::read_kubeconfig(settings.kubeconfig);
    if (!config) return invalid("Error loading kubeconfig: " + config.error().message);
    return std::optional<kube::Config>(*std::move(config));
  }
  auto config = kube::read_in_cluster(flags::process_environment());
  if (!config) {
    return invalid("Error loading in-cluster K8S config: " + config.error().message +
                   " (needed to generate a certificate; with -tls-cert-file and -tls-key-file "
                   "nothing is asked of the API server)");
  }
  return std::optional<kube::Config>(*std::move(config));
}

Result<log::Logger> make_logger(const Settings& settings) {
  const auto level = log::parse_level(settings.log_level.empty() ? "info" : settings.log_level);
  if (!level) return invalid("Error setting log level: " + level.error().message);
  log::SinkOptions options;
  options.level = *level;
  options.format = settings.log_format == "json" ? log::Format::Json : log::Format::Standard;
  return log::Logger(log::make_sink(options), "handler");
}

int serve(std::shared_ptr<const Settings> settings) {
  const auto logger = make_logger(*settings);
  if (!logger) return fail(logger.error().message);
  auto api = find_api(*settings);
  if (!api) return fail(api.error().message);
  if (const auto fine = check_telemetry_path(settings->telemetry_path); !fine) {
    return fail(fine.error().message);
  }
  if (!settings->telemetry_path.empty()) {
    print(stdout, "Registering telemetry path on " + go_quote(settings->telemetry_path) + "\n");
  }
  ServerSetup setup;
  setup.settings = settings;
  setup.log = *logger;
  setup.api = *std::move(api);
  setup.user_agent = "leasehold-injector/v" LEASEHOLD_VERSION;
  setup.threads = runtime::usable_cpus(kThreadsMax);
  const auto server = WebhookServer::create(std::move(setup));
  if (!server) return fail(server.error().message);
  logger->info("Starting handler..");
  print(stdout, "Listening on " + go_quote(settings->listen) + "...\n");
  std::fflush(stdout);
  (*server)->run();
  logger->info("shut down");
  return 0;
}

int agent_inject(const std::vector<std::string>& arguments) {
  const auto rows = flag_rows();
  const auto given = flags::parse(rows, arguments);
  if (!given) return fail(given.error().message + "\n" + inject_usage());
  if (given->help) {
    print(stderr, inject_usage());
    return 0;
  }
  auto settings = resolve_settings(*given, flags::process_environment());
  if (!settings) return fail(settings.error().message);
  runtime::harden_process();
  return serve(std::make_shared<const Settings>(*std::move(settings)));
}

/// compat: scripts ask the program by its old name for its old version.
constexpr const char* kReplacedProgram = "vault-k8s";
constexpr const char* kReplacedVersion = "v1.7.6";

int dispatch(const std::string& program, const std::vector<std::string>& arguments) {
  const bool is_replaced = program == kReplacedProgram;
  const std::string version = is_replaced ? kReplacedVersion : "v" LEASEHOLD_VERSION;
  const std::string command = arguments.empty() ? "" : arguments.front();
  if (command == "agent-inject") return agent_inject({arguments.begin() + 1, arguments.end()});
  if (command == "patch") return run_patch({arguments.begin() + 1, arguments.end()});
  if (command == "explain") return run_explain({arguments.begin() + 1, arguments.end()});
  if (command == "annotations") {
    print(stdout, annotations_reference());
    return 0;
  }
  if (command == "version") {
    print(stdout, (is_replaced ? kReplacedProgram : "leasehold-injector") + (" " + version) + "\n");
    return 0;
  }
  if (command == "--version" || command == "-version" || command == "-v") {
    print(stderr, version + "\n");
    return 0;
  }
  print(stderr, program_usage());
  const bool asked = command == "--help" || command == "-help" || command == "-h";
  return asked ? 0 : kUsageStatus;
}

}  // namespace
}  // namespace leasehold::injector

int main(int argc, char** argv) {
  const std::string called = argc > 0 ? argv[0] : "";
  const std::string program = called.substr(called.rfind('/') + 1);
  return leasehold::injector::dispatch(
      program, std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

// leasehold-agent, also called as vault or bao: picks the command. Called as sh: see fixed_shell.h.
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "agent_command.h"
#include "ask_command.h"
#include "client_commands.h"
#include "fixed_shell.h"
#include "leasehold/flags/flags.h"
#include "leasehold/runtime/signals.h"
#include "lint_command.h"
#include "render_command.h"

namespace {

using leasehold::flags::Environment;
using Arguments = std::span<const std::string>;

constexpr const char* kUsage =
    "Usage: leasehold-agent <command> [options]\n\n"
    "Commands:\n"
    "  agent -config=FILE        log in, render templates, keep leases alive\n"
    "  lint FILE...              check configurations, templates and manifests\n"
    "  render TEMPLATE...        render templates once, with sample data or from a server\n"
    "  status                    whether the server is sealed\n"
    "  read PATH                 read a secret\n"
    "  kv get KEY                read a secret of a KV mount\n"
    "  token lookup|renew|revoke the own token\n"
    "  ready                     whether a running agent has everything in place (probe)\n"
    "  check                     have a running agent look up its leases now\n"
    "  why FILE                  where a file's secrets come from, and what comes next\n"
    "  version                   print the version\n\n"
    "`leasehold-agent agent -help` lists the options.\n";

constexpr int kUnknownCommand = 127;

int print_usage(Arguments /*arguments*/, const Environment& /*environment*/) {
  std::printf("%s", kUsage);
  return 0;
}

struct Command {
  std::string_view name;
  int (*run)(Arguments arguments, const Environment& environment);
};
constexpr Command kCommands[] = {
    {"agent", leasehold::agent::run_agent_command},
    {"check", leasehold::agent::run_check_command},
    {"lint", leasehold::agent::run_lint_command},
    {"ready", leasehold::agent::run_ready_command},
    {"render", leasehold::agent::run_render_command},
    {"status", leasehold::agent::run_status_command},
    {"read", leasehold::agent::run_read_command},
    {"kv", leasehold::agent::run_kv_command},
    {"token", leasehold::agent::run_token_command},
    {"why", leasehold::agent::run_why_command},
    {"version", leasehold::agent::run_version_command},
    {"-version", leasehold::agent::run_version_command},
    {"--version", leasehold::agent::run_version_command},
    {"-v", leasehold::agent::run_version_command},
    {"-h", print_usage},
    {"-help", print_usage},
    {"--help", print_usage},
};

int run_words(Arguments words, const Environment& environment) {
  if (!words.empty()) {
    for (const auto& command : kCommands) {
      if (command.name == words[0]) return command.run(words.subspan(1), environment);
    }
  }
  std::fprintf(stderr, "%s", kUsage);
  return kUnknownCommand;
}

int dispatch(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto environment = leasehold::flags::process_environment();
  const auto command = [&](Arguments command) { return run_words(command, environment); };
  if (leasehold::agent::is_shell_name(argv[0])) return leasehold::agent::run_shell(words, environment, command);
  return command(words);
}

}  // namespace

int main(int argc, char** argv) {
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
  leasehold::runtime::harden_process(/*keep_dumpable=*/true);
#else
  leasehold::runtime::harden_process();
#endif
  try {
    return dispatch(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "leasehold-agent: a defect ended the program: %s\n", e.what());
    return 70;
  }
}

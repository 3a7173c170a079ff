#include "ask_command.h"

#include <chrono>
#include <cstdio>

#include "command_line.h"
#include "journal.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/files.h"
#include "leasehold/runtime/local_socket.h"

namespace leasehold::agent {
namespace {

/// A probe's own limit is mostly one second.
constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kJournalBytesMax = 4UL * 1024 * 1024;
/// Where the injector's modern profile puts it.
constexpr const char* kStatePath = "/home/vault/.leasehold/state.json";
constexpr const char* kStateVariable = "LEASEHOLD_STATE";

std::span<const flags::Row> ask_flags() {
  static constexpr flags::Row kRows[] = {
      {"state", flags::Kind::Text, kStatePath, kStateVariable, "Path of the state file, as in state { path }."},
      {"socket", flags::Kind::Text, "", "", "The agent's socket, when state { socket } names another."},
      {"startup", flags::Kind::Boolean, "false", "", "ready: whether everything was rendered once."},
      {"live", flags::Kind::Boolean, "false", "", "ready: whether the agent answers."},
  };
  return kRows;
}

struct Question {
  flags::Parsed given;
  std::string state_path;
  std::string socket;
};

Result<Question> read_question(std::span<const std::string> arguments, const flags::Environment& environment) {
  auto given = parse_interleaved(ask_flags(), arguments);
  if (!given) return given.error();
  Question question;
  question.given = *std::move(given);
  question.state_path = question.given.last("state").value_or(environment(kStateVariable).value_or(kStatePath));
  const auto slash = question.state_path.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "" : question.state_path.substr(0, slash + 1);
  question.socket = question.given.last("socket").value_or(folder + "agent.sock");
  return question;
}

int print_help(std::string_view command, std::string_view about) {
  std::printf("Usage: leasehold-agent %.*s [options]%s\n\n%.*s\n\nOptions:\n%s", static_cast<int>(command.size()), command.data(),
              command == "why" ? " FILE" : "", static_cast<int>(about.size()), about.data(), flags::usage(ask_flags()).c_str());
  return kDone;
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return kProblems;
}

}  // namespace

int run_ready_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  const auto question = read_question(arguments, environment);
  if (!question) return usage_error("ready", question.error().message);
  if (question->given.help) return print_help("ready", "Asks the agent whether its files are written and its leases live.");
  const char* probe = is_on(question->given, "startup") ? "startup" : is_on(question->given, "live") ? "live" : "ready";
  const auto answer = runtime::ask_local(question->socket, probe, kPatience);
  if (!answer) return fail(answer.error());
  const bool yes = answer->starts_with("yes ");
  const auto blank = answer->find(' ');
  std::fputs(blank == std::string::npos ? answer->c_str() : answer->c_str() + blank + 1, stdout);
  return yes ? kDone : kProblems;
}

int run_check_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  const auto question = read_question(arguments, environment);
  if (!question) return usage_error("check", question.error().message);
  if (question->given.help) {
    return print_help("check", "For an application whose login was refused: has the agent look up all leases now.");
  }
  const auto answer = runtime::ask_local(question->socket, "check", kPatience);
  if (!answer) return fail(answer.error());
  std::fputs(answer->c_str(), stdout);
  return kDone;
}

int run_why_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  const auto question = read_question(arguments, environment);
  if (!question) return usage_error("why", question.error().message);
  if (question->given.help) return print_help("why", "Tells which lease a file hangs on, what comes next and what caused each rewrite.");
  if (question->given.positional.size() != 1) return usage_error("why", "names one file, such as /vault/secrets/db");
  const auto text = runtime::read_file(journal_path(question->state_path), kJournalBytesMax);
  if (!text) return fail(text.error().in("no agent with a state has run here"));
  const auto journal = parse_journal(*text);
  if (!journal) return fail(journal.error());
  const runtime::RealClock clock;
  const auto answer = explain_file(*journal, question->given.positional[0], clock.wall_now());
  if (!answer) return fail(answer.error());
  std::fputs(answer->c_str(), stdout);
  return kDone;
}

}  // namespace leasehold::agent

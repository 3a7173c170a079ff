// golden-agent-config [--agent PATH] PATH...: what the agent makes of a configuration
// (test/golden/agent-config/README.md). Cases that fail while loading need no program; those that
// start or run are given to the real one.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "case_files.h"
#include "config.h"
#include "leasehold/base/text.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using leasehold::golden::Score;

/// What is to happen; recorded from OpenBao, corrected where Vault is known to differ and we follow it.
struct Expected {
  bool ok = false;
  std::string stage;
  int exit_code = 0;
  std::string message;
};

struct Correction {
  std::string_view name;
  std::string_view why;
  Expected expected;
};

const Expected kKeepsRunning = {true, "run", 0, ""};
const Expected kUndone = {true, "run", 1, ""};

// One row for each recorded vault_differs that changes one of the compared fields; the others
// (064, 084, 137: keys that Vault uses and OpenBao ignores; 033: a method that we lack as well;
// 171: only Vault 1.21 and later) are as recorded.
const Correction kCorrections[] = {
    {"040-backoff-min-equals-max", "Vault accepts equal back-offs", kKeepsRunning},
    {"069-exit-after-auth-bool", "an init container that is stopped before its work is done must not count as done", kUndone},
    {"152-exec-unknown-key", "Vault 1.16 knows child_process_stdout", kKeepsRunning},
    {"169-disable-mlock-false", "Vault accepts false", kKeepsRunning},
};

/// A folder as the recordings had it: the configuration, an empty folder out, a file jwt.
class WorkFolder {
 public:
  WorkFolder(const std::string& file, const std::string& text) {
    std::string path = (fs::temp_directory_path() / "golden-agent-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) return;
    path_ = path;
    fs::create_directory(path_ / "out");
    std::ofstream(path_ / "jwt") << "jwt";
    std::ofstream(path_ / file, std::ios::binary) << text;
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string both(const std::string& what, const std::string& want, const std::string& have) {
  return want == have ? "" : "  " + what + " want: " + want + "\n  " + what + " got:  " + have;
}

/// The peer's name in its texts, and what is random in them.
std::string neutral(std::string text) {
  text = leasehold::replace_all(std::move(text), "OpenBao", "Vault");
  return std::regex_replace(text, std::regex(R"(\.tmp\.[0-9a-f]{8})"), ".tmp.<8 hex>");
}

/// Loading alone, in the folder of the case so that file names agree.
std::string check_load(const WorkFolder& folder, const std::string& file, const Expected& expected) {
  fs::current_path(folder.path());
  const auto loaded = leasehold::agent::load_config({file});
  std::string message;
  if (!loaded) {
    message = loaded.error().message;
  } else if (const auto logging = leasehold::agent::check_log_settings(loaded->config); !logging) {
    message = logging.error().message;
  }
  fs::current_path("/");
  const bool refused = !message.empty();
  if (expected.stage == "load") return both("message", neutral(expected.message), neutral(message));
  return refused ? "  want: loads\n  got:  " + message : "";
}

/// The banner, the configuration block and the notes that only say what goes on.
std::string without_banner(const std::string& output) {
  std::string kept;
  bool in_block = false;
  for (const std::string& line : leasehold::split(output, '\n')) {
    if (line.starts_with("==> ") && line.find("configuration:") != std::string::npos) in_block = true;
    const bool blank = leasehold::trim_space(line).empty();
    const bool banner = line.starts_with("==> ") && !line.starts_with("==> Note: Vault Agent will be deprecating");
    const bool setting = in_block && line.starts_with(" ");
    if (blank || banner || setting) continue;
    in_block = false;
    kept += (kept.empty() ? "" : "\n") + line;
  }
  return kept;
}

struct Outcome {
  bool ended_by_itself = false;
  int exit_code = 0;
  std::string output;
};

constexpr std::chrono::milliseconds kStayTime{1200};
constexpr std::chrono::milliseconds kEndTime{10'000};

std::optional<int> wait_for_end(pid_t child, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < end) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return std::nullopt;
}

Outcome run_agent(const std::string& agent, const WorkFolder& folder, const std::string& file,
                  std::chrono::milliseconds patience) {
  const fs::path out = folder.path() / "stdout.txt";
  const pid_t child = ::fork();
  if (child == 0) {
    const int to = ::open(out.c_str(), O_WRONLY | O_CREAT, 0600);
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(to, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    if (::chdir(folder.path().c_str()) != 0) ::_exit(126);
    const std::string argument = "-config=" + file;
    ::execl(agent.c_str(), agent.c_str(), "agent", argument.c_str(), nullptr);
    ::_exit(127);
  }
  Outcome outcome;
  std::optional<int> code = wait_for_end(child, patience);
  outcome.ended_by_itself = code.has_value();
  if (!code) {
    ::kill(child, SIGTERM);
    code = wait_for_end(child, kEndTime);
  }
  if (!code) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    code = -1;
  }
  outcome.exit_code = *code;
  outcome.output = leasehold::golden::read_text(out);
  return outcome;
}

std::string check_run(const std::string& agent, const WorkFolder& folder, const std::string& file,
                      const Expected& expected) {
  // A busy machine may need long to end; only what must stay up is judged after the recorded time.
  const Outcome got = run_agent(agent, folder, file, expected.stage == "run" ? kStayTime : kEndTime);
  const std::string stage = got.ended_by_itself ? "start" : "run";
  if (stage != expected.stage) {
    return both("stage", expected.stage, stage) + "\n  exit code " + std::to_string(got.exit_code) + ", output: " + got.output;
  }
  std::string found = both("exit code", std::to_string(expected.exit_code), std::to_string(got.exit_code));
  // Of a case that runs only `stdout` was recorded, not `message`.
  if (found.empty() && !expected.ok) {
    found = both("message", neutral(expected.message), neutral(without_banner(got.output)));
  }
  return found;
}

Expected expectation(const std::string& name, const Json& golden) {
  for (const Correction& correction : kCorrections) {
    if (correction.name == name) return correction.expected;
  }
  const std::string code = golden.at("stage") == "run" ? "exit_code_after_sigterm" : "exit_code";
  return {golden.at("ok"), golden.at("stage"), golden.value(code, 0), golden.value("message", "")};
}

void check(const std::string& agent, const std::string& name, const Json& golden, Score& score) {
  const Expected expected = expectation(name, golden);
  const std::string file = golden.at("format") == "json" ? "agent.json" : "agent.hcl";
  const WorkFolder folder(file, golden.at("config"));
  std::string found = check_load(folder, file, expected);
  if (found.empty() && expected.stage != "load") {
    if (agent.empty()) {
      std::cout << "SKIP " << name << ": loads; to start it, give --agent PATH\n";
      return;
    }
    found = check_run(agent, folder, file, expected);
  }
  if (found.empty()) {
    score.pass();
  } else {
    score.fail(name, found);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> paths(argv + 1, argv + argc);
  std::string agent;
  for (std::size_t i = 0; i + 1 < paths.size(); ++i) {
    if (paths[i] != "--agent") continue;
    agent = fs::absolute(paths[i + 1]);
    paths.erase(paths.begin() + static_cast<std::ptrdiff_t>(i), paths.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    break;
  }
  Score score;
  std::vector<fs::path> files = leasehold::golden::case_files(paths, score.failed);
  for (fs::path& file : files) file = fs::absolute(file);
  for (const fs::path& file : files) {
    try {
      check(agent, file.stem(), Json::parse(leasehold::golden::read_text(file)), score);
    } catch (const Json::exception& error) {
      score.fail(file.stem(), std::string("  not a case: ") + error.what());
    }
  }
  return score.finish();
}

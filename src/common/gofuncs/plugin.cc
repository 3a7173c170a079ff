#include "plugin.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leasehold/base/text.h"

// NOLINTNEXTLINE(readability-identifier-naming): the name is POSIX's
extern char** environ;

namespace leasehold::gofuncs {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds kTimeLimit{30};
/// More than this is not kept.
constexpr std::size_t kOutputBytesMax = 16UL * 1024 * 1024;

/// Both ends of a pipe, closed at the end.
class Pipe {
 public:
  Pipe() { ok_ = pipe2(ends_.data(), O_CLOEXEC) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  void close_end(std::size_t index) {
    if (ok_ && ends_.at(index) >= 0) close(ends_.at(index));
    ends_.at(index) = -1;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] int reader() const { return ends_[0]; }
  [[nodiscard]] int writer() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool ok_ = false;
};

/// Reads what is there. False at the end of the stream.
bool drain(int descriptor, std::string& out) {
  std::array<char, 4096> buffer{};
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  if (out.size() < kOutputBytesMax) out.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

/// Collects both streams until they end. False when the time was over before.
bool collect(Pipe& out_pipe, Pipe& error_pipe, std::string& out, std::string& error) {
  const auto deadline = Steady::now() + kTimeLimit;
  std::array<pollfd, 2> waits{pollfd{out_pipe.reader(), POLLIN, 0}, pollfd{error_pipe.reader(), POLLIN, 0}};
  std::array<std::string*, 2> texts{&out, &error};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()).count();
    if (left <= 0) return false;
    if (poll(waits.data(), waits.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    for (std::size_t index = 0; index < waits.size(); ++index) {
      if (waits.at(index).fd >= 0 && waits.at(index).revents != 0 && !drain(waits.at(index).fd, *texts.at(index))) {
        waits.at(index).fd = -1;
      }
    }
  }
  return true;
}

Error failure(const std::string& program, const std::string& reason, std::string_view out, std::string_view error) {
  return invalid("exec " + go_quote(program) + ": " + reason + "\n\nstdout:\n\n" + std::string(out) +
                 "\n\nstderr:\n\n" + std::string(error));
}

std::string status_text(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = sigdescr_np(WTERMSIG(status));
    return "signal: " + to_lower(name == nullptr ? "unknown" : name);
  }
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Result<std::string> run_plugin(const std::vector<std::string>& argv) {
  Pipe out_pipe;
  Pipe error_pipe;
  if (!out_pipe.ok() || !error_pipe.ok()) return invalid("plugin: cannot make a pipe");
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_pipe.writer(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error_pipe.writer(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int code = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  out_pipe.close_end(1);
  error_pipe.close_end(1);
  if (code != 0) {
    std::string reason = std::generic_category().message(code);
    reason[0] = static_cast<char>(reason[0] | 0x20);
    return failure(argv[0], "fork/exec " + argv[0] + ": " + reason, "", "");
  }
  std::string out;
  std::string error;
  const bool finished = collect(out_pipe, error_pipe, out, error);
  if (!finished) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!finished) return invalid("exec " + go_quote(argv[0]) + ": did not finish in 30s");
  if (status != 0) return failure(argv[0], status_text(status), out, error);
  return std::string(trim_space(out));
}

}  // namespace leasehold::gofuncs

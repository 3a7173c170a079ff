// Commands: posix_spawn, then a pidfd that Asio waits on; no SIGCHLD handler, so that one process
// can run many without owning the signal.
#include "leasehold/runtime/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/task_group.h"

namespace leasehold::runtime {
namespace {

std::string shown(const Command& command) { return join(command.argv, " "); }

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  // posix_spawn takes char* const[] for historical reasons and does not write.
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

Result<pid_t> start(const Command& command) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t defaults;
  sigfillset(&defaults);
  sigdelset(&defaults, SIGKILL);
  sigdelset(&defaults, SIGSTOP);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  if (command.own_process_group) flags |= POSIX_SPAWN_SETPGROUP;
  posix_spawnattr_setflags(&attributes, flags);
  pid_t pid = 0;
  const auto arguments = pointers(command.argv);
  const auto environment = pointers(command.environment);
  const int error =
      ::posix_spawnp(&pid, command.argv[0].c_str(), nullptr, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    const std::string text = std::generic_category().message(error);
    return transient("fork/exec " + command.argv[0] + ": " + to_lower(text.substr(0, 1)) + text.substr(1));
  }
  return pid;
}

net::awaitable<Result<void>> wait_readable(net::posix::stream_descriptor& descriptor) {
  const auto [error] =
      co_await descriptor.async_wait(net::posix::stream_descriptor::wait_read, net::as_tuple(net::use_awaitable));
  if (error) co_return cancelled("command");
  co_return Result<void>();
}

void kill_all(const Command& command, pid_t pid) { ::kill(command.own_process_group ? -pid : pid, SIGKILL); }

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Result<void> judge(const Command& command, int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string cause = WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                                              : "signal " + std::to_string(WTERMSIG(status));
  return transient("child: command exited with a non-zero exit status:\n\n    " + shown(command) + "\n\n(" + cause +
                   ") This is assumed to be a failure. Please ensure the command\nexits with a zero exit status.");
}

}  // namespace

net::awaitable<Result<void>> run_command(Command command, Clock& /*clock*/) {
  LH_ASSERT(!command.argv.empty());
  const auto pid = start(command);
  if (!pid) co_return pid.error();
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0));
  if (pidfd < 0) {
    kill_all(command, *pid);
    reap(*pid);
    co_return transient("pidfd_open: " + std::generic_category().message(errno));
  }
  net::posix::stream_descriptor ended(co_await net::this_coro::executor, pidfd);
  auto waited = co_await with_deadline("command", command.timeout, wait_readable(ended));
  if (waited) co_return judge(command, reap(*pid));
  kill_all(command, *pid);
  reap(*pid);
  if (waited.error().kind == ErrorKind::Cancelled) co_return waited;
  co_return transient("command did not exit within time limit (" + go_quote(format_duration(command.timeout)) +
                      "):\n    " + shown(command));
}

}  // namespace leasehold::runtime

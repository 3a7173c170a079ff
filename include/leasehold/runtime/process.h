// Child processes: the commands of templates.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "leasehold/base/result.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::runtime {

struct Command {
  std::vector<std::string> argv;         ///< argv[0] is looked up in PATH
  std::vector<std::string> environment;  ///< NAME=value, complete
  std::chrono::nanoseconds timeout{std::chrono::seconds(30)};
  /// Own process group, and signals go to all of it.
  bool own_process_group = false;
};

/// Runs it with our stdout and stderr and waits. Ok only on exit status 0.
/// Errors (spec/agent.md 9.7), kind Transient: `child: command exited with a non-zero exit
/// status:...`, `command did not exit within time limit ("1s"):...` (killed by then),
/// `fork/exec x: no such file or directory`. Cancelled when the caller is (child killed).
net::awaitable<Result<void>> run_command(Command command, Clock& clock);

}  // namespace leasehold::runtime

// Tells a program that its file changed, without a shell: a signal, a request, or the wish that it end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "leasehold/base/result.h"
#include "leasehold/http/client.h"
#include "notify_config.h"

namespace leasehold::agent {

namespace net = boost::asio;

/// One process as /proc shows it.
struct ProcessEntry {
  int pid = 0;
  int parent = 0;
  std::string name;        ///< of the thread group, at most 15 bytes
  std::string executable;  ///< last part of argv[0]
};

/// The processes of a program: of that name, and no child of another such one (nginx's workers are the
/// master's affair). own: never chosen.
std::vector<int> choose_processes(const std::vector<ProcessEntry>& all, std::string_view name, int own);

/// All processes that can be seen.
std::vector<ProcessEntry> list_processes();

/// The edges; tests bring their own.
struct NotifyEdges {
  std::function<std::vector<ProcessEntry>()> processes;
  std::function<Result<void>(int pid, int signal)> send_signal;
  /// Error (Invalid): a CA file that cannot be used.
  std::function<Result<std::unique_ptr<http::Transport>>(const http::Url&, const NotifyConfig&)> connect;
};
NotifyEdges real_notify_edges(const net::any_io_executor& executor);

/// Errors (Transient) name what to do: the process is not there, may not be signalled, the answer was not 2xx.
net::awaitable<Result<void>> notify(NotifyConfig notify, const NotifyEdges& edges);

}  // namespace leasehold::agent

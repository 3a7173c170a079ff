// A unix socket that answers one line with a text: how a program's own tools ask it something. Who may
// ask is the affair of the folder's and the socket's mode.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "leasehold/base/result.h"

namespace leasehold::runtime {

namespace net = boost::asio;

/// One listener on one executor. A connection has 2 s for its line of at most 256 bytes; 16 at once.
class LocalServer {
 public:
  /// Gives the answer to a line without its line feed. Must not wait.
  using Answerer = std::function<std::string(std::string line)>;

  LocalServer(net::any_io_executor executor, std::string path, Answerer answer);
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  /// REQUIRES: run() has returned or was never called. Removes the socket.
  ~LocalServer();

  /// Makes the socket, mode 0660, in place of a stale one; its folder too. Error (Invalid).
  Result<void> listen();
  /// Accepts until cancelled.
  net::awaitable<void> run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Sends a line and gives the whole answer. Blocks; for command-line tools. Error (Transient): nobody
/// answers there.
Result<std::string> ask_local(const std::string& path, const std::string& line, std::chrono::seconds deadline);

}  // namespace leasehold::runtime

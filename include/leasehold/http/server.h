// An HTTP/1.1 server over TCP, plain or TLS, with bounded bodies, headers, times and connections.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "leasehold/base/limits.h"
#include "leasehold/base/result.h"
#include "leasehold/http/message.h"
#include "leasehold/log/log.h"
#include "leasehold/tls/context.h"

namespace leasehold::http {

namespace net = boost::asio;

/// Answers one request. Runs on the connection's executor. What it throws is a defect: logged,
/// answered with 500.
using Handler = std::function<net::awaitable<Response>(Request)>;

/// Gives the context for the next connection, so that certificates can be replaced while running.
/// Null = plain HTTP. Called on the server's executor.
using ContextSource = std::function<std::shared_ptr<tls::Context>()>;

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< "" = all addresses (IPv6 and IPv4)
  std::uint16_t port = 0;             ///< 0 = any free port
  bool reuse_port = false;            ///< several servers (one a thread) share the port
  ContextSource tls;                  ///< empty = plain
  std::size_t body_bytes_max = limits::kReviewBodyBytesMax;
  std::size_t header_bytes_max = limits::kHeaderBytesMax;
  std::size_t connections_max = limits::kServerConnectionsMax;
  std::chrono::seconds header_deadline = limits::kServerHeaderDeadline;
  std::chrono::seconds request_deadline = limits::kServerRequestDeadline;  ///< to have the whole body
  std::chrono::seconds idle_deadline = limits::kServerIdleDeadline;
  /// Answer to a body over the limit (status 413); default: empty body.
  Response too_large{.status = 413, .headers = {}, .body = {}, .close = true};
  log::Logger log;  ///< TLS failures at ERROR in Go's words; nothing per request
};

/// One listener on one executor (single-threaded).
class Server {
 public:
  Server(net::any_io_executor executor, ServerOptions options, Handler handler);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// REQUIRES: run() has returned or was never called.
  ~Server();

  /// Binds and listens. Error (Invalid) in Go's words: `listen tcp 127.0.0.1:80: bind: address
  /// already in use`.
  Result<void> listen();
  /// The port that was bound.
  [[nodiscard]] std::uint16_t port() const;
  /// Accepts until stop(); returns when all connections have ended.
  net::awaitable<void> run();

  /// From now on answers carry `Connection: close` (first phase of shutdown).
  void close_after_answer();
  /// Stops accepting and ends idle connections; requests in work finish within grace, then are cut.
  /// Call on the executor.
  void stop(std::chrono::seconds grace);
  /// Connections now open.
  [[nodiscard]] std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace leasehold::http

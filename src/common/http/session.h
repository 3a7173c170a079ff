// One connection of the server from accept to close: TLS handshake, then requests one after the
// other. Its waits are bounded by the server's sweep, which closes a session whose deadline passed.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "leasehold/http/server.h"
#include "parser.h"
#include "read_buffer.h"
#include "stream.h"

namespace leasehold::http {

/// What the sessions of one server share.
struct SessionHost {
  ServerOptions options;
  Handler handler;
  bool closing = false;  ///< answers say `Connection: close`
  /// The value of a Date field for now; made once a second.
  std::string_view date();

 private:
  std::time_t date_second_ = 0;
  std::string date_;
};

class Session {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Peer {
    std::string address;  ///< without port
    std::string endpoint;
  };

  /// host must outlive the session.
  Session(SessionHost& host, Stream::Socket socket, Peer peer);
  net::awaitable<void> run();

  /// When the sweep may cut it; max() = not now (a handler is at work).
  [[nodiscard]] TimePoint deadline() const { return deadline_; }
  /// Waits for a request of which nothing has come.
  [[nodiscard]] bool is_idle() const { return !busy_; }
  /// Has served a request: when idle, its client may connect again without loss.
  [[nodiscard]] bool served_any() const { return served_any_; }
  /// Closes the connection; run() then returns.
  void cut(bool time_is_up);

 private:
  enum class Next { Keep, Close, Drain };

  net::awaitable<bool> start_tls();
  net::awaitable<bool> refuse_plain_http();
  void log_handshake_error(std::string_view reason) const;
  net::awaitable<Next> serve_one();
  net::awaitable<std::optional<Progress>> read_request(RequestParser& parser);
  net::awaitable<bool> read_more(bool idle);
  net::awaitable<Response> call_handler(Request request);
  net::awaitable<bool> answer(const Response& response, bool keep_alive, bool is_head);
  net::awaitable<void> drain();
  void allow(std::chrono::seconds limit);

  SessionHost& host_;
  Stream stream_;
  Peer peer_;
  ReadBuffer buffer_;
  TimePoint deadline_;
  bool busy_ = false;
  bool served_any_ = false;
  bool over_tls_ = false;
  bool timed_out_ = false;
};

}  // namespace leasehold::http

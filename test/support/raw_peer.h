// Peers that speak bytes, not HTTP: a server that plays scripts, and a client that sends text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "support/loop.h"

namespace leasehold::test {

/// What a scripted server does on one connection.
struct Script {
  /// Each is sent after a whole request (head and Content-Length body) has come.
  std::vector<std::string> answers;
  enum class Then { Close, Silence, ReadThenClose } then = Then::Close;
};

template <class Protocol>
class ScriptedServer {
 public:
  ScriptedServer(Loop& loop, typename Protocol::endpoint endpoint, std::vector<Script> scripts)
      : loop_(loop), acceptor_(loop.context(), endpoint), scripts_(std::move(scripts)) {
    tasks_.spawn("scripted server", serve());
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() { loop_.cancel(tasks_); }
  [[nodiscard]] std::string port() const {
    return std::to_string(acceptor_.local_endpoint().port());
  }
  [[nodiscard]] std::size_t connections() const { return connections_; }
  /// All requests, one after the other.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

 private:
  using Socket = typename Protocol::socket;

  net::awaitable<void> serve() {
    std::vector<Socket> held;
    for (const Script& script : scripts_) {
      auto [error, socket] = co_await acceptor_.async_accept(net::as_tuple(net::use_awaitable));
      if (error) co_return;
      ++connections_;
      for (const std::string& answer : script.answers) {
        if (!co_await read_request(socket)) break;
        co_await net::async_write(socket, net::buffer(answer), net::as_tuple(net::use_awaitable));
      }
      if (script.then == Script::Then::ReadThenClose) co_await read_request(socket);
      if (script.then == Script::Then::Silence) held.push_back(std::move(socket));
    }
    // Keeps the silent connections open.
    co_await pause(std::chrono::hours(1));
  }

  net::awaitable<bool> read_request(Socket& socket) {
    std::string text;
    std::string piece(4096, '\0');
    while (text.size() < wanted(text)) {
      const auto [error, size] =
          co_await socket.async_read_some(net::buffer(piece), net::as_tuple(net::use_awaitable));
      if (error) co_return false;
      text.append(piece, 0, size);
    }
    requests_.push_back(text);
    co_return true;
  }
  static std::size_t wanted(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return text.size() + 1;
    const auto length = text.find("Content-Length: ");
    return end + 4 + (length < end ? std::stoul(text.substr(length + 16)) : 0);
  }

  Loop& loop_;
  runtime::TaskGroup tasks_{loop_.executor()};
  typename Protocol::acceptor acceptor_;
  std::vector<Script> scripts_;
  std::size_t connections_ = 0;
  std::vector<std::string> requests_;
};

using ScriptedTcp = ScriptedServer<net::ip::tcp>;
using ScriptedUnix = ScriptedServer<net::local::stream_protocol>;

inline net::ip::tcp::endpoint loopback(std::uint16_t port = 0) {
  return {net::ip::address_v4::loopback(), port};
}

/// A TCP client that sends text and collects what comes.
class RawClient {
 public:
  RawClient(Loop& loop, std::uint16_t port) : socket_(loop.context()) {
    socket_.connect(loopback(port));
  }
  net::awaitable<void> send(std::string text) {
    co_await net::async_write(socket_, net::buffer(text), net::as_tuple(net::use_awaitable));
  }
  /// Reads until the text contains the mark; "" = until the end of the connection.
  net::awaitable<std::string> read(std::string mark = "") {
    std::string text;
    std::string piece(65536, '\0');
    while (mark.empty() || text.find(mark) == std::string::npos) {
      const auto [error, size] =
          co_await socket_.async_read_some(net::buffer(piece), net::as_tuple(net::use_awaitable));
      if (error) {
        end_ = error;
        break;
      }
      text.append(piece, 0, size);
    }
    co_return text;
  }
  /// How the connection ended; no error while it lives.
  [[nodiscard]] boost::system::error_code end() const { return end_; }
  net::ip::tcp::socket& socket() { return socket_; }

 private:
  net::ip::tcp::socket socket_;
  boost::system::error_code end_;
};

}  // namespace leasehold::test

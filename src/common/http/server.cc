#include "leasehold/http/server.h"

#include <algorithm>
#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include "leasehold/runtime/task_group.h"
#include "session.h"
#include "tls_text.h"

namespace leasehold::http {
namespace {

using net::ip::tcp;
using std::chrono::steady_clock;

// After an accept that failed for want of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptPause{100};

Session::Peer peer_of(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  net::ip::address address = endpoint.address();
  // A dual-stack listener shows IPv4 peers as ::ffff:a.b.c.d.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6());
  }
  const std::string text = address.to_string();
  const std::string host = address.is_v6() ? "[" + text + "]" : text;
  return {.address = text, .endpoint = host + ":" + std::to_string(endpoint.port())};
}

}  // namespace

struct Server::State {
  State(const net::any_io_executor& server_executor, ServerOptions options, Handler handler)
      : executor(server_executor),
        acceptor(server_executor),
        sweep_timer(server_executor),
        room(server_executor),
        tasks(server_executor),
        sweeper(server_executor) {
    host.options = std::move(options);
    host.handler = std::move(handler);
  }

  net::any_io_executor executor;
  SessionHost host;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::list<Session*> sessions;
  std::size_t open_count = 0;  ///< sessions and those about to start
  net::steady_timer sweep_timer;
  net::steady_timer room;  ///< cancelled when a session ends
  runtime::TaskGroup tasks;
  runtime::TaskGroup sweeper;
  steady_clock::time_point cut_at = steady_clock::time_point::max();
  bool stopping = false;
  bool finished = false;

  Result<void> open(const tcp::endpoint& endpoint);
  [[nodiscard]] std::chrono::seconds shortest_limit() const;
  steady_clock::time_point cut_overdue();
  [[nodiscard]] bool is_full() const { return open_count >= host.options.connections_max; }
  void make_room();
  void stop(std::chrono::seconds grace);
};

namespace {

/// Which address to bind; nothing is looked up.
Result<std::vector<tcp::endpoint>> endpoints_for(const ServerOptions& options) {
  std::vector<tcp::endpoint> found;
  if (options.address.empty()) {
    // The IPv6 socket serves both families; the second is for machines without IPv6.
    found.emplace_back(tcp::v6(), options.port);
    found.emplace_back(tcp::v4(), options.port);
    return found;
  }
  const std::string text = options.address == "localhost" ? "127.0.0.1" : options.address;
  error_code error;
  const auto address = net::ip::make_address(text, error);
  if (error) return invalid("listen tcp: lookup " + text + ": no such host");
  found.emplace_back(address, options.port);
  return found;
}

std::string listen_name(const ServerOptions& options) {
  const bool is_v6 = options.address.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + options.address + "]" : options.address;
  return "listen tcp " + host + ":" + std::to_string(options.port);
}

}  // namespace

Result<void> Server::State::open(const tcp::endpoint& endpoint) {
  error_code error;
  const auto failed = [&](std::string_view call) {
    error_code ignored;
    acceptor.close(ignored);
    return invalid(listen_name(host.options) + ": " + std::string(call) + ": " + describe(error));
  };
  acceptor.open(endpoint.protocol(), error);
  if (error) return failed("socket");
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (host.options.reuse_port) {
    const int on = 1;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
      error = error_code(errno, boost::system::system_category());
      return failed("setsockopt");
    }
  }
  if (host.options.address.empty() && endpoint.protocol() == tcp::v6()) {
    acceptor.set_option(net::ip::v6_only(false), error);
    if (error) return failed("setsockopt");
  }
  acceptor.bind(endpoint, error);
  if (error) return failed("bind");
  acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return failed("listen");
  port = acceptor.local_endpoint(error).port();
  return {};
}

std::chrono::seconds Server::State::shortest_limit() const {
  const ServerOptions& o = host.options;
  return std::min(
      {o.header_deadline, o.request_deadline, o.idle_deadline, limits::kTlsHandshakeDeadline});
}

/// Closes what is over its deadline. Returns when to look again. No session can get a deadline that
/// is nearer than the shortest limit, so looking that often is exact, and a request costs no timer.
steady_clock::time_point Server::State::cut_overdue() {
  const auto now = steady_clock::now();
  if (now >= cut_at) {
    cut_at = steady_clock::time_point::max();
    for (Session* session : sessions) session->cut(/*time_is_up=*/false);
    tasks.cancel();  // handlers that still wait for something
  }
  auto next = cut_at;
  if (!sessions.empty()) next = std::min(next, now + shortest_limit());
  for (Session* session : sessions) {
    if (session->deadline() <= now) {
      session->cut(/*time_is_up=*/true);
    } else {
      next = std::min(next, session->deadline());
    }
  }
  return next;
}

/// Full: the connection that has been idle longest goes, so that idle ones cannot lock others out;
/// one that has not sent its first request yet goes only when there is no other.
void Server::State::make_room() {
  const auto is_before = [](const Session& a, const Session& b) {
    return std::pair(!a.served_any(), a.deadline()) < std::pair(!b.served_any(), b.deadline());
  };
  Session* longest = nullptr;
  for (Session* session : sessions) {
    if (session->is_idle() && (longest == nullptr || is_before(*session, *longest))) longest = session;
  }
  if (longest != nullptr) longest->cut(/*time_is_up=*/false);
}

void Server::State::stop(std::chrono::seconds grace) {
  stopping = true;
  host.closing = true;
  error_code ignored;
  acceptor.close(ignored);
  for (Session* session : sessions) {
    if (session->is_idle()) session->cut(/*time_is_up=*/false);
  }
  cut_at =
      steady_clock::now() + std::clamp(grace, std::chrono::seconds(0), std::chrono::seconds(86400));
  sweep_timer.cancel();
  room.cancel();
}

struct ServerTasks {
  template <class State>
  static net::awaitable<void> sweep(std::shared_ptr<State> state) {
    co_await net::this_coro::throw_if_cancelled(false);
    while (!state->finished) {
      state->sweep_timer.expires_at(state->cut_overdue());
      co_await state->sweep_timer.async_wait(net::as_tuple(net::use_awaitable));
    }
  }

  template <class State>
  static net::awaitable<void> serve(std::shared_ptr<State> state, tcp::socket socket) {
    co_await net::this_coro::throw_if_cancelled(false);
    Session::Peer peer = peer_of(socket);
    Session session(state->host, Stream::Socket(std::move(socket)), std::move(peer));
    if (state->stopping) session.cut(/*time_is_up=*/false);
    const auto place = state->sessions.insert(state->sessions.end(), &session);
    if (state->sessions.size() == 1) state->sweep_timer.cancel();  // it sleeps while there is none
    try {
      co_await session.run();
    } catch (const std::exception& exception) {
      state->host.options.log.error("http: connection ended by a defect: " +
                                    std::string(exception.what()));
    }
    state->sessions.erase(place);
    --state->open_count;
    state->room.cancel();
  }
};

Server::Server(net::any_io_executor executor, ServerOptions options, Handler handler)
    : state_(std::make_shared<State>(executor, std::move(options), std::move(handler))) {}

Server::~Server() = default;

Result<void> Server::listen() {
  const auto endpoints = endpoints_for(state_->host.options);
  if (!endpoints) return endpoints.error();
  Result<void> opened;
  for (const tcp::endpoint& endpoint : *endpoints) {
    opened = state_->open(endpoint);
    if (opened) return opened;
  }
  return opened;
}

std::uint16_t Server::port() const {
  return state_->port;
}

net::awaitable<void> Server::run() {
  co_await net::this_coro::throw_if_cancelled(false);
  const auto state = state_;
  state->sweeper.spawn("http sweep", ServerTasks::sweep(state));
  const auto wait_for_room = [&state](steady_clock::time_point until) {
    state->room.expires_at(until);
    return state->room.async_wait(net::as_tuple(net::use_awaitable));
  };
  while (!state->stopping) {
    if (state->is_full()) {
      // Nobody is dropped before somebody else waits at the door.
      co_await state->acceptor.async_wait(tcp::acceptor::wait_read,
                                          net::as_tuple(net::use_awaitable));
      if (!state->stopping && state->is_full()) {
        state->make_room();
        co_await wait_for_room(steady_clock::time_point::max());
      }
    } else {
      auto [error, socket] =
          co_await state->acceptor.async_accept(net::as_tuple(net::use_awaitable));
      if (!error) {
        ++state->open_count;
        state->tasks.spawn("http session", ServerTasks::serve(state, std::move(socket)));
      } else if (error != net::error::connection_aborted && !state->stopping) {
        co_await wait_for_room(steady_clock::now() + kAcceptPause);
      }
    }
    const net::cancellation_state asked = co_await net::this_coro::cancellation_state;
    if (asked.cancelled() != net::cancellation_type::none && !state->stopping) {
      state->stop(std::chrono::seconds(0));
    }
  }
  co_await state->tasks.join();
  state->finished = true;
  state->sweep_timer.cancel();
  co_await state->sweeper.join();
}

void Server::close_after_answer() {
  state_->host.closing = true;
}
void Server::stop(std::chrono::seconds grace) {
  state_->stop(grace);
}
std::size_t Server::connections() const {
  return state_->open_count;
}

}  // namespace leasehold::http

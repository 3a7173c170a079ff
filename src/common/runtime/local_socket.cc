#include "leasehold/runtime/local_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "leasehold/base/text.h"
#include "leasehold/runtime/task_group.h"

namespace leasehold::runtime {
namespace {

using Socket = net::local::stream_protocol::socket;

constexpr std::size_t kLineBytesMax = 256;
constexpr std::size_t kConnectionsMax = 16;
constexpr std::chrono::seconds kLineDeadline{2};
constexpr std::chrono::milliseconds kAcceptPause{100};

std::string reason_of(int error) { return to_lower(std::generic_category().message(error)); }

net::awaitable<Result<void>> converse(std::shared_ptr<Socket> socket, const LocalServer::Answerer& answer) {
  std::string line;
  const auto [read_error, length] =
      co_await net::async_read_until(*socket, net::dynamic_buffer(line, kLineBytesMax), '\n', net::as_tuple(net::use_awaitable));
  if (read_error) co_return transient("read: " + read_error.message());
  const std::string text = answer(line.substr(0, length - 1));
  const auto [write_error, written] = co_await net::async_write(*socket, net::buffer(text), net::as_tuple(net::use_awaitable));
  if (write_error) co_return transient("write: " + write_error.message());
  co_return Result<void>();
}

// A peer that is slow or goes away concerns nobody but itself.
net::awaitable<void> serve(std::shared_ptr<Socket> socket, const LocalServer::Answerer& answer, std::size_t& open) {
  ++open;
  (void)co_await with_deadline("local connection", kLineDeadline, converse(std::move(socket), answer));
  --open;
}

}  // namespace

struct LocalServer::State {
  State(const net::any_io_executor& executor, std::string socket_path, Answerer answerer)
      : path(std::move(socket_path)), answer(std::move(answerer)), acceptor(executor), connections(executor) {}

  std::string path;
  Answerer answer;
  net::local::stream_protocol::acceptor acceptor;
  TaskGroup connections;
  std::size_t open = 0;
  bool bound = false;
};

LocalServer::LocalServer(net::any_io_executor executor, std::string path, Answerer answer)
    : state_(std::make_unique<State>(executor, std::move(path), std::move(answer))) {}

LocalServer::~LocalServer() {
  if (state_->bound) ::unlink(state_->path.c_str());
}

Result<void> LocalServer::listen() {
  const auto fail = [&](const std::string& why) { return invalid("listen unix " + state_->path + ": " + why); };
  if (state_->path.size() >= sizeof(sockaddr_un{}.sun_path)) return fail("the path is too long for a socket");
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(state_->path).parent_path(), ignored);
  struct stat status {};
  if (::lstat(state_->path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return fail("there is a file that is no socket");
    ::unlink(state_->path.c_str());
  }
  boost::system::error_code error;
  const net::local::stream_protocol::endpoint endpoint(state_->path);
  // Between bind and chmod nobody can connect, since nobody listens.
  state_->acceptor.open(endpoint.protocol(), error);
  if (!error) state_->acceptor.bind(endpoint, error);
  if (error) return fail(to_lower(error.message()));
  state_->bound = true;
  if (::chmod(state_->path.c_str(), 0660) != 0) return fail(reason_of(errno));
  state_->acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error) return fail(to_lower(error.message()));
  return {};
}

net::awaitable<void> LocalServer::run() {
  for (;;) {  // ends by cancellation
    auto [error, accepted] = co_await state_->acceptor.async_accept(net::as_tuple(net::use_awaitable));
    if (error == net::error::operation_aborted) break;
    if (error) {
      // No descriptors left: asking again at once would only burn time.
      net::steady_timer pause(co_await net::this_coro::executor, kAcceptPause);
      co_await pause.async_wait(net::as_tuple(net::use_awaitable));
      continue;
    }
    if (state_->open >= kConnectionsMax) continue;
    state_->connections.spawn("local connection",
                              serve(std::make_shared<Socket>(std::move(accepted)), state_->answer, state_->open));
  }
  state_->connections.cancel();
  co_await state_->connections.join();
}

Result<std::string> ask_local(const std::string& path, const std::string& line, std::chrono::seconds deadline) {
  const auto fail = [&](const std::string& why) { return transient("no agent answers at " + path + ": " + why); };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return fail("the path is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return fail(reason_of(errno));
  struct Closer {
    int descriptor;
    explicit Closer(int held) : descriptor(held) {}
    Closer(const Closer&) = delete;
    Closer& operator=(const Closer&) = delete;
    ~Closer() { ::close(descriptor); }
  } const closer(socket);
  const timeval limit{.tv_sec = deadline.count(), .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  // The API of sockets has one type for all addresses.
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return fail(reason_of(errno));
  const std::string request = line + "\n";
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    return fail(reason_of(errno));
  }
  std::string answer;
  std::array<char, 4096> part{};
  for (;;) {  // ends when the server closes, or at the time limit
    const ssize_t got = ::recv(socket, part.data(), part.size(), 0);
    if (got < 0) return fail(errno == EAGAIN ? "it takes too long" : reason_of(errno));
    if (got == 0) return answer;
    answer.append(part.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace leasehold::runtime

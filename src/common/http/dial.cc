#include "dial.h"

#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tls_text.h"
#include "tunnel.h"

namespace leasehold::http {
namespace {

using net::ip::tcp;
using Endpoint = net::generic::stream_protocol::endpoint;

struct Target {
  Endpoint endpoint;
  std::string name;  ///< as Go shows it: `tcp 127.0.0.1:8200`, `unix /run/x`
};

Target make_target(const net::ip::address& address, std::uint16_t port) {
  const std::string text = address.to_string();
  const std::string host = address.is_v6() ? "[" + text + "]" : text;
  return {.endpoint = tcp::endpoint(address, port),
          .name = "tcp " + host + ":" + std::to_string(port)};
}

/// What the system's resolver says, kept apart from the coroutine that asked: getaddrinfo cannot be
/// interrupted, so an impatient caller leaves it behind.
struct Lookup {
  explicit Lookup(const net::any_io_executor& executor) : resolver(executor), answered(executor) {}
  tcp::resolver resolver;
  net::steady_timer answered;  // cancelled when the answer is there
  bool done = false;
  error_code error;
  std::vector<net::ip::address> addresses;
};

std::string lookup_text(const std::string& host, error_code error) {
  const bool unknown = error == net::error::host_not_found || error == net::error::no_data ||
                       error == error_code(net::error::service_not_found);
  return "dial tcp: lookup " + host + ": " +
         (unknown                                         ? std::string("no such host")
          : error == net::error::host_not_found_try_again ? "server misbehaving"
                                                          : describe(error));
}

net::awaitable<Result<std::vector<net::ip::address>>> look_up(const std::string& host,
                                                              Watchdog& watchdog) {
  const auto lookup = std::make_shared<Lookup>(co_await net::this_coro::executor);
  lookup->answered.expires_at(watchdog.until());
  lookup->resolver.async_resolve(
      host, "", [lookup](error_code error, const tcp::resolver::results_type& results) {
        lookup->done = true;
        lookup->error = error;
        for (const auto& entry : results) {
          lookup->addresses.push_back(entry.endpoint().address());
        }
        lookup->answered.cancel();
      });
  if (!lookup->done) co_await lookup->answered.async_wait(net::as_tuple(net::use_awaitable));
  if (!lookup->done) lookup->resolver.cancel();  // those that wait behind it need not run
  if (co_await is_cancelled()) co_return cancelled("dial tcp: lookup " + host + ": cancelled");
  if (!lookup->done) {
    co_return transient("dial tcp: lookup " + host + ": i/o timeout");
  }
  if (lookup->error) co_return transient(lookup_text(host, lookup->error));
  co_return std::move(lookup->addresses);
}

/// Where to connect, in order. A literal address and localhost need no resolver, which would start
/// a thread.
net::awaitable<Result<std::vector<Target>>> find_targets(const Url& url, Watchdog& watchdog) {
  std::vector<Target> targets;
  if (url.scheme == "unix") {
    constexpr std::size_t kPathMax = 107;  // sun_path less its end
    if (url.host.size() > kPathMax) {
      co_return invalid("dial unix " + url.host + ": connect: invalid argument");
    }
    targets.push_back(
        {.endpoint = net::local::stream_protocol::endpoint(url.host), .name = "unix " + url.host});
    co_return targets;
  }
  const auto port = static_cast<std::uint16_t>(std::stoul(url.port));
  error_code not_an_address;
  const auto literal = net::ip::make_address(url.host, not_an_address);
  if (!not_an_address) {
    targets.push_back(make_target(literal, port));
    co_return targets;
  }
  if (url.host == "localhost") {
    targets.push_back(make_target(net::ip::address_v4::loopback(), port));
    targets.push_back(make_target(net::ip::address_v6::loopback(), port));
    co_return targets;
  }
  const auto addresses = co_await look_up(url.host, watchdog);
  if (!addresses) co_return addresses.error();
  for (const auto& address : *addresses) targets.push_back(make_target(address, port));
  co_return targets;
}

net::awaitable<Result<std::unique_ptr<Stream>>> connect_to(const Target& target,
                                                           Watchdog& watchdog) {
  auto stream = std::make_unique<Stream>(Stream::Socket(co_await net::this_coro::executor));
  error_code error;
  stream->socket().open(target.endpoint.protocol(), error);
  if (error) co_return transient("dial " + target.name + ": socket: " + describe(error));
  stream->tune();
  watchdog.follow(stream.get());
  std::tie(error) =
      co_await stream->socket().async_connect(target.endpoint, net::as_tuple(net::use_awaitable));
  watchdog.follow(nullptr);
  if (!error && stream->is_open()) co_return stream;
  if (co_await is_cancelled()) co_return cancelled("dial " + target.name + ": cancelled");
  if (watchdog.expired()) co_return transient("dial " + target.name + ": i/o timeout");
  co_return transient("dial " + target.name + ": connect: " + describe(error));
}

/// One address that swallows packets must not use up the time of the others.
constexpr std::chrono::seconds kTargetLeast{2};

net::awaitable<Result<std::unique_ptr<Stream>>> connect(const Url& url, std::chrono::nanoseconds limit,
                                                        Watchdog& watchdog) {
  const auto end = std::chrono::steady_clock::now() + limit;
  watchdog.limit_phase(limit);
  const auto targets = co_await find_targets(url, watchdog);
  if (!targets) co_return targets.error();
  Error first = transient("dial tcp: lookup " + url.host + ": no such host");
  bool failed_before = false;
  std::size_t left = targets->size();
  for (const Target& target : *targets) {
    if (co_await is_cancelled()) co_return cancelled("dial " + target.name + ": cancelled");
    const std::chrono::nanoseconds rest = end - std::chrono::steady_clock::now();
    if (rest.count() <= 0) break;
    watchdog.limit_phase(left == 1 ? rest : std::max<std::chrono::nanoseconds>(rest / left, kTargetLeast));
    --left;
    auto stream = co_await connect_to(target, watchdog);
    if (stream || stream.error().kind == ErrorKind::Cancelled) co_return stream;
    // As in Go, the first failure is the one to show.
    if (!failed_before) first = stream.error();
    failed_before = true;
    if (watchdog.call_expired()) break;
  }
  co_return first;
}

}  // namespace

net::awaitable<bool> is_cancelled() {
  const net::cancellation_state state = co_await net::this_coro::cancellation_state;
  co_return state.cancelled() != net::cancellation_type::none;
}

namespace {

/// The handshake with `peer`. Error texts as in Transport::send.
net::awaitable<Result<void>> begin_tls(Stream& stream, const ClientOptions& options, const std::string& peer,
                                       Watchdog& watchdog) {
  if (!options.tls) co_return invalid("https needs a TLS context");
  watchdog.limit_phase(limits::kTlsHandshakeDeadline);
  stream.start_tls(*options.tls, /*as_server=*/false);
  stream.expect_peer(peer, !options.skip_verify);
  watchdog.follow(&stream);
  const error_code error = co_await stream.handshake();
  watchdog.follow(nullptr);
  if (!error) co_return Result<void>();
  if (co_await is_cancelled()) co_return cancelled("TLS handshake: cancelled");
  if (watchdog.expired()) co_return transient("net/http: TLS handshake timeout");
  if (error == boost::system::errc::protocol_error) co_return describe_client_tls(stream, peer);
  co_return transient("TLS handshake with " + peer + ": " + describe(error));
}

/// Through the proxy as far as the target, when the target is not asked through the proxy itself.
net::awaitable<Result<void>> pass_proxy(Stream& stream, const ClientOptions& options, const Proxy& proxy,
                                        Watchdog& watchdog) {
  if (proxy.url.scheme == "https") {
    if (options.url.scheme == "https") {
      co_return invalid("a https server through a https proxy is not supported: give the proxy as http:// or socks5://");
    }
    co_return co_await begin_tls(stream, options, proxy.url.host, watchdog);
  }
  if (options.url.scheme != "https" && !proxy.is_socks()) co_return Result<void>();
  watchdog.limit_phase(options.connect_deadline);
  watchdog.follow(&stream);
  auto opened = co_await open_tunnel(stream, proxy, options.url);
  watchdog.follow(nullptr);
  if (opened) co_return opened;
  if (co_await is_cancelled()) co_return cancelled("proxyconnect tcp: cancelled");
  if (watchdog.expired()) co_return transient("proxyconnect tcp: dial " + proxy.url.authority() + ": i/o timeout");
  co_return opened;
}

}  // namespace

net::awaitable<Result<std::unique_ptr<Stream>>> dial(const ClientOptions& options, const Proxy* proxy,
                                                     Watchdog& watchdog) {
  const Url& url = options.url;
  auto stream = co_await connect(proxy != nullptr ? proxy->url : url, options.connect_deadline, watchdog);
  if (!stream) {
    if (proxy != nullptr && stream.error().kind != ErrorKind::Cancelled) co_return stream.error().in("proxyconnect tcp");
    co_return stream;
  }
  if (proxy != nullptr) {
    if (auto passed = co_await pass_proxy(**stream, options, *proxy, watchdog); !passed) co_return passed.error();
  }
  if (url.scheme == "https") {
    const std::string& peer = options.server_name.empty() ? url.host : options.server_name;
    if (auto begun = co_await begin_tls(**stream, options, peer, watchdog); !begun) co_return begun.error();
  }
  watchdog.limit_phase(std::chrono::nanoseconds::max());
  watchdog.follow(stream->get());
  co_return stream;
}

}  // namespace leasehold::http

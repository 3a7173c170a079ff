#include "tunnel.h"

#include <array>

#include "head.h"
#include "leasehold/base/limits.h"
#include "parser.h"
#include "read_buffer.h"

namespace leasehold::http {
namespace {

std::string place_of(const Url& url) {
  const bool is_v6 = url.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + url.host + "]" : url.host) + ":" + url.port;
}

Error broken(const Proxy& proxy, error_code error) {
  const std::string what = error == net::error::eof ? "EOF" : error.message();
  return transient("proxyconnect tcp: proxy " + place_of(proxy.url) + ": " + what);
}

// --- CONNECT

net::awaitable<Result<void>> send_connect(Stream& stream, const Proxy& proxy, const std::string& place) {
  SecretBytes head;
  append(head, "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\nUser-Agent: Go-http-client/1.1\r\n");
  if (!proxy.authorization.empty()) {
    append(head, "Proxy-Authorization: ");
    append(head, proxy.authorization.expose());  // goes to the proxy
    append(head, "\r\n");
  }
  append(head, "\r\n");
  const error_code error = co_await stream.write({head.data(), head.size()});
  if (error) co_return broken(proxy, error);
  co_return Result<void>();
}

net::awaitable<Result<void>> open_by_connect(Stream& stream, const Proxy& proxy, const Url& target) {
  const std::string place = place_of(target);
  if (auto sent = co_await send_connect(stream, proxy, place); !sent) co_return sent;
  // A tunnel has no body, whatever the fields say.
  ResponseParser parser({.header_bytes_max = limits::kHeaderBytesMax, .body_bytes_max = 0}, /*no_body=*/true);
  ReadBuffer buffer;
  for (;;) {  // ends with the answer, an error, or the watchdog
    buffer.prepare();
    const IoResult read = co_await stream.read_some(buffer.space(), buffer.space_size());
    if (read.error) co_return broken(proxy, read.error);
    buffer.commit(read.size);
    const Fed fed = parser.feed(buffer.bytes());
    buffer.consume(fed.used);
    if (fed.progress == Progress::NeedMore) continue;
    if (fed.progress != Progress::Complete) {
      co_return transient("proxyconnect tcp: proxy " + place_of(proxy.url) + ": malformed HTTP response");
    }
    const unsigned status = parser.message().status;
    if (status == 200 && buffer.empty()) co_return Result<void>();
    // compat: the reason alone is what Go says; the rest says whom to ask
    co_return transient(std::string(reason_phrase(status)) + " (proxy " + place_of(proxy.url) + " answered " +
                     std::to_string(status) + " to CONNECT " + place + ")");
  }
}

// --- SOCKS5

constexpr char kVersion5 = 5;
constexpr char kNoUser = 0;
constexpr char kUserPassword = 2;
constexpr char kConnect = 1;
constexpr char kByName = 3;
constexpr std::size_t kTextMax = 255;
constexpr std::string_view kReplies[] = {
    "succeeded",           "general SOCKS server failure", "connection not allowed by ruleset",
    "network unreachable", "host unreachable",             "connection refused",
    "TTL expired",         "command not supported",        "address type not supported",
};

net::awaitable<Result<void>> read_exactly(Stream& stream, const Proxy& proxy, char* into, std::size_t size) {
  for (std::size_t have = 0; have < size;) {
    const IoResult read = co_await stream.read_some(into + have, size - have);
    if (read.error) co_return broken(proxy, read.error);
    have += read.size;
  }
  co_return Result<void>();
}

Error refused(const Proxy& proxy, std::string_view why) {
  return transient("socks connect: proxy " + place_of(proxy.url) + ": " + std::string(why));
}

net::awaitable<Result<void>> greet(Stream& stream, const Proxy& proxy) {
  const bool has_user = !proxy.user.empty();
  std::string hello{kVersion5, has_user ? '\x02' : '\x01', kNoUser};
  if (has_user) hello += kUserPassword;
  if (const error_code error = co_await stream.write(hello)) co_return broken(proxy, error);
  std::array<char, 2> answer{};
  if (auto read = co_await read_exactly(stream, proxy, answer.data(), answer.size()); !read) co_return read;
  if (answer[0] != kVersion5) co_return refused(proxy, "it does not speak SOCKS5");
  if (answer[1] == kNoUser) co_return Result<void>();
  if (answer[1] != kUserPassword || !has_user) co_return refused(proxy, "no acceptable authentication methods");
  if (proxy.user.size() > kTextMax || proxy.password.size() > kTextMax) {
    co_return refused(proxy, "user or password are longer than 255 bytes");
  }
  SecretBytes login;
  append(login, std::string{'\x01', static_cast<char>(proxy.user.size())});
  append(login, proxy.user);
  append(login, std::string{static_cast<char>(proxy.password.size())});
  append(login, proxy.password.expose());  // goes to the proxy
  if (const error_code error = co_await stream.write({login.data(), login.size()})) co_return broken(proxy, error);
  if (auto read = co_await read_exactly(stream, proxy, answer.data(), answer.size()); !read) co_return read;
  if (answer[1] != 0) co_return refused(proxy, "username/password authentication failed");
  co_return Result<void>();
}

/// The address that the proxy binds; of no use, but it must be read.
net::awaitable<Result<void>> skip_address(Stream& stream, const Proxy& proxy, char type) {
  std::size_t size = type == 1 ? 4 : 16;
  if (type == kByName) {
    char length = 0;
    if (auto read = co_await read_exactly(stream, proxy, &length, 1); !read) co_return read;
    size = static_cast<unsigned char>(length);
  }
  std::array<char, kTextMax + 2> rest{};
  co_return co_await read_exactly(stream, proxy, rest.data(), size + 2);
}

net::awaitable<Result<void>> open_by_socks(Stream& stream, const Proxy& proxy, const Url& target) {
  if (target.host.size() > kTextMax) co_return invalid("socks connect: host name is longer than 255 bytes");
  if (auto greeted = co_await greet(stream, proxy); !greeted) co_return greeted;
  const auto port = std::stoul(target.port);
  std::string wish{kVersion5, kConnect, 0, kByName, static_cast<char>(target.host.size())};
  wish += target.host;
  wish += static_cast<char>(port >> 8U);
  wish += static_cast<char>(port & 0xFFU);
  if (const error_code error = co_await stream.write(wish)) co_return broken(proxy, error);
  std::array<char, 4> answer{};
  if (auto read = co_await read_exactly(stream, proxy, answer.data(), answer.size()); !read) co_return read;
  const auto reply = static_cast<unsigned char>(answer[1]);
  if (answer[0] != kVersion5) co_return refused(proxy, "it does not speak SOCKS5");
  if (reply != 0) {
    co_return refused(proxy, reply < std::size(kReplies) ? kReplies[reply] : std::string_view("unknown code"));
  }
  co_return co_await skip_address(stream, proxy, answer[3]);
}

}  // namespace

net::awaitable<Result<void>> open_tunnel(Stream& stream, const Proxy& proxy, const Url& target) {
  if (proxy.is_socks()) co_return co_await open_by_socks(stream, proxy, target);
  co_return co_await open_by_connect(stream, proxy, target);
}

}  // namespace leasehold::http

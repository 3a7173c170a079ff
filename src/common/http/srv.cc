#include "srv.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <chrono>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace leasehold::http {
namespace {

using net::ip::udp;
using boost::system::error_code;

constexpr std::chrono::seconds kPatience{2};  // for one server
constexpr std::size_t kPacketBytesMax = 4096;
constexpr std::size_t kSrvHeadBytes = 6;

std::uint16_t number_at(const unsigned char* at) { return static_cast<std::uint16_t>(ns_get16(at)); }

std::optional<SrvTarget> read_record(ns_msg& message, int index) {
  ns_rr record;
  if (ns_parserr(&message, ns_s_an, index, &record) != 0) return std::nullopt;
  if (ns_rr_type(record) != ns_t_srv || ns_rr_rdlen(record) < kSrvHeadBytes) return std::nullopt;
  const unsigned char* data = ns_rr_rdata(record);
  std::array<char, NS_MAXDNAME> name{};
  if (dn_expand(ns_msg_base(message), ns_msg_end(message), data + kSrvHeadBytes, name.data(), name.size()) < 0) {
    return std::nullopt;
  }
  SrvTarget target;
  target.priority = number_at(data);
  target.weight = number_at(data + 2);
  target.port = number_at(data + 4);
  target.host = name.data();
  while (target.host.ends_with('.')) target.host.pop_back();
  // A lone dot says that there is no such service.
  if (target.host.empty() || target.port == 0) return std::nullopt;
  return target;
}

/// The C library's resolver: /etc/resolv.conf and its variables.
class Resolver {
 public:
  Resolver() : ready_(res_ninit(&state_) == 0) {}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver() {
    if (ready_) res_nclose(&state_);
  }
  [[nodiscard]] bool ready() const { return ready_; }
  struct __res_state& state() { return state_; }

 private:
  struct __res_state state_ {};
  bool ready_;
};

std::string make_question(Resolver& resolver, const std::string& name) {
  if (!resolver.ready()) return {};
  std::array<unsigned char, NS_PACKETSZ> packet{};
  const int size = res_nmkquery(&resolver.state(), ns_o_query, name.c_str(), ns_c_in, ns_t_srv, nullptr, 0, nullptr,
                                packet.data(), static_cast<int>(packet.size()));
  if (size <= 0) return {};
  return {reinterpret_cast<const char*>(packet.data()), static_cast<std::size_t>(size)};
}

/// An answer has the question's number and says that it is one.
bool answers(std::string_view packet, std::string_view question) {
  constexpr unsigned char kResponse = 0x80;
  return packet.size() >= NS_HFIXEDSZ && packet.substr(0, 2) == question.substr(0, 2) &&
         (static_cast<unsigned char>(packet[2]) & kResponse) != 0;
}

net::awaitable<std::string> receive(udp::socket& socket, const std::string& question) {
  std::string packet(kPacketBytesMax, '\0');
  for (;;) {  // ends with the answer, an error, or the caller's timer
    const auto [error, size] = co_await socket.async_receive(net::buffer(packet), net::as_tuple(net::use_awaitable));
    if (error) co_return std::string();
    if (answers({packet.data(), size}, question)) co_return packet.substr(0, size);
  }
}

net::awaitable<std::vector<SrvTarget>> ask(const udp::endpoint& server, const std::string& question) {
  using net::experimental::awaitable_operators::operator||;
  const auto executor = co_await net::this_coro::executor;
  udp::socket socket(executor);
  error_code error;
  socket.open(server.protocol(), error);
  if (!error) socket.connect(server, error);
  if (error) co_return std::vector<SrvTarget>();
  std::tie(error, std::ignore) = co_await socket.async_send(net::buffer(question), net::as_tuple(net::use_awaitable));
  if (error) co_return std::vector<SrvTarget>();
  net::steady_timer timer(executor, kPatience);
  const auto first = co_await (receive(socket, question) || timer.async_wait(net::as_tuple(net::use_awaitable)));
  if (first.index() != 0) co_return std::vector<SrvTarget>();
  co_return read_srv_answer(std::get<0>(first));
}

}  // namespace

std::vector<SrvTarget> read_srv_answer(std::string_view packet) {
  std::vector<SrvTarget> targets;
  ns_msg message;
  if (ns_initparse(reinterpret_cast<const unsigned char*>(packet.data()), static_cast<int>(packet.size()), &message) != 0) {
    return targets;
  }
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    if (auto target = read_record(message, i)) targets.push_back(*std::move(target));
  }
  std::ranges::sort(targets, [](const SrvTarget& a, const SrvTarget& b) {
    return a.priority != b.priority ? a.priority < b.priority : a.weight > b.weight;
  });
  return targets;
}

NameServers system_name_servers() {
  NameServers found;
  Resolver resolver;
  if (!resolver.ready()) return found;
  const struct __res_state& state = resolver.state();
  for (int i = 0; i < state.nscount; ++i) {
    const sockaddr_in& address = state.nsaddr_list[i];
    if (address.sin_family == AF_INET) {
      found.servers.emplace_back(net::ip::address_v4(ntohl(address.sin_addr.s_addr)), ntohs(address.sin_port));
    } else if (const sockaddr_in6* v6 = state._u._ext.nsaddrs[i]; v6 != nullptr) {
      net::ip::address_v6::bytes_type bytes{};
      std::copy_n(v6->sin6_addr.s6_addr, bytes.size(), bytes.begin());
      found.servers.emplace_back(net::ip::address_v6(bytes, v6->sin6_scope_id), ntohs(v6->sin6_port));
    }
  }
  for (char* const* domain = state.dnsrch; *domain != nullptr; ++domain) found.search.emplace_back(*domain);
  found.dots = state.ndots;
  return found;
}

std::vector<std::string> names_to_ask(const NameServers& servers, const std::string& name) {
  std::vector<std::string> names;
  const auto dots = static_cast<unsigned>(std::ranges::count(name, '.'));
  if (name.ends_with('.')) return {name};
  if (dots >= servers.dots) names.push_back(name);
  for (const std::string& domain : servers.search) names.push_back(name + "." + domain);
  if (dots < servers.dots) names.push_back(name);
  return names;
}

net::awaitable<std::optional<SrvTarget>> look_up_srv(const NameServers& servers, const std::string& name) {
  Resolver resolver;
  for (const std::string& asked : names_to_ask(servers, name)) {
    const std::string question = make_question(resolver, asked);
    if (question.empty()) continue;
    for (const udp::endpoint& server : servers.servers) {
      auto targets = co_await ask(server, question);
      if (!targets.empty()) co_return std::move(targets.front());
    }
  }
  co_return std::nullopt;
}

}  // namespace leasehold::http

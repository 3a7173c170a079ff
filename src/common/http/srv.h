// DNS SRV records (RFC 2782): where a service of a host listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/udp.hpp>

namespace leasehold::http {

namespace net = boost::asio;

struct SrvTarget {
  std::string host;  ///< without the dot at its end
  std::uint16_t port = 0;
  std::uint16_t priority = 0;  ///< smaller is better
  std::uint16_t weight = 0;    ///< of equal priority, bigger is better
};

/// The records of an answer, best first. Empty when it is no answer with such records.
std::vector<SrvTarget> read_srv_answer(std::string_view packet);

struct NameServers {
  std::vector<net::ip::udp::endpoint> servers;
  std::vector<std::string> search;  ///< domains to append, in order
  unsigned dots = 1;                ///< a name with so many dots is asked as it is first
};
/// From /etc/resolv.conf and its variables.
NameServers system_name_servers();
/// The names to ask for, in order.
std::vector<std::string> names_to_ask(const NameServers& servers, const std::string& name);

/// The best target of `_service._tcp.host`; none where nobody answers with one within a few seconds.
net::awaitable<std::optional<SrvTarget>> look_up_srv(const NameServers& servers, const std::string& name);

}  // namespace leasehold::http

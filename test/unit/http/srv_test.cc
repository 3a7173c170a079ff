// SRV records: answers as name servers send them, and a real one on loopback.
#include "srv.h"

#include <gtest/gtest.h>

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "support/loop.h"

namespace leasehold::http {
namespace {

using net::ip::udp;

std::string two(unsigned number) { return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xFFU)}; }

std::string name(std::string_view dotted) {
  std::string out;
  while (!dotted.empty()) {
    const auto dot = std::min(dotted.find('.'), dotted.size());
    out += static_cast<char>(dot);
    out += dotted.substr(0, dot);
    dotted.remove_prefix(std::min(dot + 1, dotted.size()));
  }
  return out + '\0';
}

std::string record(unsigned priority, unsigned weight, unsigned port, std::string_view host) {
  const std::string data = two(priority) + two(weight) + two(port) + (host == "." ? std::string(1, '\0') : name(host));
  return std::string("\xC0\x0C", 2) + two(33) + two(1) + two(0) + two(60) + two(static_cast<unsigned>(data.size())) + data;
}

std::string answer(std::string_view id, std::string_view asked, const std::vector<std::string>& records) {
  std::string out = std::string(id) + two(0x8180) + two(1) + two(static_cast<unsigned>(records.size())) + two(0) + two(0) +
                    name(asked) + two(33) + two(1);
  for (const std::string& one : records) out += one;
  return out;
}

std::string show(const std::vector<SrvTarget>& targets) {
  std::string out;
  for (const SrvTarget& target : targets) out += target.host + ":" + std::to_string(target.port) + " ";
  return out;
}

TEST(SrvTest, BestFirst) {
  const std::string packet = answer("ab", "_http._tcp.v.test",
                                    {record(20, 1, 1, "late.test"), record(10, 1, 2, "light.test"), record(10, 5, 3, "heavy.test")});
  EXPECT_EQ(show(read_srv_answer(packet)), "heavy.test:3 light.test:2 late.test:1 ");
}

TEST(SrvTest, NoSuchService) {
  EXPECT_EQ(show(read_srv_answer(answer("ab", "x.test", {}))), "");
  EXPECT_EQ(show(read_srv_answer(answer("ab", "x.test", {record(0, 0, 0, ".")}))), "");
}

// Every cut of an answer, and every answer with one byte changed: no crash, no read beyond the end.
TEST(SrvTest, BrokenAnswers) {
  const std::string packet = answer("ab", "_http._tcp.v.test", {record(1, 1, 1, "a.test"), record(2, 1, 1, "b.test")});
  for (std::size_t size = 0; size < packet.size(); ++size) EXPECT_LE(read_srv_answer(packet.substr(0, size)).size(), 2U);
  for (std::size_t at = 0; at < packet.size(); ++at) {
    for (const char byte : {'\x00', '\x3F', '\x80', '\xC0', '\xFF'}) {
      std::string changed = packet;
      changed[at] = byte;
      EXPECT_LE(read_srv_answer(changed).size(), 2U);
    }
  }
}

TEST(SrvTest, SearchDomains) {
  const NameServers servers{.servers = {}, .search = {"ns.svc", "svc"}, .dots = 5};
  EXPECT_EQ(names_to_ask(servers, "_http._tcp.vault"),
            (std::vector<std::string>{"_http._tcp.vault.ns.svc", "_http._tcp.vault.svc", "_http._tcp.vault"}));
  EXPECT_EQ(names_to_ask(servers, "a.b."), (std::vector<std::string>{"a.b."}));
  EXPECT_EQ(names_to_ask({.servers = {}, .search = {"svc"}, .dots = 1}, "a.b"), (std::vector<std::string>{"a.b", "a.b.svc"}));
}

/// Answers one question with a wrong number first, then rightly.
net::awaitable<void> serve_once(udp::socket& socket) {
  std::array<char, 512> packet{};
  udp::endpoint peer;
  const std::size_t size = co_await socket.async_receive_from(net::buffer(packet), peer, net::use_awaitable);
  const std::string id(packet.data(), std::min<std::size_t>(size, 2));
  const std::string wrong = answer("\x01\x02", "x", {record(1, 1, 9, "evil.test")});
  const std::string right = answer(id, "_http._tcp.v.test", {record(1, 1, 8200, "vault.test")});
  if (id != "\x01\x02") co_await socket.async_send_to(net::buffer(wrong), peer, net::use_awaitable);
  co_await socket.async_send_to(net::buffer(right), peer, net::use_awaitable);
}

TEST(SrvTest, AsksARealServer) {
  test::Loop loop;
  udp::socket socket(loop.executor(), udp::endpoint(net::ip::address_v4::loopback(), 0));
  net::co_spawn(loop.executor(), serve_once(socket), net::detached);
  const NameServers servers{.servers = {socket.local_endpoint()}, .search = {}, .dots = 1};
  const auto target = loop.run(look_up_srv(servers, "_http._tcp.v.test"));
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host + ":" + std::to_string(target->port), "vault.test:8200");
}

TEST(SrvTest, NobodyListens) {
  test::Loop loop;
  udp::socket closed(loop.executor(), udp::endpoint(net::ip::address_v4::loopback(), 0));
  const auto place = closed.local_endpoint();
  closed.close();
  EXPECT_FALSE(loop.run(look_up_srv({.servers = {place}, .search = {}, .dots = 1}, "_http._tcp.v.test")));
}

}  // namespace
}  // namespace leasehold::http

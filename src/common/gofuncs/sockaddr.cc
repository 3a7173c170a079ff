// `sockaddr`: a small template over the addresses of this host (spec 11.2). Offered are the functions
// that answer with addresses; those that hand out interfaces for further filtering are not.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "context.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/program.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kString;

struct Address {
  std::string interface;
  std::string text;
  bool is_private = false;
  bool is_v6 = false;
};

bool is_private_v4(std::uint32_t address) {
  return (address >> 24U) == 10 || (address >> 20U) == 0xAC1 || (address >> 16U) == 0xC0A8 ||
         (address >> 22U) == 0x191;  // 100.64.0.0/10
}

struct FreeInterfaces {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

/// Addresses of interfaces that are up and no loopback, IPv4 first.
std::vector<Address> host_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeInterfaces> owner(list);
  std::vector<Address> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0) {
      continue;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    Address address;
    address.interface = entry->ifa_name;
    if (entry->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(static_cast<const void*>(entry->ifa_addr));
      inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
      address.is_private = is_private_v4(ntohl(v4->sin_addr.s_addr));
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(static_cast<const void*>(entry->ifa_addr));
      if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) continue;
      inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
      address.is_private = (v6->sin6_addr.s6_addr[0] & 0xFEU) == 0xFC;
      address.is_v6 = true;
    } else {
      continue;
    }
    address.text = text.data();
    addresses.push_back(std::move(address));
  }
  std::ranges::sort(addresses, {}, [](const Address& address) { return address.is_v6; });
  return addresses;
}

template <class Wanted>
Result<Value> pick(Wanted wanted, bool all) {
  std::vector<std::string> texts;
  for (const Address& address : host_addresses()) {
    if (wanted(address)) texts.push_back(address.text);
  }
  if (!all && texts.size() > 1) texts.resize(1);
  return Value::string(join(texts, " "));
}

bool is_private(const Address& address) { return address.is_private; }
bool is_public(const Address& address) { return !address.is_private; }

Result<Value> private_ip(Call& /*call*/) { return pick(is_private, false); }
Result<Value> private_ips(Call& /*call*/) { return pick(is_private, true); }
Result<Value> public_ip(Call& /*call*/) { return pick(is_public, false); }
Result<Value> public_ips(Call& /*call*/) { return pick(is_public, true); }
Result<Value> interface_ip(Call& call) {
  return pick([&call](const Address& address) { return address.interface == call.text(0); }, false);
}
Result<Value> interface_ips(Call& call) {
  return pick([&call](const Address& address) { return address.interface == call.text(0); }, true);
}

// clang-format off
constexpr Function kAddressFunctions[] = {
    {"GetPrivateIP",    {},             false, &private_ip,    "a private address"},
    {"GetPrivateIPs",   {},             false, &private_ips,   "all private addresses"},
    {"GetPublicIP",     {},             false, &public_ip,     "a public address"},
    {"GetPublicIPs",    {},             false, &public_ips,    "all public addresses"},
    {"GetInterfaceIP",  types<kString>, false, &interface_ip,  "an address of an interface"},
    {"GetInterfaceIPs", types<kString>, false, &interface_ips, "all addresses of an interface"},
};
// clang-format on

/// The engine calls every main template ""; the original calls this one sockaddr.Parse.
std::string renamed(const std::string& message) {
  return replace_all(message, "template: :", "template: sockaddr.Parse:");
}

Result<Value> socket_address(Call& call) {
  std::vector<std::string> words;
  for (const Value& value : call.arguments) words.emplace_back(value.as_text());
  const std::string text = "{{ " + join(words, " ") + " }}";
  gotemplate::FunctionSet functions;
  functions.add(kAddressFunctions);
  functions.add(gotemplate::builtin_functions());
  auto program = gotemplate::Program::parse({.text = text, .left_delimiter = "", .right_delimiter = ""}, functions);
  if (!program) {
    return invalid("unable to parse template " + go_quote(text) + ": " + renamed(program.error().message));
  }
  SecretBytes out;
  const auto failure = (*program)->execute({}, call.context, out);
  if (failure != nullptr) {
    return invalid("unable to execute sockaddr input " + go_quote(text) + ": " + renamed(failure->message));
  }
  return Value::string({out.data(), out.size()});
}

constexpr Function kSockaddr[] = {
    {"sockaddr", types<kString>, true, &socket_address, "addresses of this host"},
};

}  // namespace

std::span<const Function> sockaddr_functions() { return kSockaddr; }

}  // namespace leasehold::gofuncs

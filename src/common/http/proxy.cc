#include "leasehold/http/proxy.h"

#include <algorithm>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"

namespace leasehold::http {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

struct SchemeRow {
  std::string_view name;
  std::string_view port;
};
constexpr SchemeRow kSchemes[] = {{"http", "80"}, {"https", "443"}, {"socks5", "1080"}, {"socks5h", "1080"}};

/// host and, where one is given, port of `name`, `name:port`, `[v6]`, `[v6]:port`, `v6`.
struct Place {
  std::string_view host;
  std::string_view port;
};

Place place_of(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {text, {}};
    const std::string_view rest = text.substr(end + 1);
    return {text.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : std::string_view()};
  }
  const auto colon = text.find(':');
  // More than one colon: an IPv6 address without brackets.
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<ip::address> address_of(std::string_view text) {
  error_code bad;
  const auto address = ip::make_address(std::string(text), bad);
  if (bad) return std::nullopt;
  // ::ffff:10.1.2.3 is 10.1.2.3
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

bool in_network(const ip::address& address, std::string_view network) {
  error_code bad;
  if (address.is_v4()) {
    const auto range = ip::make_network_v4(std::string(network), bad);
    return !bad && ip::network_v4(address.to_v4(), range.prefix_length()).network() == range.network();
  }
  const auto range = ip::make_network_v6(std::string(network), bad);
  return !bad && ip::network_v6(address.to_v6(), range.prefix_length()).network() == range.network();
}

bool name_matches(std::string_view pattern, std::string_view host) {
  if (pattern.starts_with("*.")) pattern.remove_prefix(1);
  if (pattern.starts_with('.')) return host.ends_with(pattern);
  return host == pattern || (host.ends_with(pattern) && host[host.size() - pattern.size() - 1] == '.');
}

bool entry_matches(std::string_view entry, std::string_view host, std::string_view port) {
  if (entry == "*") return true;
  const auto address = address_of(host);
  if (entry.find('/') != std::string_view::npos) return address && in_network(*address, entry);
  const Place place = place_of(entry);
  if (!place.port.empty() && place.port != port) return false;
  if (place.host.empty()) return false;
  if (const auto excepted = address_of(place.host)) return address && *address == *excepted;
  return name_matches(place.host, host);
}

bool is_own_address(const Url& target) {
  if (target.host == "localhost") return true;
  const auto address = address_of(target.host);
  return address && address->is_loopback();
}

/// The address without `user:password@`, for messages.
std::string without_user(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  const auto slashes = text.find("//");
  const std::string_view head = slashes == std::string_view::npos ? "" : text.substr(0, slashes + 2);
  return std::string(head) + std::string(text.substr(at + 1));
}

Result<void> take_user(std::string_view text, Proxy& proxy) {
  const auto start = text.find("//") + 2;
  const std::string_view authority = text.substr(start, text.find('/', start) - start);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view user = authority.substr(0, at);
  const auto colon = user.find(':');
  auto name = percent_decode(user.substr(0, colon));
  auto password = percent_decode(colon == std::string_view::npos ? "" : user.substr(colon + 1));
  if (!name || !password) return invalid("user or password hold a wrong % escape");
  proxy.authorization = SecretString("Basic " + base64_encode(*name + ":" + *password));
  proxy.user = *std::move(name);
  proxy.password = SecretString(*password);
  return {};
}

Result<std::optional<Proxy>> read_proxy(const std::string& given) {
  const auto refuse = [&](const std::string& why) {
    return invalid("invalid proxy address " + go_quote(without_user(given)) + ": " + why);
  };
  // compat: Go takes "proxy:3128" for "http://proxy:3128"
  const std::string text = given.find("://") == std::string::npos ? "http://" + given : given;
  const std::string scheme = to_lower(text.substr(0, text.find("://")));
  const auto* row = std::ranges::find(kSchemes, scheme, &SchemeRow::name);
  if (row == std::end(kSchemes)) return refuse("its scheme is none of http, https, socks5, socks5h");
  const std::string rest = text.substr(text.find("://"));
  const std::size_t authority_end = rest.find_first_of("/?#", 3);
  const std::string authority = without_user(rest.substr(0, authority_end));
  auto url = parse_url("http" + authority);
  if (!url) return refuse(url.error().message);
  std::optional<Proxy> proxy(std::in_place);
  proxy->url = *std::move(url);
  if (!proxy->url.port_given) proxy->url.port = row->port;
  proxy->url.scheme = scheme;
  if (auto taken = take_user(text, *proxy); !taken) return refuse(taken.error().message);
  return proxy;
}

}  // namespace

bool is_excepted(std::string_view except, std::string_view host, std::string_view port) {
  const std::string name = to_lower(host);
  for (const std::string& part : split(except, ',')) {
    const std::string entry = to_lower(trim_space(part));
    if (!entry.empty() && entry_matches(entry, name, port)) return true;
  }
  return false;
}

Result<std::optional<Proxy>> proxy_for(const ProxyRules& rules, const Url& target) {
  if (target.scheme == "unix") return std::optional<Proxy>();
  if (!rules.all.empty()) return read_proxy(rules.all);
  const std::string& chosen = target.scheme == "https" ? rules.https : rules.http;
  if (chosen.empty() || is_own_address(target) || is_excepted(rules.except, target.host, target.port)) {
    return std::optional<Proxy>();
  }
  return read_proxy(chosen);
}

}  // namespace leasehold::http

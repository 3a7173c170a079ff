// Which proxy a request goes through, from settings and variables as Go's net/http reads them. Pure.
#pragma once

#include <optional>
#include <string>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/http/url.h"

namespace leasehold::http {

/// Addresses as they were given; "" = not given.
struct ProxyRules {
  std::string all;     ///< for every target, also on this machine: VAULT_PROXY_ADDR, VAULT_HTTP_PROXY
  std::string http;    ///< for http targets: HTTP_PROXY
  std::string https;   ///< for https targets: HTTPS_PROXY
  std::string except;  ///< hosts that are reached directly, divided by commas: NO_PROXY
};

struct Proxy {
  Url url;                     ///< http, https, socks5 or socks5h
  std::string user;            ///< decoded
  SecretString password;       ///< decoded
  SecretString authorization;  ///< value of Proxy-Authorization; empty when the address names no user

  [[nodiscard]] bool is_socks() const { return url.scheme == "socks5" || url.scheme == "socks5h"; }
};

/// The proxy for a target; none = directly. rules.http, rules.https and rules.except leave this machine's
/// own addresses alone. Error (Invalid): the address of the proxy cannot be read; names it without its
/// password.
Result<std::optional<Proxy>> proxy_for(const ProxyRules& rules, const Url& target);
/// Is `host`, with `port`, in a list as NO_PROXY has it: `*`, addresses, networks (10.0.0.0/8), names
/// (with all below them), `.names` and `*.names` (only those below), each with `:port` if wished.
bool is_excepted(std::string_view except, std::string_view host, std::string_view port);

}  // namespace leasehold::http

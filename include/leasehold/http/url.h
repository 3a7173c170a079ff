// Addresses of servers.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::http {

/// scheme://host:port/prefix, or unix:///path.
struct Url {
  std::string scheme;  ///< http, https or unix
  std::string host;    ///< without brackets; for unix the socket's path
  std::string port;    ///< number as text; default by scheme
  std::string prefix;  ///< path without trailing slash, may be empty
  std::string query;   ///< without '?'
  bool port_given = false;

  /// host:port as in a Host header.
  [[nodiscard]] std::string authority() const;
};
/// Error (Invalid) in Go's words: `parse "http://[::1": missing ']' in host`, `unsupported protocol scheme "ftp"`.
Result<Url> parse_url(std::string_view text);

}  // namespace leasehold::http

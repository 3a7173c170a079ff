// Requests and answers, the same for client and server. HTTP/1.1.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leasehold/base/secret_string.h"

namespace leasehold::http {

/// Header fields in order; names compare without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  /// "" when absent; has() tells the difference.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< path and query as they stand on the wire
  Headers headers;           ///< Host, Content-Length, Connection are the connection's affair
  /// Header fields whose values are secret, e.g. X-Vault-Token (client only; a server's handler
  /// finds all fields in headers).
  std::vector<std::pair<std::string, SecretString>> secret_headers;
  SecretString body;
  // --- filled by the server ---
  std::string remote_address;  ///< IP without port
  bool over_tls = false;

  /// target without the query.
  [[nodiscard]] std::string_view path() const;
  /// After '?', undecoded; "" when none.
  [[nodiscard]] std::string_view query() const;
};

struct Response {
  unsigned status = 200;
  Headers headers;
  SecretString body;
  bool close = false;  ///< server: end the connection after this answer
  /// Server: answer nothing at all and close the connection.
  bool abort = false;
};

}  // namespace leasehold::http

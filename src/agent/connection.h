// Which server, with which trust: flag, then environment, then vault{}, then default
// (spec/agent.md 1.1).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/flags/flags.h"
#include "leasehold/http/client.h"
#include "leasehold/tls/context.h"
#include "leasehold/vault/client.h"

namespace leasehold::agent {

namespace net = boost::asio;

struct ConnectionSettings {
  std::string address;
  std::string ca_cert;
  std::string ca_path;
  std::string ca_pem;
  std::string client_cert;
  std::string client_key;
  std::string tls_server_name;
  std::string name_space;  ///< canonical "ns/" or ""
  bool tls_skip_verify = false;
  std::chrono::nanoseconds deadline{std::chrono::seconds(60)};
};

/// Error (Invalid) in the peer's words: `Error fetching client: failed to read environment: ...`.
Result<ConnectionSettings> resolve_connection(const VaultConfig* file, const flags::Parsed& given,
                                              const flags::Environment& environment);

/// Opens transports to the configured server; all clients made from one Connection share its
/// kept-alive connections.
struct Connection {
  http::Url url;
  vault::Connector connect;
  vault::Connector connect_once;  ///< a connection of its own for each request
  /// Reads the certificate files again, for connections that are opened from now on. On an Error the old
  /// ones stay.
  std::function<Result<void>()> reload_certificates;
};
/// Errors (Invalid): `Error fetching client: failed to create client: parse ...`,
/// `Error fetching client: failed to setup TLS config: ...`.
Result<Connection> open_connection(net::any_io_executor executor, const ConnectionSettings& settings);

/// The token of a person or a script: VAULT_TOKEN, else the file that `vault login` and the agent's
/// sink write. Error (Invalid): where none was found.
Result<SecretString> own_token(const flags::Environment& environment);

/// The environment of template commands: the agent's own plus the server's address and TLS files.
std::vector<std::string> command_environment(const ConnectionSettings& settings);

}  // namespace leasehold::agent

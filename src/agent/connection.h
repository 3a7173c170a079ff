// Connections to the configured server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connection_settings.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/flags/flags.h"
#include "leasehold/http/client.h"
#include "leasehold/tls/context.h"
#include "leasehold/vault/client.h"

namespace leasehold::agent {

namespace net = boost::asio;

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
/// Errors (Invalid): `failed to create client: parse ...`, `failed to setup TLS config: ...`.
Result<Connection> open_connection(net::any_io_executor executor, const ConnectionSettings& settings);

/// The token of a person or a script: VAULT_TOKEN, else the file that `vault login` and the agent's
/// sink write. Error (Invalid): where none was found.
Result<SecretString> own_token(const flags::Environment& environment);

/// The environment of template commands: the agent's own plus the server's address and TLS files.
std::vector<std::string> command_environment(const ConnectionSettings& settings);

}  // namespace leasehold::agent

// One server for commands that ask a few things and end: the connection of flags and environment, the
// user's token, one request after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/flags/flags.h"
#include "leasehold/vault/client.h"

namespace leasehold::agent {

namespace net = boost::asio;

class ServerSession {
 public:
  /// Errors (Invalid) as resolve_connection() and open_connection() say them. The token is looked for, but
  /// not needed.
  static Result<std::unique_ptr<ServerSession>> open(const flags::Parsed& given, const flags::Environment& environment);
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;
  ~ServerSession();

  /// -output-curl-string, -output-policy: what is to be printed instead of sending the call; none = send it.
  [[nodiscard]] std::optional<std::string> shown(const vault::Call& call) const;
  /// Sends with the user's token, if there is one, and waits. Any status is an Answer. VAULT_MAX_RETRIES says
  /// how often a refused connection, 412, 429 and 5xx are tried again; without it never.
  Result<vault::Answer> send(vault::Call call);
  /// The same with the user's token as a must. Error (Invalid): where a token was looked for. An answer
  /// that is not ok is an Error in Vault's words. absent_is_ok: 404 is an Answer.
  Result<vault::Answer> ask(vault::Call call, bool absent_is_ok = false);
  /// The same with -wrap-ttl: the answer is then wrap_info.
  Result<vault::Answer> ask_wrapped(vault::Call call, bool absent_is_ok = false);

 private:
  struct State;
  ServerSession(std::unique_ptr<net::io_context> io, std::unique_ptr<State> state);
  std::unique_ptr<net::io_context> io_;  // lives longer than what waits in it
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::agent

// A thin wrapper of libpq: one blocking connection, errors as values in the words of PostgreSQL.
// For the development server, the demo's application and tests; the agent never links it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::pg {

/// What a statement returned, as text; SQL NULL is nullopt.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

struct OpenOptions {
  /// Includes name look-up and the TLS handshake. At least 2 s (libpq's own minimum).
  std::chrono::seconds connect_timeout{5};
  /// The server ends a statement that takes longer; 0 = no limit.
  std::chrono::seconds statement_timeout{0};
  std::string application_name;  ///< unless the URL names one; "" = none
  bool utc = false;              ///< sets the session's time zone to UTC
};

/// One session with a server. Blocking: use it on a thread of its own. Not thread-safe, movable.
class Connection {
 public:
  /// conninfo is a postgresql:// URL or `key=value` words, as libpq reads them; parameters that
  /// libpq does not know are an error.
  /// Errors: Transient (no server, refused login: `failed to connect to ...` and libpq's text,
  /// which never contains the password), Invalid (malformed conninfo; no part of it is shown).
  static Result<Connection> open(const SecretString& conninfo, const OpenOptions& options);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs one statement with parameters $1, $2, ... sent apart from the text; without parameters
  /// several statements are allowed (the rows are those of the last).
  /// Errors: Transient when the connection is lost; Invalid for everything the server refuses, as
  /// `ERROR: role "x" does not exist (SQLSTATE 42704)`.
  Result<Rows> query(std::string_view sql, const std::vector<std::string>& parameters = {});
  /// True when the server still answers on this connection (one round trip).
  bool ping();
  /// False after the connection was lost.
  [[nodiscard]] bool usable() const;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// "name" with inner quotes doubled, for use as an SQL identifier.
std::string quote_identifier(std::string_view name);
/// 'text' with inner quotes doubled (standard_conforming_strings, the default since 9.1).
std::string quote_literal(std::string_view text);

}  // namespace leasehold::pg

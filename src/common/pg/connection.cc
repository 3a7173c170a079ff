// libpq behind Result: opening with bounded time, statements with parameters, and PostgreSQL's
// messages in the form that Go's pgx driver gives them (the replaced server's users know that form).
#include "leasehold/pg/connection.h"

#include <algorithm>
#include <array>

#include <libpq-fe.h>

namespace leasehold::pg {
namespace {

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

struct ConninfoDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConninfoPtr = std::unique_ptr<PQconninfoOption, ConninfoDeleter>;

/// libpq ends its texts with a line feed and puts several lines into one.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    line.push_back(c == '\n' || c == '\t' ? ' ' : c);
  }
  while (!line.empty() && line.back() == ' ') {
    line.pop_back();
  }
  return line;
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

std::string server_message(const PGresult* result) {
  return field(result, PG_DIAG_SEVERITY_NONLOCALIZED) + ": " + field(result, PG_DIAG_MESSAGE_PRIMARY) +
         " (SQLSTATE " + field(result, PG_DIAG_SQLSTATE) + ")";
}

/// The session settings, after those that the URL itself asks for.
std::string session_options(const char* given, const OpenOptions& options) {
  std::string text = given == nullptr ? "" : given;
  if (options.utc) {
    text += " -c timezone=UTC";
  }
  if (options.statement_timeout.count() > 0) {
    text += " -c statement_timeout=" + std::to_string(options.statement_timeout.count()) + "s";
  }
  return text;
}

}  // namespace

struct Connection::State {
  PGconn* connection = nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { PQfinish(connection); }
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const SecretString& conninfo, const OpenOptions& options) {
  // libpq takes C strings; the text holds the password, so it goes into memory that is wiped.
  SecretString text = conninfo.clone();
  text.append(std::string_view("\0", 1));
  const ConninfoPtr parsed(PQconninfoParse(text.expose().data(), nullptr));
  if (!parsed) {
    return invalid("cannot parse the connection string");
  }
  const char* given_options = nullptr;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) == "options") {
      given_options = option->val;
    }
  }
  const std::string timeout = std::to_string(std::max<std::chrono::seconds::rep>(2, options.connect_timeout.count()));
  const std::string session = session_options(given_options, options);
  // A server whose machine vanished must not hold a statement for hours.
  const std::string user_timeout = std::to_string(options.connect_timeout.count() * 1000);
  // Keywords after dbname override what the URL says; those before it are defaults.
  const std::array<const char*, 7> keywords = {"fallback_application_name", "tcp_user_timeout", "dbname",
                                               "connect_timeout",           "options",          nullptr,
                                               nullptr};
  const std::array<const char*, 7> values = {options.application_name.empty() ? nullptr
                                                                              : options.application_name.c_str(),
                                             user_timeout.c_str(),
                                             text.expose().data(),
                                             timeout.c_str(),
                                             session.empty() ? nullptr : session.c_str(),
                                             nullptr,
                                             nullptr};
  auto state = std::make_unique<State>();
  state->connection = PQconnectdbParams(keywords.data(), values.data(), 1);
  if (state->connection == nullptr) {
    return transient("failed to connect: out of memory");
  }
  if (PQstatus(state->connection) != CONNECTION_OK) {
    return transient("failed to connect: " + one_line(PQerrorMessage(state->connection)));
  }
  // Notices would go to stderr; they may quote what the caller sent.
  PQsetNoticeProcessor(state->connection, [](void* /*argument*/, const char* /*message*/) {}, nullptr);
  return Connection(std::move(state));
}

Result<Rows> Connection::query(std::string_view sql, const std::vector<std::string>& parameters) {
  SecretString text(sql);
  text.append(std::string_view("\0", 1));
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) {
    values.push_back(parameter.c_str());
  }
  // Without parameters the simple protocol, which takes several statements (function bodies).
  const ResultPtr result(parameters.empty()
                             ? PQexec(state_->connection, text.expose().data())
                             : PQexecParams(state_->connection, text.expose().data(), static_cast<int>(values.size()),
                                            nullptr, values.data(), nullptr, nullptr, 0));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
    return Rows{};
  }
  if (status != PGRES_TUPLES_OK) {
    if (!usable() || field(result.get(), PG_DIAG_SQLSTATE).empty()) {
      return transient(one_line(PQerrorMessage(state_->connection)));
    }
    return invalid(server_message(result.get()));
  }
  Rows rows;
  const int columns = PQnfields(result.get());
  for (int column = 0; column < columns; ++column) {
    rows.columns.emplace_back(PQfname(result.get(), column));
  }
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& cells = rows.rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result.get(), row, column) != 0) {
        cells.emplace_back(std::nullopt);
      } else {
        cells.emplace_back(PQgetvalue(result.get(), row, column));
      }
    }
  }
  return rows;
}

bool Connection::ping() { return query("-- ping").has_value() && usable(); }

bool Connection::usable() const { return PQstatus(state_->connection) == CONNECTION_OK; }

namespace {
std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) {
      out.push_back(quote);
    }
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}
}  // namespace

std::string quote_identifier(std::string_view name) { return quoted(name, '"'); }
std::string quote_literal(std::string_view text) { return quoted(text, '\''); }

}  // namespace leasehold::pg

// The order of statements that the replaced server sends, as its PostgreSQL log shows it.
#include "sql_plan.h"

#include <ctime>

#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"
#include "leasehold/pg/connection.h"

#include "json_value.h"

namespace leasehold::devvault {
namespace {

Error execution_failed(const Error& error) { return {error.kind, "failed to execute query: " + error.message}; }

Result<void> run_transaction(SqlSession& session, const std::vector<std::string>& statements) {
  if (auto begun = session.query("BEGIN", {}); !begun) {
    return execution_failed(begun.error());
  }
  for (const std::string& statement : statements) {
    if (auto done = session.query(statement, {}); !done) {
      // Its own failure adds nothing: the server drops the transaction with the connection.
      const auto rolled_back = session.query("ROLLBACK", {});
      (void)rolled_back;
      return execution_failed(done.error());
    }
  }
  if (auto done = session.query("COMMIT", {}); !done) {
    return execution_failed(done.error());
  }
  return {};
}

/// Grants on schemas, tables and sequences keep a role from being dropped. Not a transaction: each
/// revocation that succeeds stays.
Result<void> run_default_revoke(SqlSession& session, const std::string& username) {
  const std::string user = pg::quote_identifier(username);
  auto exists = session.query("SELECT exists (SELECT rolname FROM pg_roles WHERE rolname=$1);", {username});
  if (!exists) {
    return exists.error();
  }
  if (exists->empty() || exists->front() != "t") {
    return {};
  }
  auto schemas = session.query(
      "SELECT DISTINCT table_schema FROM information_schema.role_column_grants WHERE grantee=$1;", {username});
  if (!schemas) {
    return schemas.error();
  }
  std::vector<std::string> statements;
  for (const std::string& schema : *schemas) {
    const std::string name = pg::quote_identifier(schema);
    statements.push_back("REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA " + name + " FROM " + user + ";");
    statements.push_back("REVOKE USAGE ON SCHEMA " + name + " FROM " + user + ";");
  }
  statements.push_back("REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA public FROM " + user + ";");
  statements.push_back("REVOKE ALL PRIVILEGES ON ALL SEQUENCES IN SCHEMA public FROM " + user + ";");
  statements.push_back("REVOKE USAGE ON SCHEMA public FROM " + user + ";");
  auto database = session.query("SELECT current_database();", {});
  if (!database) {
    return database.error();
  }
  if (!database->empty()) {
    statements.push_back("REVOKE CONNECT ON DATABASE " + pg::quote_identifier(database->front()) + " FROM " + user + ";");
  }
  std::string errors;
  for (const std::string& statement : statements) {
    if (auto done = session.query(statement, {}); !done) {
      errors += (errors.empty() ? "" : "; ") + done.error().message;
    }
  }
  if (!errors.empty()) {
    return invalid("could not perform all revocation statements: " + errors);
  }
  if (auto dropped = session.query("DROP ROLE IF EXISTS " + user + ";", {}); !dropped) {
    return dropped.error();
  }
  return {};
}

std::vector<std::string> decode_element(const std::string& element) {
  std::string text = element;
  if (auto decoded = base64_decode(element); decoded && !decoded->empty()) {
    text = *std::move(decoded);
  }
  if (auto array = parse_json(text); array && array->is_array()) {
    std::vector<std::string> statements;
    for (const Json& item : *array) {
      if (item.is_string()) {
        statements.push_back(item.get<std::string>());
      }
    }
    return statements;
  }
  return {text};
}

bool is_word(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/// The upper-case word END stands in it outside single quotes.
bool has_block(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    quoted = quoted != (text[i] == '\'');
    if (quoted || text.substr(i, 3) != "END") {
      continue;
    }
    const bool starts = i == 0 || !is_word(text[i - 1]);
    const bool ends = i + 3 >= text.size() || !is_word(text[i + 3]);
    if (starts && ends) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<void> run_plan(SqlSession& session, const SqlPlan& plan) {
  switch (plan.kind) {
    case SqlPlan::Kind::Ping:
      return {};
    case SqlPlan::Kind::Transaction:
      return run_transaction(session, plan.statements);
    case SqlPlan::Kind::DefaultRevoke:
      return run_default_revoke(session, plan.username);
  }
  return {};
}

std::vector<std::string> split_statements(const std::vector<std::string>& elements, bool whole_blocks) {
  std::vector<std::string> statements;
  for (const std::string& element : elements) {
    for (const std::string& text : decode_element(element)) {
      if (whole_blocks && has_block(text)) {
        statements.push_back(text);
        continue;
      }
      for (const std::string& part : split(text, ';')) {
        if (const auto statement = trim_space(part); !statement.empty()) {
          statements.emplace_back(statement);
        }
      }
    }
  }
  return statements;
}

std::string fill_statement(std::string statement, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    statement = replace_all(std::move(statement), "{{" + name + "}}", value);
  }
  return statement;
}

std::string sql_time(std::chrono::system_clock::time_point time) {
  const std::time_t point = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&point, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S+0000", &parts);
  return {text, size};
}

}  // namespace leasehold::devvault

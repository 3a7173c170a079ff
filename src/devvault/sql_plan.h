// What is done to PostgreSQL for one operation, and how it is done given a session; no socket here
// (spec/vault-api.md 8.3).
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::devvault {

struct SqlPlan {
  enum class Kind {
    Ping,           ///< only see whether the server answers
    Transaction,    ///< BEGIN, the statements, COMMIT; nothing is left behind on an error
    DefaultRevoke,  ///< what PostgreSQL needs before a role can be dropped
  };
  Kind kind = Kind::Ping;
  std::vector<std::string> statements;  ///< placeholders already filled
  std::string username;                 ///< of DefaultRevoke
};

/// A statement's rows, first column only: all that the plans need.
class SqlSession {
 public:
  SqlSession() = default;
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;
  virtual ~SqlSession() = default;
  virtual Result<std::vector<std::string>> query(const std::string& sql, const std::vector<std::string>& parameters) = 0;
};

/// Errors: `failed to execute query: <server's text>`; of DefaultRevoke
/// `could not perform all revocation statements: ...`.
Result<void> run_plan(SqlSession& session, const SqlPlan& plan);

/// Elements of creation_statements and the like to single statements: base64 and JSON arrays are
/// decoded, the rest is split at ';', blanks trimmed, empty parts dropped. whole_blocks: an element
/// with the upper-case word END outside quotes (a function body) stays whole.
std::vector<std::string> split_statements(const std::vector<std::string>& elements, bool whole_blocks);

/// Replaces {{name}} by values, as plain text without quoting.
std::string fill_statement(std::string statement, const std::map<std::string, std::string>& values);

/// 2026-11-21 11:03:32+0000
std::string sql_time(std::chrono::system_clock::time_point time);

}  // namespace leasehold::devvault

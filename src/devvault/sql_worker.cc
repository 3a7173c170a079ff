// The only file of the server with threads. A strand keeps the operations of one database in order;
// the session lives on it and is opened again when a ping fails.
#include "sql_worker.h"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "leasehold/pg/connection.h"

namespace leasehold::devvault {
namespace {

/// Databases that can be waited for at the same time.
constexpr std::size_t kThreads = 8;
/// spec: a request for a credential is answered in bounded time when PostgreSQL is away.
constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::seconds kStatementTimeout{60};

/// Lives on the strand.
class PgSession final : public SqlSession {
 public:
  explicit PgSession(SecretString url) : url_(std::move(url)) {}

  Result<void> ready() {
    if (connection_ && connection_->ping()) {
      return {};
    }
    connection_.reset();
    auto opened = pg::Connection::open(url_, {.connect_timeout = kConnectTimeout,
                                              .statement_timeout = kStatementTimeout,
                                              .application_name = "vault",
                                              .utc = true});
    if (!opened) {
      return opened.error();
    }
    connection_ = *std::move(opened);
    return {};
  }

  Result<std::vector<std::string>> query(const std::string& sql, const std::vector<std::string>& parameters) override {
    auto rows = connection_->query(sql, parameters);
    if (!rows) {
      return rows.error();
    }
    std::vector<std::string> first;
    for (const auto& row : rows->rows) {
      first.push_back(row.empty() ? std::string() : row.front().value_or(""));
    }
    return first;
  }

 private:
  SecretString url_;
  std::optional<pg::Connection> connection_;
};

using Strand = net::strand<net::thread_pool::executor_type>;

net::awaitable<Result<void>> run_on_strand(std::shared_ptr<PgSession> session, SqlPlan plan) {
  if (auto ready = session->ready(); !ready) {
    co_return ready.error();
  }
  co_return run_plan(*session, plan);
}

class PgDatabase final : public Database {
 public:
  PgDatabase(const net::thread_pool::executor_type& threads, SecretString url)
      : strand_(threads), session_(std::make_shared<PgSession>(std::move(url))) {}
  // The session's end talks to the server: not on the caller's thread.
  ~PgDatabase() override {
    net::post(strand_, [session = std::move(session_)] {});
  }

  net::awaitable<Result<void>> run(SqlPlan plan) override {
    co_return co_await net::co_spawn(strand_, run_on_strand(session_, std::move(plan)), net::use_awaitable);
  }

 private:
  Strand strand_;
  std::shared_ptr<PgSession> session_;
};

}  // namespace

struct SqlWorkers::Impl {
  net::thread_pool threads{kThreads};
};

SqlWorkers::SqlWorkers(net::any_io_executor /*executor*/) : impl_(std::make_unique<Impl>()) {}

SqlWorkers::~SqlWorkers() { impl_->threads.join(); }

std::shared_ptr<Database> SqlWorkers::open(SecretString url) {
  return std::make_shared<PgDatabase>(impl_->threads.get_executor(), std::move(url));
}

}  // namespace leasehold::devvault

// The two ways out of the pure core: SQL to a database and HTTP to another server. The program
// gives real ones, tests give scripts.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/http/message.h"
#include "sql_plan.h"

namespace leasehold::devvault {

namespace net = boost::asio;

/// One configured database. Work on it is done in order, one after the other, off the core's
/// thread; other databases and requests go on meanwhile.
class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;
  /// Errors: Transient (no connection within 5 s, or lost), Invalid (refused by the server), both
  /// with the server's text.
  virtual net::awaitable<Result<void>> run(SqlPlan plan) = 0;
};

class Databases {
 public:
  Databases() = default;
  Databases(const Databases&) = delete;
  Databases& operator=(const Databases&) = delete;
  virtual ~Databases() = default;
  /// Does not connect yet. url is complete, password included.
  virtual std::shared_ptr<Database> open(SecretString url) = 0;
};

class Outbound {
 public:
  Outbound() = default;
  Outbound(const Outbound&) = delete;
  Outbound& operator=(const Outbound&) = delete;
  virtual ~Outbound() = default;
  /// Sends a request to url (scheme://host:port/path); ca_pem: whom to trust, "" = the system.
  virtual net::awaitable<Result<http::Response>> send(std::string url, std::string ca_pem, http::Request request) = 0;
};

}  // namespace leasehold::devvault

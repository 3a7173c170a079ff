// A small connection pool over libpq, as applications have one: a fixed number of connections, lent
// out one at a time. When the credentials change, each connection is opened anew with the new login
// before the old one is closed, so that a rotation costs no query.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "credentials.h"

namespace webapp {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionHandle = std::unique_ptr<PGconn, CloseConnection>;

struct Server {
  std::string host;
  std::string port;
  std::string database;
};

/// What one attempt came to. error is the server's message; it never holds a password.
struct Outcome {
  bool ok = false;
  std::string error;
  std::string username;
};

class Pool {
 public:
  Pool(Server server, std::size_t size, Credentials first);

  /// Connections borrowed from now on use this login.
  void set_credentials(Credentials credentials);

  /// Borrows a connection, opens it when it is closed or of an older login, runs one statement.
  /// A failure closes the connection; the next borrower opens it again. Blocks while all
  /// connections are lent out. May be called by many threads.
  Outcome run(const char* statement, const std::vector<std::string>& parameters);

 private:
  struct Slot {
    ConnectionHandle connection;
    Credentials login;
    bool lent = false;
  };

  Slot& borrow(Credentials& wanted);
  void give_back(Slot& slot);
  Outcome make_ready(Slot& slot, const Credentials& wanted);

  const Server server_;
  std::mutex mutex_;  // guards credentials_ and every Slot::lent
  std::condition_variable returned_;
  Credentials credentials_;
  std::vector<Slot> slots_;
};

}  // namespace webapp

// PostgreSQL behind the Databases edge: libpq blocks, so it runs on a few threads of its own, with
// the operations of one database in order.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "edges.h"

namespace leasehold::devvault {

class SqlWorkers final : public Databases {
 public:
  /// executor: where the callers run and results come back to.
  explicit SqlWorkers(net::any_io_executor executor);
  ~SqlWorkers() override;
  std::shared_ptr<Database> open(SecretString url) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace leasehold::devvault

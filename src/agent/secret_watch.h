// Keeps one secret fresh: fetch, renew the lease or wait, fetch again. What it decides comes from
// vault/lease.h; here are only the waits and the requests.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "context.h"
#include "fetch.h"
#include "leasehold/vault/lease_check.h"
#include "secret_store.h"
#include "token_holder.h"

namespace leasehold::agent {

/// What watches share. The owner (Agent) outlives them.
struct WatchDeps {
  const Context& context;
  TokenHolder& tokens;
  SecretStore& store;
  Fetcher& fetcher;
  vault::LeaseCheck& check;
  runtime::Condition& leases_changed;  ///< a lease came or went: the check's pace changes
};

/// Why a watch gave up; everything that may pass is retried inside.
struct WatchEnd {
  bool exhausted = false;  ///< all attempts failed and exit_on_retry_failure is set
  Error error;
};

/// Runs until cancelled, retired, or out of attempts.
net::awaitable<WatchEnd> watch_secret(WatchDeps deps, std::shared_ptr<SecretRecord> record);

}  // namespace leasehold::agent

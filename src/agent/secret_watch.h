// Keeps one secret fresh: fetch, renew the lease or wait, fetch again. What it decides comes from
// vault/lease.h; here are only the waits and the requests.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "context.h"
#include "fetch.h"
#include "lease_retirement.h"
#include "leasehold/vault/lease_check.h"
#include "secret_store.h"
#include "state_keeper.h"
#include "tellers.h"
#include "token_holder.h"

namespace leasehold::agent {

/// A check that somebody asked for: the application whose login was refused.
struct CheckRequest {
  bool due = false;
  std::optional<runtime::Clock::TimePoint> last = std::nullopt;
};

/// What watches share. The owner (Agent) outlives them.
struct WatchDeps {
  const Context& context;
  TokenHolder& tokens;
  SecretStore& store;
  Fetcher& fetcher;
  vault::LeaseCheck& check;
  runtime::Condition& leases_changed;  ///< a lease came or went: the check's pace changes
  StateKeeper& state;
  LeaseRetirement& retirement;
  Tellers tellers;
  CheckRequest& asked;
};

/// Why a watch gave up; everything that may pass is retried inside.
struct WatchEnd {
  bool exhausted = false;  ///< all attempts failed and exit_on_retry_failure is set
  Error error;
};

/// Runs until cancelled, retired, or out of attempts.
net::awaitable<WatchEnd> watch_secret(WatchDeps deps, std::shared_ptr<SecretRecord> record);

}  // namespace leasehold::agent

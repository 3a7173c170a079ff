// The loop around vault::LeaseCheck: one look-up an interval, and what follows from the answer.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "secret_watch.h"

namespace leasehold::agent {

/// Runs until cancelled. Leases that are gone go to the store, a dead token to the holder.
net::awaitable<void> watch_leases(WatchDeps deps);

}  // namespace leasehold::agent

// Gives up the leases that were replaced: kept alive for a drain time, in which connection pools move to
// the new password, then revoked where the token may, else left to end with their TTL.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "context.h"
#include "leasehold/runtime/condition.h"
#include "state_keeper.h"
#include "token_holder.h"

namespace leasehold::agent {

/// Whether the answer to sys/capabilities-self allows to revoke leases.
bool may_revoke(const vault::Answer& answer);

/// Single-threaded.
class LeaseRetirement {
 public:
  LeaseRetirement(const Context& context, TokenHolder& tokens, StateKeeper& state);

  /// The secret of this lease has been replaced. ends: of the lease.
  void give_up(const std::string& lease_id, bool renewable, runtime::Clock::TimePoint ends);
  /// Those of an earlier run.
  void resume();
  /// Runs until cancelled.
  net::awaitable<void> run();

 private:
  struct Old {
    runtime::Clock::TimePoint until{};
    runtime::Clock::TimePoint ends{};
    bool renew = false;  ///< it would end before its drain time
    int failures = 0;
  };
  net::awaitable<bool> wait();
  net::awaitable<void> renew(std::string lease_id);
  /// False: try again later.
  net::awaitable<bool> retire(std::string lease_id);
  /// nullopt: the server did not say.
  net::awaitable<std::optional<bool>> ask_rights(Token token);
  /// True: tried often enough, it ends with its TTL.
  bool try_later(const std::string& lease_id);

  const Context& context_;
  TokenHolder& tokens_;
  StateKeeper& state_;
  log::Logger log_;
  std::map<std::string, Old> old_;
  runtime::Condition changed_;
  std::uint64_t asked_for_ = 0;  ///< generation of the token whose rights are known
  bool may_revoke_ = false;
  bool told_ = false;
};

}  // namespace leasehold::agent

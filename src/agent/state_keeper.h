// Keeps the state file equal to what the agent holds: each change is written before anybody acts on it,
// so that an agent killed at any moment can go on, or knows what it does not know. Without a path all
// calls do nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/vault/answer.h"
#include "state_data.h"

namespace leasehold::agent {

struct AgentConfig;

/// What makes a state ours, from the configuration and the pod's token. server: URL and namespace.
StateBinding own_binding(const AgentConfig& config, std::string_view address, std::string_view name_space);

/// Single-threaded.
class StateKeeper {
 public:
  /// path "": off.
  StateKeeper(std::string path, const runtime::Clock& clock, log::Logger log);

  [[nodiscard]] bool on() const { return !path_.empty(); }
  /// Reads the file and decides what of it holds. A file that cannot be used is told of in the log.
  void load(const StateBinding& own);

  /// The token of the file, to be looked up before it is used; null when there is none.
  [[nodiscard]] const SavedToken* kept_token() const;
  /// The kept token lives: its secrets may be taken.
  void resume();
  /// The kept token does not live, and neither do its leases.
  void forget_token();

  void token_granted(const vault::Auth& auth);
  void token_renewed(const vault::Auth& auth);
  /// We revoked it.
  void token_revoked();

  /// A secret of an earlier run, once, when its token was resumed.
  std::optional<SavedSecret> take(std::string_view name);
  /// Before a request that may make a lease.
  void reading(const std::string& name);
  /// Its answer came and made no lease, or an error came.
  void read_failed(const std::string& name);
  /// Its answer came; secret.granted_at is set here.
  void arrived(SavedSecret secret);
  void renewed(std::string_view name, std::chrono::seconds granted);
  /// No template uses it any more, or its lease is dead.
  void forget(std::string_view name);

  void drain(std::string lease_id, Clock::WallTime until);
  void drained(std::string_view lease_id);
  [[nodiscard]] const std::vector<SavedDrain>& drains() const { return state_.drains; }

  [[nodiscard]] const std::vector<SecretString>& superseded() const { return state_.superseded; }
  void revoked_superseded();

 private:
  SavedSecret* find(std::string_view name);
  void save();

  std::string path_;
  const runtime::Clock& clock_;
  log::Logger log_;
  StateData state_;
  std::vector<SavedSecret> resumed_;  ///< of an earlier run, not taken yet
  std::string last_error_;            ///< told once
};

}  // namespace leasehold::agent

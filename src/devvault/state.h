// Everything that the server knows, in one place; engines get it by reference. One thread only.
#pragma once

#include <map>
#include <string>

#include "edges.h"
#include "identity.h"
#include "leases.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"
#include "mounts.h"
#include "password_policy.h"
#include "policies.h"
#include "quotas.h"
#include "tokens.h"

namespace leasehold::devvault {

class Lifecycle;

struct Seal {
  bool sealed = false;
  std::string key;  ///< 32 bytes
};

struct State {
  State(runtime::Clock& time, Databases& sql, Outbound& http, log::Logger logger)
      : clock(time), databases(sql), outbound(http), log(std::move(logger)), policies(time.wall_now()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() = default;

  runtime::Clock& clock;
  Databases& databases;
  Outbound& outbound;
  log::Logger log;
  Policies policies;
  std::map<std::string, PasswordPolicy> password_policies;
  Quotas quotas;
  Tokens tokens;
  Leases leases;
  Identity identity;
  Mounts mounts;
  Lifecycle* lifecycle = nullptr;  ///< set before the first request
  Seal seal;
  std::string cluster_name;
  std::string cluster_id;
  /// cubbyhole/: token id -> path -> object.
  std::map<std::string, std::map<std::string, Json>> cubbyholes;

  [[nodiscard]] WallTime now() const { return clock.wall_now(); }
};

/// The rules of a token right now: policies as they stand, templates filled, the entity's policies
/// joined. Defined in core.cc.
class Acl;
Acl acl_of(const State& state, const Token& token);

}  // namespace leasehold::devvault

// The store of tokens: by id, by accessor, as trees. Pure data; revocation of what hangs on a token
// is the business of lifecycle.h.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "call.h"

namespace leasehold::devvault {

struct Token {
  std::string id;
  std::string accessor;
  std::string parent;  ///< id; "" = orphan
  std::set<std::string> children;
  bool orphan = false;
  bool batch = false;
  std::vector<std::string> policies;
  std::string path;        ///< where it was made: auth/token/create, auth/kubernetes/login
  std::string mount_uuid;  ///< of the auth mount
  std::string display_name;
  Json meta;  ///< null or an object of strings
  std::string entity_id;
  std::string role;  ///< of auth/token/roles
  std::vector<std::string> bound_cidrs;
  Json internal;  ///< of the auth method
  std::int64_t num_uses = 0;
  WallTime issued;
  std::optional<WallTime> expires;  ///< none: lives until it is revoked
  std::optional<WallTime> last_renewal;
  seconds creation_ttl{0};
  seconds explicit_max_ttl{0};
  seconds period{0};
  bool renewable = false;
  bool initial_root = false;  ///< made at start: some members are absent in look-ups
};
using TokenPtr = std::shared_ptr<Token>;

class Tokens {
 public:
  void add(TokenPtr token);
  /// Null when unknown. Does not look at the clock.
  [[nodiscard]] TokenPtr find(const std::string& id) const;
  [[nodiscard]] TokenPtr by_accessor(const std::string& accessor) const;
  /// Takes token and, unless they are to become orphans, all below it out of the store; parents
  /// come before children.
  std::vector<TokenPtr> take_tree(const std::string& id, bool orphan_children);
  [[nodiscard]] std::vector<std::string> accessors() const;
  /// Ids of the tokens of an auth mount.
  [[nodiscard]] std::vector<std::string> of_mount(const std::string& mount_uuid) const;
  /// Ids of the tokens whose time has come.
  [[nodiscard]] std::vector<std::string> expired(WallTime now) const;
  /// The earliest end of all; nullopt when no token ends.
  [[nodiscard]] std::optional<WallTime> next_expiry() const;
  /// Call after changing token.expires.
  void reschedule(const Token& token);

 private:
  void unschedule(const std::string& id);
  std::map<std::string, TokenPtr> by_id_;
  std::map<std::string, TokenPtr> by_accessor_;
  std::set<std::pair<WallTime, std::string>> ends_;
  std::map<std::string, WallTime> end_of_;
};

/// s. + 24 characters; batch tokens b. + 120.
std::string new_token_id(bool batch);
std::string new_accessor();

}  // namespace leasehold::devvault

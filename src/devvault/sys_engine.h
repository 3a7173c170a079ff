// sys/*: each part brings its routes (spec/vault-api.md 2, 3, 5, 6).
#pragma once

#include "core.h"

namespace leasehold::devvault {

using Routes = std::vector<Route>;

/// sys/mounts, sys/auth, tune, remount.
class SysMounts {
 public:
  explicit SysMounts(State& state) : state_(state) {}
  void add_routes(Routes& routes);

 private:
  Answer list_secrets(Exchange& exchange);
  Answer list_auth(Exchange& exchange);
  Answer read_secret(Exchange& exchange);
  Answer read_auth(Exchange& exchange);
  Answer make_secret(Exchange& exchange);
  Answer make_auth(Exchange& exchange);
  net::awaitable<Answer> remove_secret(Exchange& exchange);
  net::awaitable<Answer> remove_auth(Exchange& exchange);
  Answer read_secret_tune(Exchange& exchange);
  Answer read_auth_tune(Exchange& exchange);
  Answer write_secret_tune(Exchange& exchange);
  Answer write_auth_tune(Exchange& exchange);
  Answer remount(Exchange& exchange);
  Answer remount_status(Exchange& exchange);

  Answer list(bool auth) const;
  Answer read(bool auth, const Exchange& exchange) const;
  Answer make(bool auth, const Exchange& exchange);
  net::awaitable<Answer> remove(bool auth, Exchange& exchange);
  Answer read_tune(bool auth, const Exchange& exchange) const;
  Answer write_tune(bool auth, const Exchange& exchange);
  State& state_;
  std::map<std::string, Json> moves_;
};

/// sys/policies/acl, sys/policy, sys/capabilities*.
class SysPolicies {
 public:
  explicit SysPolicies(State& state) : state_(state) {}
  void add_routes(Routes& routes);

 private:
  Answer list(Exchange& exchange);
  Answer read(Exchange& exchange);
  Answer read_old(Exchange& exchange);
  Answer write(Exchange& exchange);
  Answer remove(Exchange& exchange);
  Answer capabilities(Exchange& exchange);
  Answer capabilities_self(Exchange& exchange);
  Answer capabilities_accessor(Exchange& exchange);
  State& state_;
};

/// sys/leases/*.
class SysLeases {
 public:
  explicit SysLeases(State& state) : state_(state) {}
  void add_routes(Routes& routes);

 private:
  Answer lookup(Exchange& exchange);
  Answer list(Exchange& exchange);
  net::awaitable<Answer> renew(Exchange& exchange);
  net::awaitable<Answer> revoke(Exchange& exchange);
  net::awaitable<Answer> revoke_prefix(Exchange& exchange);
  net::awaitable<Answer> revoke_force(Exchange& exchange);
  Answer count(Exchange& exchange);
  Answer irrevocable(Exchange& exchange);
  State& state_;
};

/// sys/internal/ui, sys/wrapping, sys/tools and the rest.
class SysRest {
 public:
  explicit SysRest(State& state) : state_(state) {}
  void add_routes(Routes& routes);

 private:
  Answer ui_mounts(Exchange& exchange);
  Answer ui_mount(Exchange& exchange);
  Answer resultant_acl(Exchange& exchange);
  Answer wrap(Exchange& exchange);
  Answer wrapping_lookup(Exchange& exchange);
  Answer unwrap(Exchange& exchange);
  Answer rewrap(Exchange& exchange);
  Answer random(Exchange& exchange);
  Answer hash(Exchange& exchange);
  Answer key_status(Exchange& exchange);
  Answer unlock_user(Exchange& exchange);
  State& state_;
};

/// sys/policies/password, sys/quotas, sys/metrics.
class SysLimits {
 public:
  explicit SysLimits(State& state) : state_(state) {}
  void add_routes(Routes& routes);

 private:
  Answer list_policies(Exchange& exchange);
  Answer read_policy(Exchange& exchange);
  Answer write_policy(Exchange& exchange);
  Answer remove_policy(Exchange& exchange);
  Answer generate(Exchange& exchange);
  Answer list_quotas(Exchange& exchange);
  Answer read_quota(Exchange& exchange);
  Answer write_quota(Exchange& exchange);
  Answer remove_quota(Exchange& exchange);
  Answer metrics(Exchange& exchange);
  Answer list_namespaces(Exchange& exchange);
  Answer no_replication(Exchange& exchange);
  State& state_;
};

class SysEngine final : public RoutedEngine {
 public:
  explicit SysEngine(State& state);

 private:
  SysMounts mounts_;
  SysPolicies policies_;
  SysLeases leases_;
  SysRest rest_;
  SysLimits limits_;
};

}  // namespace leasehold::devvault

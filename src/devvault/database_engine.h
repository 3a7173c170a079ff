// The database engine for PostgreSQL: connections, dynamic roles with leases, static roles
// (spec/vault-api.md 8.3).
#pragma once

#include "core.h"
#include "sql_plan.h"

namespace leasehold::devvault {

class DatabaseEngine final : public RoutedEngine {
 public:
  explicit DatabaseEngine(State& state);
  net::awaitable<Result<LeaseRenewal>> renew_lease(std::shared_ptr<Lease> lease, seconds increment) override;
  net::awaitable<Result<void>> revoke_lease(std::shared_ptr<Lease> lease) override;
  net::awaitable<void> tick() override;

 private:
  struct Connection {
    std::string plugin_name;
    std::vector<std::string> allowed_roles;
    std::vector<std::string> rotation_statements;
    std::string password_policy;
    Json details = Json::object();  ///< everything else that was given, the password too
    std::shared_ptr<Database> database;
  };
  struct Role {
    std::string db_name;
    std::vector<std::string> creation;
    std::vector<std::string> revocation;
    std::vector<std::string> renewal;
    std::vector<std::string> rollback;
    seconds default_ttl{0};
    seconds max_ttl{0};
  };
  struct StaticRole {
    std::string db_name;
    std::string username;
    std::vector<std::string> statements;
    seconds period{0};
    std::string password;
    WallTime rotated;
    WallTime due;
  };

  // database_config.cc
  void add_config_routes(std::vector<Route>& routes);
  Answer list_configs(Exchange& exchange);
  Answer read_config(Exchange& exchange);
  net::awaitable<Answer> write_config(Exchange& exchange);
  Answer remove_config(Exchange& exchange);
  Answer reset(Exchange& exchange);
  net::awaitable<Answer> rotate_root(Exchange& exchange);
  Result<void> open(Connection& connection);

  // database_roles.cc
  void add_role_routes(std::vector<Route>& routes);
  Answer list_roles(Exchange& exchange);
  Answer read_role(Exchange& exchange);
  Answer write_role(Exchange& exchange);
  Answer remove_role(Exchange& exchange);
  net::awaitable<Answer> creds(Exchange& exchange);

  // database_static.cc
  void add_static_routes(std::vector<Route>& routes);
  Answer list_static_roles(Exchange& exchange);
  Answer read_static_role(Exchange& exchange);
  net::awaitable<Answer> write_static_role(Exchange& exchange);
  Answer remove_static_role(Exchange& exchange);
  Answer static_creds(Exchange& exchange);
  net::awaitable<Answer> rotate_role(Exchange& exchange);
  net::awaitable<Result<void>> rotate(std::string name);

  /// Null when there is none of that name.
  Connection* find_connection(const std::string& name);
  /// By the connection's password_policy, or the built-in one. Error: the policy does not exist.
  [[nodiscard]] Result<std::string> new_password(const Connection& connection) const;
  /// What {{password}} becomes: the password, or its verifier.
  static std::string sql_password(const Connection& connection, const std::string& password);

  State& state_;
  std::map<std::string, Connection> connections_;
  std::map<std::string, Role> roles_;
  std::map<std::string, StaticRole> static_roles_;
};

/// Values of statements end this much after the lease, so that the lease's end comes first.
inline constexpr seconds kExpirationMargin{5};
/// The text for a connection that does not exist.
std::string no_connection(const std::string& name);
/// A transaction of the statements with their placeholders filled.
SqlPlan transaction(const std::vector<std::string>& statements, bool whole_blocks,
                    const std::map<std::string, std::string>& values);

}  // namespace leasehold::devvault

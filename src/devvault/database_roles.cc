// roles/, creds/ and the leases of what creds/ gave.
#include "database_engine.h"

#include <algorithm>

#include "credentials.h"
#include "jwt.h"
#include "kv1.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kRenew = R"(ALTER ROLE "{{username}}" VALID UNTIL '{{expiration}}';)";


bool role_allowed(const std::vector<std::string>& patterns, const std::string& role) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return glob_match(pattern, role); });
}

}  // namespace

void DatabaseEngine::add_role_routes(std::vector<Route>& routes) {
  using D = DatabaseEngine;
  routes.push_back({.pattern = "roles", .fields = {}, .list = Handler(this, &D::list_roles)});
  Route role{.pattern = "roles/{name}",
             .fields = {{"name", FieldType::Text},
                        {"db_name", FieldType::Text},
                        {"creation_statements", FieldType::TextArray},
                        {"revocation_statements", FieldType::TextArray},
                        {"renew_statements", FieldType::TextArray},
                        {"rollback_statements", FieldType::TextArray},
                        {"default_ttl", FieldType::Duration},
                        {"max_ttl", FieldType::Duration},
                        {"credential_type", FieldType::Text},
                        {"credential_config", FieldType::TextMap}},
             .read = Handler(this, &D::read_role),
             .write = Handler(this, &D::write_role),
             .remove = Handler(this, &D::remove_role)};
  role.exists = [this](Exchange& exchange) { return roles_.contains(text(exchange.fields, "name")); };
  routes.push_back(std::move(role));
  routes.push_back({.pattern = "creds/{name}", .fields = {{"name", FieldType::Text}}, .read = Handler(this, &D::creds)});
}

Answer DatabaseEngine::list_roles(Exchange& /*exchange*/) { return list_keys(roles_, ""); }

Answer DatabaseEngine::read_role(Exchange& exchange) {
  const auto found = roles_.find(text(exchange.fields, "name"));
  if (found == roles_.end()) {
    return nothing_there();
  }
  const Role& role = found->second;
  return with_data({{"creation_statements", string_array(role.creation)},
                    {"credential_type", "password"},
                    {"db_name", role.db_name},
                    {"default_ttl", role.default_ttl.count()},
                    {"max_ttl", role.max_ttl.count()},
                    {"renew_statements", string_array(role.renewal)},
                    {"revocation_statements", string_array(role.revocation)},
                    {"rollback_statements", string_array(role.rollback)}});
}

Answer DatabaseEngine::write_role(Exchange& exchange) {
  const Json& fields = exchange.fields;
  const std::string name = text(fields, "name");
  if (static_roles_.contains(name)) {
    return refused("Role and Static Role names must be unique");
  }
  Role role;
  if (const auto found = roles_.find(name); found != roles_.end()) {
    role = found->second;
  }
  role.db_name = has(fields, "db_name") ? text(fields, "db_name") : role.db_name;
  if (role.db_name.empty()) {
    return refused("database name is required");
  }
  const std::string type = has(fields, "credential_type") ? text(fields, "credential_type") : "password";
  if (type != "password") {
    return refused("invalid credential_type " + go_quote(type));
  }
  struct Row {
    std::string_view name;
    std::vector<std::string> Role::* member;
  };
  static constexpr Row kRows[] = {{"creation_statements", &Role::creation},
                                  {"revocation_statements", &Role::revocation},
                                  {"renew_statements", &Role::renewal},
                                  {"rollback_statements", &Role::rollback}};
  for (const Row& row : kRows) {
    if (has(fields, row.name)) {
      role.*row.member = texts(fields, row.name);
    }
  }
  if (has(fields, "default_ttl")) {
    role.default_ttl = duration(fields, "default_ttl");
  }
  if (has(fields, "max_ttl")) {
    role.max_ttl = duration(fields, "max_ttl");
  }
  roles_[name] = std::move(role);
  return no_content();
}

Answer DatabaseEngine::remove_role(Exchange& exchange) {
  roles_.erase(text(exchange.fields, "name"));
  return no_content();
}

net::awaitable<Answer> DatabaseEngine::creds(Exchange& exchange) {
  const std::string name = text(exchange.fields, "name");
  const auto found = roles_.find(name);
  if (found == roles_.end()) {
    co_return refused("unknown role: " + name);
  }
  const Role role = found->second;
  const Connection* connection = find_connection(role.db_name);
  if (connection == nullptr) {
    co_return engine_failure(no_connection(role.db_name));
  }
  if (!role_allowed(connection->allowed_roles, name)) {
    co_return engine_failure(go_quote(name) + " is not an allowed role");
  }
  const WallTime now = state_.now();
  auto grant = grant_ttl({.increment = {},
                          .role_ttl = role.default_ttl,
                          .role_max = role.max_ttl,
                          .explicit_max = {},
                          .period = {},
                          .mount_default = exchange.mount->effective_default(),
                          .mount_max = exchange.mount->effective_max(),
                          .issued = now,
                          .now = now});
  if (!grant) {
    co_return engine_failure(grant.error().message);
  }
  if (role.creation.empty()) {
    co_return engine_failure("empty creation statements");
  }
  const std::string pattern = text_member(connection->details, "username_template");
  auto username = pattern.empty() ? Result<std::string>(default_username(exchange.token->display_name, name, now))
                                  : username_from_template(pattern, exchange.token->display_name, name, now);
  if (!username) {
    co_return engine_failure(username.error().message);
  }
  auto made = new_password(*connection);
  if (!made) {
    co_return engine_failure(made.error().message);
  }
  const std::string password = *std::move(made);
  SqlPlan plan = transaction(role.creation, true,
                             {{"name", *username},
                              {"username", *username},
                              {"password", sql_password(*connection, password)},
                              {"expiration", sql_time(now + grant->ttl + kExpirationMargin)}});
  const std::shared_ptr<Database> database = connection->database;
  if (auto created = co_await database->run(std::move(plan)); !created) {
    co_return engine_failure(created.error().message);
  }
  Answer answer = with_data({{"username", *username}, {"password", password}});
  answer.warnings = std::move(grant->warnings);
  answer.lease = LeaseOffer{.ttl = grant->ttl,
                            .renewable = true,
                            .secret = {{"username", *username},
                                       {"role", name},
                                       {"db_name", role.db_name},
                                       {"revocation_statements", string_array(role.revocation)}}};
  co_return answer;
}

net::awaitable<Result<LeaseRenewal>> DatabaseEngine::renew_lease(std::shared_ptr<Lease> lease, seconds increment) {
  const std::string name = text_member(lease->secret, "role");
  const auto found = roles_.find(name);
  if (found == roles_.end()) {
    co_return invalid("could not find role with name " + go_quote(name));
  }
  const Role role = found->second;
  const Connection* connection = find_connection(role.db_name);
  if (connection == nullptr) {
    co_return invalid(no_connection(role.db_name));
  }
  const WallTime now = state_.now();
  auto grant = grant_ttl({.increment = increment,
                          .role_ttl = role.default_ttl,
                          .role_max = role.max_ttl,
                          .explicit_max = {},
                          .period = {},
                          .mount_default = lease->mount->effective_default(),
                          .mount_max = lease->mount->effective_max(),
                          .issued = lease->issued,
                          .now = now});
  if (!grant) {
    co_return grant.error();
  }
  auto statements = role.renewal;
  if (statements.empty()) {
    statements.emplace_back(kRenew);
  }
  const std::string username = text_member(lease->secret, "username");
  SqlPlan plan = transaction(statements, false,
                             {{"name", username},
                              {"username", username},
                              {"expiration", sql_time(now + grant->ttl + kExpirationMargin)}});
  const std::shared_ptr<Database> database = connection->database;
  if (auto renewed = co_await database->run(std::move(plan)); !renewed) {
    co_return renewed.error().in("failed to update user");
  }
  co_return LeaseRenewal{.ttl = grant->ttl, .warnings = std::move(grant->warnings)};
}

net::awaitable<Result<void>> DatabaseEngine::revoke_lease(std::shared_ptr<Lease> lease) {
  const std::string name = text_member(lease->secret, "db_name");
  const Connection* connection = find_connection(name);
  if (connection == nullptr) {
    co_return invalid(no_connection(name));
  }
  const std::string username = text_member(lease->secret, "username");
  const auto statements = texts(lease->secret, "revocation_statements");
  SqlPlan plan{.kind = SqlPlan::Kind::DefaultRevoke, .statements = {}, .username = username};
  if (!statements.empty()) {
    plan = transaction(statements, true, {{"name", username}, {"username", username}});
  }
  const std::shared_ptr<Database> database = connection->database;
  co_return co_await database->run(std::move(plan));
}

}  // namespace leasehold::devvault

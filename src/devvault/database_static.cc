// Static roles: an existing user whose password is changed now and then.
#include "database_engine.h"

#include "credentials.h"
#include "kv1.h"
#include "leasehold/base/scalars.h"

namespace leasehold::devvault {
namespace {
constexpr std::string_view kRotate = R"(ALTER ROLE "{{username}}" WITH PASSWORD '{{password}}';)";
constexpr seconds kPeriodMin{5};
constexpr seconds kRetry{10};
}  // namespace

void DatabaseEngine::add_static_routes(std::vector<Route>& routes) {
  using D = DatabaseEngine;
  routes.push_back({.pattern = "static-roles", .fields = {}, .list = Handler(this, &D::list_static_roles)});
  Route role{.pattern = "static-roles/{name}",
             .fields = {{"name", FieldType::Text},
                        {"db_name", FieldType::Text},
                        {"username", FieldType::Text},
                        {"rotation_period", FieldType::Duration},
                        {"rotation_statements", FieldType::TextArray},
                        {"credential_type", FieldType::Text},
                        {"credential_config", FieldType::TextMap}},
             .read = Handler(this, &D::read_static_role),
             .write = Handler(this, &D::write_static_role),
             .remove = Handler(this, &D::remove_static_role)};
  role.exists = [this](Exchange& exchange) { return static_roles_.contains(text(exchange.fields, "name")); };
  routes.push_back(std::move(role));
  const FieldTable name = {{"name", FieldType::Text}};
  routes.push_back({.pattern = "static-creds/{name}", .fields = name, .read = Handler(this, &D::static_creds)});
  routes.push_back({.pattern = "rotate-role/{name}", .fields = name, .write = Handler(this, &D::rotate_role)});
}

Answer DatabaseEngine::list_static_roles(Exchange& /*exchange*/) { return list_keys(static_roles_, ""); }

Answer DatabaseEngine::read_static_role(Exchange& exchange) {
  const auto found = static_roles_.find(text(exchange.fields, "name"));
  if (found == static_roles_.end()) {
    return nothing_there();
  }
  const StaticRole& role = found->second;
  return with_data({{"credential_type", "password"},
                    {"db_name", role.db_name},
                    {"last_vault_rotation", format_rfc3339_nano(role.rotated)},
                    {"rotation_period", role.period.count()},
                    {"rotation_statements", string_array(role.statements)},
                    {"username", role.username}});
}

net::awaitable<Answer> DatabaseEngine::write_static_role(Exchange& exchange) {
  const Json& fields = exchange.fields;
  const std::string name = text(fields, "name");
  if (roles_.contains(name)) {
    co_return refused("Role and Static Role names must be unique");
  }
  const auto found = static_roles_.find(name);
  const bool fresh = found == static_roles_.end();
  StaticRole role = fresh ? StaticRole() : found->second;
  if (has(fields, "db_name")) {
    role.db_name = text(fields, "db_name");
  }
  if (role.db_name.empty()) {
    co_return refused("database name is a required field");
  }
  const std::string username = text(fields, "username");
  if (username.empty() && fresh) {
    co_return refused("username is a required field to create a static account");
  }
  if (!fresh && !username.empty() && username != role.username) {
    co_return refused("cannot update static account username");
  }
  if (fresh) {
    role.username = username;
  }
  if (!has(fields, "rotation_period") && fresh) {
    co_return refused("rotation_period is required to create static accounts");
  }
  if (has(fields, "rotation_period")) {
    role.period = duration(fields, "rotation_period");
  }
  if (role.period < kPeriodMin) {
    co_return refused("rotation_period must be 5 seconds or more");
  }
  if (has(fields, "rotation_statements")) {
    role.statements = texts(fields, "rotation_statements");
  }
  static_roles_[name] = std::move(role);
  if (fresh) {
    if (auto rotated = co_await rotate(name); !rotated) {
      static_roles_.erase(name);
      co_return engine_failure("error setting credentials: " + rotated.error().message);
    }
  }
  co_return no_content();
}

Answer DatabaseEngine::remove_static_role(Exchange& exchange) {
  static_roles_.erase(text(exchange.fields, "name"));
  return no_content();
}

Answer DatabaseEngine::static_creds(Exchange& exchange) {
  const std::string name = text(exchange.fields, "name");
  const auto found = static_roles_.find(name);
  if (found == static_roles_.end()) {
    return refused("unknown role: " + name);
  }
  const StaticRole& role = found->second;
  return with_data({{"last_vault_rotation", format_rfc3339_nano(role.rotated)},
                    {"password", role.password},
                    {"rotation_period", role.period.count()},
                    {"ttl", seconds_left(role.due, state_.now()).count()},
                    {"username", role.username}});
}

net::awaitable<Answer> DatabaseEngine::rotate_role(Exchange& exchange) {
  const std::string name = text(exchange.fields, "name");
  if (!static_roles_.contains(name)) {
    co_return refused("no static role found for role name");
  }
  if (auto rotated = co_await rotate(name); !rotated) {
    co_return engine_failure("unable to rotate credentials: " + rotated.error().message);
  }
  co_return no_content();
}

net::awaitable<Result<void>> DatabaseEngine::rotate(std::string name) {
  StaticRole& role = static_roles_.at(name);
  // Not again while this attempt runs, and 10 s later when it fails.
  role.due = state_.now() + kRetry;
  const Connection* connection = find_connection(role.db_name);
  if (connection == nullptr) {
    co_return invalid(no_connection(role.db_name));
  }
  auto made = new_password(*connection);
  if (!made) {
    co_return made.error();
  }
  const std::string password = *std::move(made);
  auto statements = role.statements;
  if (statements.empty()) {
    statements.emplace_back(kRotate);
  }
  SqlPlan plan = transaction(statements, false,
                             {{"name", role.username},
                              {"username", role.username},
                              {"password", sql_password(*connection, password)}});
  const std::shared_ptr<Database> database = connection->database;
  if (auto done = co_await database->run(std::move(plan)); !done) {
    co_return done.error();
  }
  if (const auto found = static_roles_.find(name); found != static_roles_.end()) {
    found->second.password = password;
    found->second.rotated = state_.now();
    found->second.due = found->second.rotated + found->second.period;
  }
  co_return Result<void>();
}

net::awaitable<void> DatabaseEngine::tick() {
  std::vector<std::string> due;
  for (const auto& [name, role] : static_roles_) {
    if (role.due <= state_.now()) {
      due.push_back(name);
    }
  }
  for (const std::string& name : due) {
    if (!static_roles_.contains(name)) {
      continue;
    }
    if (auto rotated = co_await rotate(name); !rotated) {
      state_.log.warn("static role could not be rotated, trying again later",
                      {{"role", name}, {"wait_seconds", kRetry.count()}, {"error", rotated.error().message}});
    }
  }
}

}  // namespace leasehold::devvault

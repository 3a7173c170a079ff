// config/, reset/, rotate-root/.
#include "database_engine.h"

#include <algorithm>
#include <array>

#include "credentials.h"
#include "crypto.h"
#include "kv1.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kPlugin = "postgresql-database-plugin";
constexpr std::string_view kRotateRoot = R"(ALTER ROLE "{{username}}" WITH PASSWORD '{{password}}';)";
constexpr std::string_view kInlinePassword =
    "Password found in connection_url, use a templated url to enable root rotation and prevent read access to password "
    "information.";

/// Only these are fields of the path; the rest goes to the plugin and, when there is a body, into
/// the warning about unknown fields (golden/vault-api/database-errors).
const FieldTable& config_fields() {
  static const FieldTable kFields = {{"name", FieldType::Text},
                                     {"plugin_name", FieldType::Text},
                                     {"plugin_version", FieldType::Text},
                                     {"verify_connection", FieldType::Boolean},
                                     {"allowed_roles", FieldType::TextList},
                                     {"root_rotation_statements", FieldType::TextArray},
                                     {"password_policy", FieldType::Text}};
  return kFields;
}

Answer creation_error(const std::string& what) { return refused("error creating database object: " + what); }

bool has_template(const std::string& text) {
  return text.find("{{username}}") != std::string::npos || text.find("{{password}}") != std::string::npos;
}

}  // namespace

std::string no_connection(const std::string& name) {
  return "failed to find entry for connection with name: " + go_quote(name);
}

SqlPlan transaction(const std::vector<std::string>& statements, bool whole_blocks,
                    const std::map<std::string, std::string>& values) {
  SqlPlan plan{.kind = SqlPlan::Kind::Transaction, .statements = {}, .username = {}};
  for (std::string& statement : split_statements(statements, whole_blocks)) {
    plan.statements.push_back(fill_statement(std::move(statement), values));
  }
  return plan;
}

DatabaseEngine::DatabaseEngine(State& state) : state_(state) {
  std::vector<Route> routes;
  add_config_routes(routes);
  add_role_routes(routes);
  add_static_routes(routes);
  set_routes(std::move(routes));
}

void DatabaseEngine::add_config_routes(std::vector<Route>& routes) {
  using D = DatabaseEngine;
  routes.push_back({.pattern = "config", .fields = {}, .list = Handler(this, &D::list_configs)});
  Route config{.pattern = "config/{name}",
               .fields = config_fields(),
               .read = Handler(this, &D::read_config),
               .write = Handler(this, &D::write_config),
               .remove = Handler(this, &D::remove_config)};
  config.exists = [this](Exchange& exchange) { return connections_.contains(text(exchange.fields, "name")); };
  routes.push_back(std::move(config));
  routes.push_back({.pattern = "reset/{name}", .fields = {}, .write = Handler(this, &D::reset)});
  routes.push_back({.pattern = "rotate-root/{name}", .fields = {}, .write = Handler(this, &D::rotate_root)});
}

DatabaseEngine::Connection* DatabaseEngine::find_connection(const std::string& name) {
  const auto found = connections_.find(name);
  return found == connections_.end() ? nullptr : &found->second;
}

std::string DatabaseEngine::sql_password(const Connection& connection, const std::string& password) {
  return text_member(connection.details, "password_authentication") == "scram-sha-256" ? crypto::scram_verifier(password)
                                                                                       : password;
}

Result<std::string> DatabaseEngine::new_password(const Connection& connection) const {
  if (connection.password_policy.empty()) {
    return default_password();
  }
  const auto found = state_.password_policies.find(connection.password_policy);
  if (found == state_.password_policies.end()) {
    return invalid("unable to generate password: password policy " + go_quote(connection.password_policy) + " not found");
  }
  return generate_password(found->second);
}

Answer DatabaseEngine::list_configs(Exchange& /*exchange*/) { return list_keys(connections_, ""); }

Answer DatabaseEngine::read_config(Exchange& exchange) {
  const Connection* connection = find_connection(text(exchange.fields, "name"));
  if (connection == nullptr) {
    return nothing_there();
  }
  Json details = connection->details;
  details.erase("password");
  details.erase("private_key");
  return with_data({{"allowed_roles", string_array(connection->allowed_roles)},
                    {"connection_details", std::move(details)},
                    {"password_policy", connection->password_policy},
                    {"plugin_name", connection->plugin_name},
                    {"plugin_version", ""},
                    {"root_credentials_rotate_statements", string_array(connection->rotation_statements)}});
}

Result<void> DatabaseEngine::open(Connection& connection) {
  const std::string url = text_member(connection.details, "connection_url");
  const std::string username = text_member(connection.details, "username");
  const std::string password = text_member(connection.details, "password");
  if (connection.plugin_name != kPlugin) {
    return invalid("unable to find plugin " + go_quote(connection.plugin_name) + " in the catalog");
  }
  if (url.empty()) {
    return invalid("connection_url cannot be empty");
  }
  if (has_template(username) || has_template(password)) {
    return invalid("username and/or password cannot contain the template variables");
  }
  const std::string form = text_member(connection.details, "password_authentication");
  if (!form.empty() && form != "password" && form != "scram-sha-256") {
    return invalid("'" + form + "' is not a valid password authentication type");
  }
  if (const std::string pattern = text_member(connection.details, "username_template"); !pattern.empty()) {
    if (auto made = username_from_template(pattern, "display", "role", state_.now()); !made) {
      return invalid("unable to initialize username template: " + made.error().message);
    }
  }
  const bool raw = boolean(connection.details, "disable_escaping");
  connection.database = state_.databases.open(fill_url(url, username, password, raw));
  return {};
}

net::awaitable<Answer> DatabaseEngine::write_config(Exchange& exchange) {
  const Json& fields = exchange.fields;
  const std::string name = text(fields, "name");
  Connection connection;
  if (const Connection* existing = find_connection(name)) {
    connection = *existing;
  }
  if (has(fields, "plugin_name")) {
    connection.plugin_name = text(fields, "plugin_name");
  }
  if (connection.plugin_name.empty()) {
    co_return refused("empty plugin name");
  }
  if (has(fields, "allowed_roles")) {
    connection.allowed_roles = texts(fields, "allowed_roles");
  }
  if (has(fields, "root_rotation_statements")) {
    connection.rotation_statements = texts(fields, "root_rotation_statements");
  }
  connection.password_policy = has(fields, "password_policy") ? text(fields, "password_policy") : connection.password_policy;
  for (const std::string& key : unknown_fields(config_fields(), exchange.call.data)) {
    connection.details[key] = exchange.call.data[key];
  }
  if (auto opened = open(connection); !opened) {
    co_return creation_error(opened.error().message);
  }
  if (boolean(fields, "verify_connection", true)) {
    const std::shared_ptr<Database> database = connection.database;
    SqlPlan ping{.kind = SqlPlan::Kind::Ping, .statements = {}, .username = {}};
    if (auto alive = co_await database->run(std::move(ping)); !alive) {
      co_return creation_error("error verifying connection: " + alive.error().message);
    }
  }
  const bool inline_password = has_inline_password(text_member(connection.details, "connection_url"));
  connections_[name] = std::move(connection);
  if (!inline_password) {
    co_return no_content();
  }
  Answer answer;
  answer.warnings.emplace_back(kInlinePassword);
  co_return answer;
}

Answer DatabaseEngine::remove_config(Exchange& exchange) {
  connections_.erase(text(exchange.fields, "name"));
  return no_content();
}

Answer DatabaseEngine::reset(Exchange& exchange) {
  const std::string name = text(exchange.fields, "name");
  Connection* connection = find_connection(name);
  if (connection == nullptr) {
    return engine_failure(no_connection(name));
  }
  if (auto opened = open(*connection); !opened) {
    return engine_failure(opened.error().message);
  }
  return no_content();
}

net::awaitable<Answer> DatabaseEngine::rotate_root(Exchange& exchange) {
  const std::string name = text(exchange.fields, "name");
  Connection* connection = find_connection(name);
  if (connection == nullptr) {
    co_return engine_failure(no_connection(name));
  }
  const std::string username = text_member(connection->details, "username");
  if (username.empty()) {
    co_return engine_failure("unable to rotate root credentials: no username in configuration");
  }
  auto made = new_password(*connection);
  if (!made) {
    co_return engine_failure(made.error().message);
  }
  const std::string password = *std::move(made);
  auto statements = connection->rotation_statements;
  if (statements.empty()) {
    statements.emplace_back(kRotateRoot);
  }
  SqlPlan plan = transaction(statements, false,
                             {{"name", username}, {"username", username}, {"password", sql_password(*connection, password)}});
  const std::shared_ptr<Database> database = connection->database;
  if (auto rotated = co_await database->run(std::move(plan)); !rotated) {
    co_return engine_failure("failed to update user: " + rotated.error().message);
  }
  connection = find_connection(name);
  if (connection != nullptr) {
    connection->details["password"] = password;
    if (auto opened = open(*connection); !opened) {
      co_return engine_failure(opened.error().message);
    }
  }
  co_return no_content();
}

}  // namespace leasehold::devvault

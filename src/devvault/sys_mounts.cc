// Enable, read, tune, move and disable. Texts of golden/vault-api/sys-mounts.
#include "sys_engine.h"

#include <array>

#include "crypto.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

constexpr std::array<std::string_view, 3> kKept = {"sys/", "cubbyhole/", "identity/"};

const FieldTable& mount_fields() {
  static const FieldTable kFields = {{"type", FieldType::Text},       {"description", FieldType::Text},
                                     {"config", FieldType::Map},      {"options", FieldType::TextMap},
                                     {"local", FieldType::Boolean},   {"seal_wrap", FieldType::Boolean},
                                     {"plugin_version", FieldType::Text}, {"plugin_name", FieldType::Text},
                                     {"external_entropy_access", FieldType::Boolean}};
  return kFields;
}

const FieldTable& tune_fields() {
  static const FieldTable kFields = {{"default_lease_ttl", FieldType::Any},
                                     {"max_lease_ttl", FieldType::Any},
                                     {"description", FieldType::Text},
                                     {"options", FieldType::TextMap},
                                     {"listing_visibility", FieldType::Text},
                                     {"passthrough_request_headers", FieldType::TextList},
                                     {"allowed_response_headers", FieldType::TextList},
                                     {"audit_non_hmac_request_keys", FieldType::TextList},
                                     {"audit_non_hmac_response_keys", FieldType::TextList},
                                     {"token_type", FieldType::Text},
                                     {"user_lockout_config", FieldType::Map},
                                     {"plugin_version", FieldType::Text}};
  return kFields;
}

std::string path_of(const Exchange& exchange) {
  std::string path = text(exchange.fields, "path");
  if (!path.ends_with('/')) {
    path.push_back('/');
  }
  return path;
}

std::string full(bool auth, const std::string& path) { return auth ? "auth/" + path : path; }

Result<seconds> lease_ttl(const Json& config, std::string_view name, std::string_view label) {
  const Json& value = member(config, name);
  if (value.is_null()) {
    return seconds(0);
  }
  const std::string given = value.is_string() ? value.get<std::string>() : number_literal(value).value_or("");
  // "system" is how a tuned mount goes back to the system's value.
  auto parsed = given == "system" ? Result<std::chrono::nanoseconds>(std::chrono::nanoseconds(0)) : parse_vault_duration(given);
  if (!parsed) {
    return invalid("unable to parse " + std::string(label) + " TTL of " + given + ": " + parsed.error().message);
  }
  return std::chrono::duration_cast<seconds>(*parsed);
}

/// Members of config that are kept as they are given, when they are known and well.
Result<void> set_config(Mount& mount, const Json& config) {
  for (const std::string_view name : {"passthrough_request_headers", "allowed_response_headers",
                                      "audit_non_hmac_request_keys", "audit_non_hmac_response_keys"}) {
    if (config.contains(name)) {
      auto list = convert_value(FieldType::TextList, config[std::string(name)]);
      if (list && !list->empty()) {
        mount.config[std::string(name)] = *list;
      }
    }
  }
  if (const std::string visibility = text_member(config, "listing_visibility"); config.contains("listing_visibility")) {
    if (!visibility.empty() && visibility != "unauth" && visibility != "hidden") {
      return invalid("invalid listing_visibility " + visibility);
    }
    if (visibility.empty()) {
      mount.config.erase("listing_visibility");
    } else {
      mount.config["listing_visibility"] = visibility;
    }
  }
  if (const std::string type = text_member(config, "token_type"); !type.empty()) {
    const bool known = type == "service" || type == "batch" || type == "default-service" || type == "default-batch";
    if (!mount.auth || !known) {
      return invalid("invalid value for 'token_type'");
    }
    mount.config["token_type"] = type;
  }
  if (config.contains("force_no_cache")) {
    if (auto flag = convert_value(FieldType::Boolean, config["force_no_cache"])) {
      mount.config["force_no_cache"] = *flag;
    }
  }
  return {};
}

Answer at_top(Json data) {
  Answer answer = with_data(std::move(data));
  answer.data_at_top = true;
  return answer;
}

}  // namespace

void SysMounts::add_routes(Routes& routes) {
  using S = SysMounts;
  routes.push_back({.pattern = "mounts", .fields = {}, .read = Handler(this, &S::list_secrets)});
  routes.push_back({.pattern = "auth", .fields = {}, .read = Handler(this, &S::list_auth)});
  routes.push_back({.pattern = "remount",
                    .fields = {{"from", FieldType::Text}, {"to", FieldType::Text}},
                    .write = Handler(this, &S::remount)});
  routes.push_back({.pattern = "remount/status/{migration_id}", .fields = {}, .read = Handler(this, &S::remount_status)});
  // `tune` comes first, since a mount's path may have slashes and the rest takes everything.
  for (const bool auth : {false, true}) {
    for (const std::string_view pattern : auth ? std::array<std::string_view, 3>{"auth/{path}/tune", "auth/{a}/{b}/tune", "auth/{a}/{b}/{c}/tune"}
                                               : std::array<std::string_view, 3>{"mounts/{path}/tune", "mounts/{a}/{b}/tune", "mounts/{a}/{b}/{c}/tune"}) {
      routes.push_back({.pattern = pattern,
                        .fields = tune_fields(),
                        .read = auth ? Handler(this, &S::read_auth_tune) : Handler(this, &S::read_secret_tune),
                        .write = auth ? Handler(this, &S::write_auth_tune) : Handler(this, &S::write_secret_tune)});
    }
    routes.push_back({.pattern = auth ? "auth/{path*}" : "mounts/{path*}",
                      .fields = mount_fields(),
                      .read = auth ? Handler(this, &S::read_auth) : Handler(this, &S::read_secret),
                      .write = auth ? Handler(this, &S::make_auth) : Handler(this, &S::make_secret),
                      .remove = auth ? Handler(this, &S::remove_auth) : Handler(this, &S::remove_secret)});
  }
}

Answer SysMounts::list_secrets(Exchange& /*exchange*/) { return list(false); }
Answer SysMounts::list_auth(Exchange& /*exchange*/) { return list(true); }
Answer SysMounts::read_secret(Exchange& exchange) { return read(false, exchange); }
Answer SysMounts::read_auth(Exchange& exchange) { return read(true, exchange); }
Answer SysMounts::make_secret(Exchange& exchange) { return make(false, exchange); }
Answer SysMounts::make_auth(Exchange& exchange) { return make(true, exchange); }
net::awaitable<Answer> SysMounts::remove_secret(Exchange& exchange) { return remove(false, exchange); }
net::awaitable<Answer> SysMounts::remove_auth(Exchange& exchange) { return remove(true, exchange); }
Answer SysMounts::read_secret_tune(Exchange& exchange) { return read_tune(false, exchange); }
Answer SysMounts::read_auth_tune(Exchange& exchange) { return read_tune(true, exchange); }
Answer SysMounts::write_secret_tune(Exchange& exchange) { return write_tune(false, exchange); }
Answer SysMounts::write_auth_tune(Exchange& exchange) { return write_tune(true, exchange); }

Answer SysMounts::list(bool auth) const {
  Json data = Json::object();
  for (const MountPtr& mount : state_.mounts.all()) {
    if (mount->auth == auth) {
      data[mount->path] = describe(*mount);
    }
  }
  return at_top(std::move(data));
}

Answer SysMounts::read(bool auth, const Exchange& exchange) const {
  const std::string path = path_of(exchange);
  const MountPtr mount = state_.mounts.at(full(auth, path));
  if (!mount) {
    return refused((auth ? "No auth engine at " : "No secret engine mount at ") + path);
  }
  return at_top(describe(*mount));
}

Answer SysMounts::make(bool auth, const Exchange& exchange) {
  const std::string path = path_of(exchange);
  const std::string type = text(exchange.fields, "type");
  if (type.empty()) {
    return refused("backend type must be specified as a string");
  }
  const bool kept = !auth && (path.starts_with("auth/") || std::find(kKept.begin(), kKept.end(), path) != kKept.end());
  if (kept || path.starts_with("sys/")) {
    return refused("cannot mount " + go_quote(path));
  }
  if (const MountPtr other = state_.mounts.conflict(full(auth, path))) {
    return refused("path is already in use at " + other->full_path());
  }
  auto mount = std::make_shared<Mount>();
  mount->auth = auth;
  mount->path = path;
  mount->type = type;
  mount->description = text(exchange.fields, "description");
  mount->options = has(exchange.fields, "options") ? exchange.fields["options"] : Json::object();
  mount->local = boolean(exchange.fields, "local");
  mount->seal_wrap = boolean(exchange.fields, "seal_wrap");
  if (!auth && (type == "kv-v1" || type == "kv-v2")) {
    mount->type = "kv";
    mount->options["version"] = type == "kv-v2" ? "2" : "1";
  }
  if (mount->type != "kv" && mount->options.contains("version")) {
    return refused("secrets engine " + go_quote(type) + " does not allow setting a version");
  }
  const Json& config = member(exchange.fields, "config");
  auto default_ttl = lease_ttl(config, "default_lease_ttl", "default");
  auto max_ttl = lease_ttl(config, "max_lease_ttl", "max");
  if (!default_ttl || !max_ttl) {
    return refused((default_ttl ? max_ttl : default_ttl).error().message);
  }
  if (max_ttl->count() > 0 && *default_ttl > *max_ttl) {
    return refused("given default lease TTL greater than given max lease TTL");
  }
  mount->default_ttl = *default_ttl;
  mount->max_ttl = *max_ttl;
  if (auto set = set_config(*mount, config); !set) {
    return refused(set.error().message);
  }
  if (auto added = add_mount(state_, mount); !added) {
    return refused(added.error().message);
  }
  return no_content();
}

net::awaitable<Answer> SysMounts::remove(bool auth, Exchange& exchange) {
  const std::string path = path_of(exchange);
  if (!auth && std::find(kKept.begin(), kKept.end(), path) != kKept.end()) {
    co_return refused("cannot unmount " + go_quote(path));
  }
  if (auth && path == "token/") {
    co_return refused("token credential backend cannot be disabled");
  }
  const MountPtr mount = state_.mounts.at(full(auth, path));
  if (!mount) {
    co_return no_content();
  }
  // Taken off the table first: no new lease can come while the old ones are revoked.
  state_.mounts.remove(mount->full_path());
  if (auto ended = co_await state_.lifecycle->end_mount(mount); !ended) {
    state_.mounts.add(mount);
    co_return refused(ended.error().message);
  }
  state_.identity.forget_mount(mount->accessor);
  co_return no_content();
}

namespace {
/// sys/mounts/a/b/tune: everything between the first segment and the last.
std::string tuned_path(const Exchange& exchange) {
  const std::string& path = exchange.path;
  const auto first = path.find('/');
  return path.substr(first + 1, path.size() - first - 1 - std::string_view("tune").size());
}
}  // namespace

Answer SysMounts::read_tune(bool auth, const Exchange& exchange) const {
  const std::string path = tuned_path(exchange);
  const MountPtr mount = state_.mounts.at(full(auth, path));
  if (!mount) {
    return refused("cannot fetch sysview for path " + go_quote(full(auth, path)));
  }
  Json data = mount->config;
  data["default_lease_ttl"] = mount->effective_default().count();
  data["max_lease_ttl"] = mount->effective_max().count();
  data["description"] = mount->description;
  if (!data.contains("force_no_cache")) {
    data["force_no_cache"] = false;
  }
  if (auth && !data.contains("token_type")) {
    data["token_type"] = "default-service";
  }
  if (mount->options.is_object() && !mount->options.empty()) {
    data["options"] = mount->options;
  }
  return at_top(std::move(data));
}

Answer SysMounts::write_tune(bool auth, const Exchange& exchange) {
  const std::string path = tuned_path(exchange);
  const MountPtr mount = state_.mounts.at(full(auth, path));
  if (!mount) {
    return refused("tune of path " + go_quote(full(auth, path)) + " failed: no mount entry found");
  }
  const Json& fields = exchange.fields;
  auto default_ttl = lease_ttl(fields, "default_lease_ttl", "default");
  auto max_ttl = lease_ttl(fields, "max_lease_ttl", "max");
  if (!default_ttl || !max_ttl) {
    return refused((default_ttl ? max_ttl : default_ttl).error().message);
  }
  const seconds new_default = has(fields, "default_lease_ttl") ? *default_ttl : mount->default_ttl;
  const seconds new_max = has(fields, "max_lease_ttl") ? *max_ttl : mount->max_ttl;
  if (new_max.count() > 0 && new_default > new_max) {
    return refused("backend max lease TTL of " + std::to_string(new_max.count()) +
                   " would be less than backend default lease TTL of " + std::to_string(new_default.count()));
  }
  const std::string version = text_member(member(fields, "options"), "version");
  const std::string old_version = text_member(mount->options, "version");
  if (mount->type == "kv" && old_version == "2" && version == "1") {
    return refused("cannot downgrade mount from version 2");
  }
  if (mount->type != "kv" && !version.empty()) {
    return refused("secrets engine " + go_quote(mount->type) + " does not allow setting a version");
  }
  if (auto set = set_config(*mount, fields); !set) {
    return refused(set.error().message);
  }
  mount->default_ttl = new_default;
  mount->max_ttl = new_max;
  if (has(fields, "description")) {
    mount->description = text(fields, "description");
  }
  if (mount->type == "kv" && version == "2" && old_version != "2") {
    mount->options["version"] = "2";
    mount->engine = make_engine(state_, *mount);
    Answer answer;
    answer.warnings.push_back("Upgrading mount from version " + (old_version.empty() ? "1" : old_version) +
                              " to version 2. This mount will be unavailable for a brief period and will resume service shortly.");
    return answer;
  }
  return no_content();
}

Answer SysMounts::remount(Exchange& exchange) {
  std::string from = text(exchange.fields, "from");
  std::string to = text(exchange.fields, "to");
  for (std::string* path : {&from, &to}) {
    if (!path->ends_with('/')) {
      path->push_back('/');
    }
  }
  const MountPtr mount = state_.mounts.at(from);
  if (!mount || mount->built_in) {
    return refused("no matching mount at " + go_quote(from));
  }
  if (const MountPtr other = state_.mounts.conflict(to)) {
    return refused("path is already in use at " + other->full_path());
  }
  state_.mounts.remove(from);
  mount->path = mount->auth && to.starts_with("auth/") ? to.substr(5) : to;
  state_.mounts.add(mount);
  const std::string id = crypto::random_uuid();
  moves_[id] = {{"migration_id", id},
                {"migration_info", {{"source_mount", from}, {"target_mount", to}, {"status", "success"}}}};
  Answer answer = at_top({{"migration_id", id}});
  answer.warnings.emplace_back(
      "Mount move has been queued. Progress will be reported in OpenBao's server log, tagged with the returned "
      "migration_id");
  return answer;
}

Answer SysMounts::remount_status(Exchange& exchange) {
  const auto found = moves_.find(text(exchange.fields, "migration_id"));
  return found == moves_.end() ? nothing_there() : with_data(found->second);
}

}  // namespace leasehold::devvault

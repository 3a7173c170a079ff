// Blocks template_config, cache, api_proxy, listener and telemetry (spec/agent.md 4.4, 4.5, 4.7, 14).
#include "config_tables.h"

#include <map>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent::config {
namespace {

/// true, false or force, quoted or not.
ProxyToken proxy_token(const Cell& cell) {
  const hcl::Value value = cell.any();
  try {
    return lenient_bool_of(value) ? ProxyToken::Yes : ProxyToken::No;
  } catch (const ConfigError&) {
    const auto* text = std::get_if<std::string>(&value.data);
    if (text == nullptr) throw;
    if (to_lower(*text) == "force") return ProxyToken::Force;
    throw ConfigError{"value of 'use_auto_auth_token' can be either true/false/force, " + go_quote(*text) +
                      " is an invalid option"};
  }
}

/// nullopt for "off" is not the same as absent, hence zero.
std::chrono::nanoseconds check_interval(const Cell& cell) {
  const hcl::Value value = cell.any();
  const auto* text = std::get_if<std::string>(&value.data);
  if (text != nullptr && to_lower(*text) == "off") return std::chrono::nanoseconds(0);
  const std::chrono::nanoseconds interval = duration_of(value);
  if (interval.count() > 0) return interval;
  throw ConfigError{"lease_check_interval must be a positive duration such as \"5s\", or \"off\""};
}

const Row<TemplateConfig> kTemplateConfigRows[] = {
    {"exit_on_retry_failure", "bool", "false", "end when a secret cannot be read after all attempts",
     [](const Cell& c, TemplateConfig& t) { t.exit_on_retry_failure = c.strict_bool(); }},
    {"static_secret_render_interval", "duration", "5m", "how often secrets without a lease are read again",
     [](const Cell& c, TemplateConfig& t) { t.static_secret_render_interval = c.duration(); }, false},
    {"max_connections_per_host", "int", "10", "connections to the server",
     [](const Cell& c, TemplateConfig& t) { t.max_connections_per_host = c.integer(); }},
    {"lease_renewal_threshold", "float", "0.90", "share of the life of a secret that cannot be renewed after which it is read again",
     [](const Cell& c, TemplateConfig& t) { t.lease_renewal_threshold = c.real(); }},
    {"lease_check_interval", "duration or \"off\"", "from the TTL", "leasehold only: how often leases are looked up on the server",
     [](const Cell& c, TemplateConfig& t) { t.lease_check_interval = check_interval(c); }, false},
};

const Row<PersistConfig> kPersistRows[] = {
    {"type", "text", "the label", "kubernetes",
     [](const Cell& c, PersistConfig& p) { p.type = c.text(); }, true, "Type"},
    {"path", "text", "", "folder of the file; required",
     [](const Cell& c, PersistConfig& p) { p.path = c.text(); }},
    {"keep_after_import", "bool", "false", "leave the file after reading it",
     [](const Cell& c, PersistConfig& p) { p.keep_after_import = c.strict_bool(); }},
    {"exit_on_err", "bool", "false", "end when the file cannot be read",
     [](const Cell& c, PersistConfig& p) { p.exit_on_err = c.strict_bool(); }},
    {"service_account_token_file", "text", "/var/run/secrets/kubernetes.io/serviceaccount/token", "binds the file to the pod",
     [](const Cell& c, PersistConfig& p) { p.service_account_token_file = c.text(); }},
};

const Row<CacheConfig> kCacheRows[] = {
    {"use_auto_auth_token", "bool or \"force\"", "", "give requests the agent's token (older place; see api_proxy)",
     [](const Cell& c, CacheConfig& x) { x.use_auto_auth_token = proxy_token(c); }, false},
    {"enforce_consistency", "text", "never", "accepted, without effect"},
    {"when_inconsistent", "text", "", "accepted, without effect"},
    {"persist", "block", "", "keep the cache in a file",
     [](const Cell& c, CacheConfig&) {
       PersistConfig ignored;
       read_block<PersistConfig>(c.file(), c.path(), c.source(), kPersistRows, ignored, Pass::Types);
     }},
};

const Row<ApiProxyConfig> kApiProxyRows[] = {
    {"use_auto_auth_token", "bool or \"force\"", "false", "give requests the agent's token",
     [](const Cell& c, ApiProxyConfig& x) { x.use_auto_auth_token = proxy_token(c); }, false},
    {"enforce_consistency", "text", "never", "accepted, without effect"},
    {"when_inconsistent", "text", "", "accepted, without effect"},
};

/// A listener while it is read: type and role are checked between the types and the values.
struct ListenerDraft {
  ListenerConfig listener;
  std::map<std::string, hcl::Value, std::less<>> late;  ///< for kLateChecks
};

/// The key is the last part of the cell's path.
void keep_for_late(const Cell& cell, ListenerDraft& out) {
  out.late[cell.path().substr(cell.path().rfind('.') + 1)] = cell.any();
}

enum class LateKind { Bool, Duration, Int };

struct LateCheck {
  std::string_view key;
  LateKind kind;
};

// What the peer converts after types and roles are right, in its order.
constexpr LateCheck kLateChecks[] = {
    {"require_request_header", LateKind::Bool},
    {"tls_disable", LateKind::Bool},
    {"tls_require_and_verify_client_cert", LateKind::Bool},
    {"tls_disable_client_certs", LateKind::Bool},
    {"http_read_timeout", LateKind::Duration},
    {"http_read_header_timeout", LateKind::Duration},
    {"http_write_timeout", LateKind::Duration},
    {"http_idle_timeout", LateKind::Duration},
    {"x_forwarded_for_hop_skips", LateKind::Int},
    {"x_forwarded_for_reject_not_authorized", LateKind::Bool},
    {"x_forwarded_for_reject_not_present", LateKind::Bool},
};

void check_int(const hcl::Value& value) {
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) {
    if (!std::holds_alternative<std::int64_t>(value.data)) throw ConfigError{"could not parse value from input"};
    return;
  }
  const Result<std::int64_t> number = parse_int(*text);
  if (!text->empty() && !number) throw ConfigError{number.error().message};
}

/// The value of a boolean, false for the others.
bool run_late_check(const LateCheck& check, const hcl::Value& value, const std::string& listener) {
  const bool is_bool = check.kind == LateKind::Bool;
  bool on = false;
  in_block(listener + (is_bool ? " invalid value for " : " error parsing ") + std::string(check.key) + ": ", [&] {
    if (is_bool) on = lenient_bool_of(value);
    if (check.kind == LateKind::Duration) (void)duration_of(value);
    if (check.kind == LateKind::Int) check_int(value);
  });
  return on;
}

const Row<ListenerConfig> kAgentApiRows[] = {
    {"enable_quit", "bool", "false", "serve /agent/v1/quit",
     [](const Cell& c, ListenerConfig& l) { l.enable_quit = c.strict_bool(); }},
};

const Row<ListenerDraft> kListenerRows[] = {
    {"type", "text", "the label", "tcp or unix",
     [](const Cell& c, ListenerDraft& l) { l.listener.type = c.text(); }, true, "Type"},
    {"role", "text", "default", "default or metrics_only",
     [](const Cell& c, ListenerDraft& l) { l.listener.role = c.text(); }},
    {"address", "text", "127.0.0.1:8200", "address and port, or path of the socket",
     [](const Cell& c, ListenerDraft& l) { l.listener.address = c.text(); }},
    {"require_request_header", "bool, quoted or not", "false", "refuse requests without X-Vault-Request", keep_for_late},
    {"tls_disable", "bool, quoted or not", "false", "serve plain HTTP", keep_for_late},
    {"tls_cert_file", "text", "", "PEM file with the server's certificate", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"tls_key_file", "text", "", "PEM file with its key", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"tls_min_version", "text", "tls12", "tls10, tls11, tls12 or tls13",
     [](const Cell& c, ListenerDraft& l) { l.listener.tls_min_version = c.text(); }},
    {"tls_max_version", "text", "tls13", "tls10, tls11, tls12 or tls13",
     [](const Cell& c, ListenerDraft& l) { l.listener.tls_max_version = c.text(); }},
    {"tls_cipher_suites", "text", "", "names, separated by commas", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"tls_client_ca_file", "text", "", "PEM file for client certificates", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"tls_require_and_verify_client_cert", "bool, quoted or not", "false", "clients must have a certificate", keep_for_late},
    {"tls_disable_client_certs", "bool, quoted or not", "false", "do not ask for one", keep_for_late},
    {"proxy_protocol_behavior", "text", "", "accepted, without effect", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"proxy_protocol_authorized_addrs", "text or list", "", "accepted, without effect"},
    {"x_forwarded_for_authorized_addrs", "text or list", "", "accepted, without effect"},
    {"x_forwarded_for_hop_skips", "int", "", "accepted, without effect", keep_for_late},
    {"x_forwarded_for_reject_not_authorized", "bool", "", "accepted, without effect", keep_for_late},
    {"x_forwarded_for_reject_not_present", "bool", "", "accepted, without effect", keep_for_late},
    {"socket_mode", "text", "", "mode of the socket; only with user and group", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"socket_user", "text", "", "owner of the socket", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"socket_group", "text", "", "group of the socket", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"agent_api", "block", "", "enable_quit",
     [](const Cell& c, ListenerDraft& l) {
       read_block<ListenerConfig>(c.file(), c.path(), c.source(), kAgentApiRows, l.listener);
     }},
    {"custom_response_headers", "block", "", "accepted, without effect"},
    {"http_read_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"http_read_header_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"http_write_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"http_idle_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"telemetry", "block", "", "accepted, without effect"},
    {"profiling", "block", "", "accepted, without effect"},
};

/// A telemetry block while it is read.
struct TelemetryDraft {
  TelemetryConfig telemetry;
  hcl::Value prometheus_retention_time;
  hcl::Value usage_gauge_period;
  hcl::Value lease_metrics_epsilon;
};

const Row<TelemetryDraft> kTelemetryRows[] = {
    {"statsite_address", "text", "", "accepted, without effect", [](const Cell& c, TelemetryDraft&) { (void)c.text(); }},
    {"statsd_address", "text", "", "accepted, without effect", [](const Cell& c, TelemetryDraft&) { (void)c.text(); }},
    {"dogstatsd_addr", "text", "", "accepted, without effect", [](const Cell& c, TelemetryDraft&) { (void)c.text(); }},
    {"dogstatsd_tags", "list of text", "", "accepted, without effect", [](const Cell& c, TelemetryDraft&) { (void)c.texts(); }},
    {"disable_hostname", "bool", "false", "leave the host name out of the names of gauges",
     [](const Cell& c, TelemetryDraft& t) { t.telemetry.disable_hostname = c.strict_bool(); }},
    {"enable_hostname_label", "bool", "false", "host name as a label", [](const Cell& c, TelemetryDraft&) { (void)c.strict_bool(); }},
    {"metrics_prefix", "text", "vault", "first part of all names", [](const Cell& c, TelemetryDraft&) { (void)c.text(); }},
    {"usage_gauge_period", "duration", "10m", "accepted, without effect",
     [](const Cell& c, TelemetryDraft& t) { t.usage_gauge_period = c.any(); }},
    {"maximum_gauge_cardinality", "int", "500", "accepted, without effect", [](const Cell& c, TelemetryDraft&) { (void)c.integer(); }},
    {"prometheus_retention_time", "duration", "24h", "how long a metric is shown after its last change",
     [](const Cell& c, TelemetryDraft& t) { t.prometheus_retention_time = c.any(); }},
    {"lease_metrics_epsilon", "duration", "1h", "accepted, without effect",
     [](const Cell& c, TelemetryDraft& t) { t.lease_metrics_epsilon = c.any(); }},
    {"num_lease_metrics_buckets", "int", "168", "accepted, without effect", [](const Cell& c, TelemetryDraft&) { (void)c.integer(); }},
    {"add_lease_metrics_namespace_labels", "bool", "false", "accepted, without effect", [](const Cell& c, TelemetryDraft&) { (void)c.strict_bool(); }},
    {"filter_default", "bool", "true", "whether a metric that no filter names is shown", [](const Cell& c, TelemetryDraft&) { (void)c.strict_bool(); }},
    {"prefix_filter", "list of text", "", "+prefix shows, -prefix hides",
     [](const Cell& c, TelemetryDraft& t) { t.telemetry.prefix_filter = c.texts(); }},
    {"circonus_api_token", "text", "", "accepted, without effect"},
    {"circonus_api_app", "text", "", "accepted, without effect"},
    {"circonus_api_url", "text", "", "accepted, without effect"},
    {"circonus_submission_interval", "text", "", "accepted, without effect"},
    {"circonus_submission_url", "text", "", "accepted, without effect"},
    {"circonus_check_id", "text", "", "accepted, without effect"},
    {"circonus_check_force_metric_activation", "text", "", "accepted, without effect"},
    {"circonus_check_instance_id", "text", "", "accepted, without effect"},
    {"circonus_check_search_tag", "text", "", "accepted, without effect"},
    {"circonus_check_display_name", "text", "", "accepted, without effect"},
    {"circonus_check_tags", "text", "", "accepted, without effect"},
    {"circonus_broker_id", "text", "", "accepted, without effect"},
    {"circonus_broker_select_tag", "text", "", "accepted, without effect"},
    {"stackdriver_project_id", "text", "", "accepted, without effect"},
    {"stackdriver_location", "text", "", "accepted, without effect"},
    {"stackdriver_namespace", "text", "", "accepted, without effect"},
    {"stackdriver_debug_logs", "bool", "", "accepted, without effect"},
};

bool given(const hcl::Value& value) { return !std::holds_alternative<std::monostate>(value.data); }

}  // namespace

std::vector<KeyInfo> template_config_keys() { return keys_of(std::span<const Row<TemplateConfig>>(kTemplateConfigRows)); }
std::vector<KeyInfo> cache_keys() { return keys_of(std::span<const Row<CacheConfig>>(kCacheRows)); }
std::vector<KeyInfo> persist_keys() { return keys_of(std::span<const Row<PersistConfig>>(kPersistRows)); }
std::vector<KeyInfo> api_proxy_keys() { return keys_of(std::span<const Row<ApiProxyConfig>>(kApiProxyRows)); }
std::vector<KeyInfo> listener_keys() { return keys_of(std::span<const Row<ListenerDraft>>(kListenerRows)); }
std::vector<KeyInfo> telemetry_keys() { return keys_of(std::span<const Row<TelemetryDraft>>(kTelemetryRows)); }

void check_template_config_types(const FileContext& file, const Cell& block) {
  TemplateConfig ignored;
  read_block<TemplateConfig>(file, block.path(), block.source(), kTemplateConfigRows, ignored, Pass::Types);
}

void read_template_config(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "template_config");
  const hcl::ItemView* block = only_block(found, "at most one \"template_config\" block is allowed");
  if (block == nullptr) return;
  out.has_template_config = true;
  read_block<TemplateConfig>(file, "root", {&block->value(), {}}, kTemplateConfigRows, out.template_config);
  warn_unknown(file, "template_config", hcl::items_of(block->value()), template_config_keys());
}

void check_cache_types(const FileContext& file, const Cell& block) {
  CacheConfig ignored;
  read_block<CacheConfig>(file, block.path(), block.source(), kCacheRows, ignored, Pass::Types);
}

void read_cache(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "cache");
  const hcl::ItemView* block = only_block(found, "one and only one \"cache\" block is required");
  if (block == nullptr) return;
  CacheConfig cache;
  check_cache_types(file, Cell(file, "root", {&block->value(), {}}));
  read_block<CacheConfig>(file, "root", {&block->value(), {}}, kCacheRows, cache);
  const hcl::Selection items = hcl::items_of(block->value());
  warn_unknown(file, "cache", items, cache_keys());
  in_block("error parsing persist: ", [&] {
    const hcl::Selection persists = hcl::select(items, "persist");
    const hcl::ItemView* persist = only_block(persists, "only one \"persist\" block is required");
    if (persist == nullptr) return;
    PersistConfig config;
    read_block<PersistConfig>(file, "root", {&persist->value(), {}}, kPersistRows, config);
    warn_unknown(file, "cache.persist", hcl::items_of(persist->value()), persist_keys());
    if (config.type.empty()) config.type = label_of(*persist);
    if (config.type.empty()) throw ConfigError{"persist type must be specified"};
    cache.persist = std::move(config);
  });
  out.cache = std::move(cache);
}

void check_api_proxy_types(const FileContext& file, const Cell& block) {
  ApiProxyConfig ignored;
  read_block<ApiProxyConfig>(file, block.path(), block.source(), kApiProxyRows, ignored, Pass::Types);
}

void read_api_proxy(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "api_proxy");
  const hcl::ItemView* block = only_block(found, "one and only one \"api_proxy\" block is required");
  if (block == nullptr) return;
  ApiProxyConfig proxy;
  read_block<ApiProxyConfig>(file, "root", {&block->value(), {}}, kApiProxyRows, proxy);
  warn_unknown(file, "api_proxy", hcl::items_of(block->value()), api_proxy_keys());
  out.api_proxy = proxy;
}

namespace {

ListenerConfig read_listener(const FileContext& file, const hcl::ItemView& block, const std::string& number) {
  ListenerDraft draft;
  ListenerConfig& listener = draft.listener;
  in_block(number + ": ", [&] {
    read_block<ListenerDraft>(file, "root", {&block.value(), {}}, kListenerRows, draft);
    warn_unknown(file, "listener", hcl::items_of(block.value()), listener_keys());
    if (listener.type.empty()) listener.type = label_of(block);
    listener.type = to_lower(listener.type);
    if (listener.type.empty()) throw ConfigError{"listener type must be specified"};
    if (listener.type != "tcp" && listener.type != "unix") {
      throw ConfigError{"unsupported listener type " + go_quote(listener.type)};
    }
    if (!listener.role.empty() && listener.role != "default" && listener.role != "metrics_only") {
      throw ConfigError{"unsupported listener role " + go_quote(listener.role)};
    }
  });
  for (const LateCheck& check : kLateChecks) {
    const auto value = draft.late.find(check.key);
    if (value == draft.late.end()) continue;
    const bool on = run_late_check(check, value->second, number);
    if (check.key == "require_request_header") listener.require_request_header = on;
    if (check.key == "tls_disable") listener.tls_disable = on;
  }
  return listener;
}

}  // namespace

void read_listeners(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  for (const hcl::ItemView& item : hcl::select(top, "listener")) {
    out.listeners.push_back(read_listener(file, item, "listeners." + std::to_string(out.listeners.size())));
  }
}

void read_telemetry(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "telemetry");
  const hcl::ItemView* block = only_block(found, "only one 'telemetry' block is permitted");
  if (block == nullptr) return;
  TelemetryDraft draft;
  in_block("telemetry: ", [&] {
    read_block<TelemetryDraft>(file, "root", {&block->value(), {}}, kTelemetryRows, draft);
  });
  warn_unknown(file, "telemetry", hcl::items_of(block->value()), telemetry_keys());
  if (given(draft.prometheus_retention_time)) {
    draft.telemetry.prometheus_retention_time = duration_of(draft.prometheus_retention_time);
  }
  const auto* period = std::get_if<std::string>(&draft.usage_gauge_period.data);
  if (given(draft.usage_gauge_period) && (period == nullptr || *period != "none")) {
    (void)duration_of(draft.usage_gauge_period);
  }
  if (given(draft.lease_metrics_epsilon)) (void)duration_of(draft.lease_metrics_epsilon);
  out.telemetry = std::move(draft.telemetry);
}

}  // namespace leasehold::agent::config

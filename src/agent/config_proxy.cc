// Blocks template_config, cache, api_proxy and telemetry (spec/agent.md 4.4, 4.7, 14).
#include "config_tables.h"


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
     [](const Cell& c, TemplateConfig& t) { t.max_connections_per_host = c.integer(); }, true, {}, "1.16"},
    {"lease_renewal_threshold", "float", "0.90", "share of the life of a secret that cannot be renewed after which it is read again",
     [](const Cell& c, TemplateConfig& t) { t.lease_renewal_threshold = c.real(); }, true, {}, "1.17"},
    {"lease_check_interval", "duration or \"off\"", "from the TTL", "how often leases are looked up on the server",
     [](const Cell& c, TemplateConfig& t) { t.lease_check_interval = check_interval(c); }, false, {}, "leasehold"},
    {"drain", "duration", "10s", "how long a lease is kept after its secret was replaced",
     [](const Cell& c, TemplateConfig& t) { t.drain = c.duration(); }, false, {}, "leasehold"},
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

/// A telemetry block while it is read.
struct TelemetryDraft {
  TelemetryConfig telemetry;
  hcl::Value prometheus_retention_time;
  hcl::Value usage_gauge_period;
  hcl::Value lease_metrics_epsilon;
};

void note_sink(const Cell& cell, TelemetryDraft& out) {
  if (cell.text().empty()) return;
  out.telemetry.other_sinks.push_back(cell.path().substr(cell.path().rfind('.') + 1));
}

// In the peer's order, which decides what of several wrong values is told.
const Row<TelemetryDraft> kTelemetryRows[] = {
    {"statsite_address", "text", "", "accepted, without effect", note_sink},
    {"statsd_address", "text", "", "accepted, without effect", note_sink},
    {"disable_hostname", "bool", "false", "leave the host name out of the names of gauges",
     [](const Cell& c, TelemetryDraft& t) { t.telemetry.disable_hostname = c.strict_bool(); }},
    {"enable_hostname_label", "bool", "false", "host name as a label",
     [](const Cell& c, TelemetryDraft& t) { t.telemetry.enable_hostname_label = c.strict_bool(); }},
    {"metrics_prefix", "text", "vault", "first part of the names",
     [](const Cell& c, TelemetryDraft& t) {
       if (!c.text().empty()) t.telemetry.metrics_prefix = c.text();
     }},
    {"usage_gauge_period", "duration", "10m", "accepted, without effect",
     [](const Cell& c, TelemetryDraft& t) { t.usage_gauge_period = c.any(); }},
    {"maximum_gauge_cardinality", "int", "500", "accepted, without effect", int_only},
    {"circonus_api_token", "text", "", "accepted, without effect", text_only},
    {"circonus_api_app", "text", "", "accepted, without effect", text_only},
    {"circonus_api_url", "text", "", "accepted, without effect", text_only},
    {"circonus_submission_interval", "text", "", "accepted, without effect", text_only},
    {"circonus_submission_url", "text", "", "accepted, without effect", text_only},
    {"circonus_check_id", "text", "", "accepted, without effect", text_only},
    {"circonus_check_force_metric_activation", "text", "", "accepted, without effect", text_only},
    {"circonus_check_instance_id", "text", "", "accepted, without effect", text_only},
    {"circonus_check_search_tag", "text", "", "accepted, without effect", text_only},
    {"circonus_check_tags", "text", "", "accepted, without effect", text_only},
    {"circonus_check_display_name", "text", "", "accepted, without effect", text_only},
    {"circonus_broker_id", "text", "", "accepted, without effect", text_only},
    {"circonus_broker_select_tag", "text", "", "accepted, without effect", text_only},
    {"dogstatsd_addr", "text", "", "accepted, without effect", note_sink},
    {"dogstatsd_tags", "list of text", "", "accepted, without effect", texts_only},
    {"prometheus_retention_time", "duration", "24h", "accepted, without effect: metrics are shown as long as the agent runs",
     [](const Cell& c, TelemetryDraft& t) { t.prometheus_retention_time = c.any(); }},
    {"stackdriver_project_id", "text", "", "accepted, without effect", text_only},
    {"stackdriver_location", "text", "", "accepted, without effect", text_only},
    {"stackdriver_namespace", "text", "", "accepted, without effect", text_only},
    {"stackdriver_debug_logs", "bool", "", "accepted, without effect", bool_only},
    {"lease_metrics_epsilon", "duration", "1h", "accepted, without effect",
     [](const Cell& c, TelemetryDraft& t) { t.lease_metrics_epsilon = c.any(); }},
    {"num_lease_metrics_buckets", "int", "168", "accepted, without effect", int_only},
    {"add_lease_metrics_namespace_labels", "bool", "false", "accepted, without effect", bool_only},
    {"filter_default", "bool", "true", "whether a metric that no filter names is shown",
     [](const Cell& c, TelemetryDraft& t) { t.telemetry.filter_default = c.strict_bool(); }},
    {"prefix_filter", "list of text", "", "+prefix shows, -prefix hides",
     [](const Cell& c, TelemetryDraft& t) { t.telemetry.prefix_filter = c.texts(); }},
};

}  // namespace

std::vector<KeyInfo> template_config_keys() { return keys_of(std::span<const Row<TemplateConfig>>(kTemplateConfigRows)); }
std::vector<KeyInfo> cache_keys() { return keys_of(std::span<const Row<CacheConfig>>(kCacheRows)); }
std::vector<KeyInfo> persist_keys() { return keys_of(std::span<const Row<PersistConfig>>(kPersistRows)); }
std::vector<KeyInfo> api_proxy_keys() { return keys_of(std::span<const Row<ApiProxyConfig>>(kApiProxyRows)); }
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

void read_telemetry(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  const hcl::Selection found = hcl::select(top, "telemetry");
  const hcl::ItemView* block = only_block(found, "only one 'telemetry' block is permitted");
  if (block == nullptr) return;
  TelemetryDraft draft;
  in_block("telemetry: ", [&] {
    read_block<TelemetryDraft>(file, "root", {&block->value(), {}}, kTelemetryRows, draft);
  });
  warn_unknown(file, "telemetry", hcl::items_of(block->value()), telemetry_keys());
  if (is_given(draft.prometheus_retention_time)) {
    draft.telemetry.prometheus_retention_time = duration_of(draft.prometheus_retention_time);
  }
  const auto* period = std::get_if<std::string>(&draft.usage_gauge_period.data);
  if (is_given(draft.usage_gauge_period) && (period == nullptr || *period != "none")) {
    (void)duration_of(draft.usage_gauge_period);
  }
  if (is_given(draft.lease_metrics_epsilon)) (void)duration_of(draft.lease_metrics_epsilon);
  out.telemetry = std::move(draft.telemetry);
}

}  // namespace leasehold::agent::config

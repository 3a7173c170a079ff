// One text to one AgentConfig: the order in which blocks are read is the peer's, because the first
// error is the one that is printed (spec/agent.md 4).
#include "config.h"

#include <algorithm>

#include "config_tables.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/hcl/parser.h"

namespace leasehold::agent {
namespace config {

std::string label_of(const hcl::ItemView& item) { return item.key_count() == 1 ? to_lower(item.key(0).name) : ""; }

const hcl::ItemView* only_block(const hcl::Selection& found, const std::string& too_many) {
  if (found.size() > 1) throw ConfigError{too_many};
  return found.empty() ? nullptr : &found.front();
}

namespace {

void check_mlock(const Cell& cell) {
  in_block("error parsing 'disable_mlock': ", [&] { (void)cell.lenient_bool(); });
}

/// Read elsewhere; a value instead of blocks is refused here, as the peer does.
void check_blocks(const Cell& cell) {
  const hcl::Node* node = cell.source().node;
  if (node != nullptr && node->kind == hcl::NodeKind::Literal) (void)cell.texts();
}

const Row<AgentConfig> kTopRows[] = {
    {"auto_auth", "block", "", "logs in and keeps the token alive; at most one",
     [](const Cell& c, AgentConfig&) { check_auto_auth_types(c.file(), c); }},
    {"exit_after_auth", "bool", "false", "end when the token and all templates are written once",
     [](const Cell& c, AgentConfig& a) { a.exit_after_auth = c.strict_bool(); }},
    {"cache", "block", "", "at most one", [](const Cell& c, AgentConfig&) { check_cache_types(c.file(), c); }},
    {"api_proxy", "block", "", "at most one", [](const Cell& c, AgentConfig&) { check_api_proxy_types(c.file(), c); }, true, {}, "1.13"},
    {"vault", "block", "", "the server; at most one", [](const Cell& c, AgentConfig&) { check_vault_types(c.file(), c); }},
    {"template_config", "block", "", "for all templates; at most one",
     [](const Cell& c, AgentConfig&) { check_template_config_types(c.file(), c); }},
    {"disable_idle_connections", "list of text", "", "auto-auth, caching, proxying, templating: close connections after use",
     [](const Cell& c, AgentConfig& a) {
       for (std::string& name : c.texts()) a.disable_idle_connections.push_back(std::move(name));
     }},
    {"disable_keep_alives", "list of text", "", "the same words: one request per connection",
     [](const Cell& c, AgentConfig& a) {
       for (std::string& name : c.texts()) a.disable_keep_alives.push_back(std::move(name));
     }},
    {"exec", "block", "", "the process of the supervisor; at most one",
     [](const Cell& c, AgentConfig&) { check_exec_types(c.file(), c); }, true, {}, "1.14"},
    {"revoke_on_shutdown", "bool", "false", "revoke the token at the end, except where it is handed over",
     [](const Cell& c, AgentConfig& a) { a.revoke_on_shutdown = c.strict_bool(); }, true, {}, "leasehold"},
    {"termination_message_path", "text", "/dev/termination-log", "where the last diagnosis is written, if the file is there",
     [](const Cell& c, AgentConfig& a) { a.termination_message_path = c.text(); }, true, {}, "leasehold"},
    {"pod_events", "bool", "true", "the last diagnosis as an Event on the pod, if RBAC allows",
     [](const Cell& c, AgentConfig& a) { a.pod_events = c.strict_bool(); }, true, {}, "leasehold"},
    {"state", "block", "", "what survives a restart; at most one",
     [](const Cell& c, AgentConfig&) { check_state_types(c.file(), c); }, true, {}, "leasehold"},
    {"template", "block", "", "a file to render; any number"},
    {"templates", kIgnored, "", "write template blocks", [](const Cell& c, AgentConfig&) { check_blocks(c); }},
    {"env_template", "block", "", "an environment variable of exec; any number",
     [](const Cell& c, AgentConfig&) { check_env_template_types(c.file(), c); }, true, {}, "1.14"},
    {"listener", "block", "", "a port to serve; any number"},
    {"telemetry", "block", "", "metrics; at most one"},
};

/// What the peer's server knows as well; read after all of kTopRows.
const Row<AgentConfig> kSharedRows[] = {
    {"pid_file", "text", "", "file with our process id while we run",
     [](const Cell& c, AgentConfig& a) { a.pid_file = c.text(); }},
    {"log_level", "text", "info", "trace, debug, info, warn or error",
     [](const Cell& c, AgentConfig& a) { a.log_level = c.text(); }},
    {"log_format", "text", "standard", "standard or json",
     [](const Cell& c, AgentConfig& a) { a.log_format = c.text(); }, true, {}, "1.13"},
    {"log_file", "text", "", "also log there", [](const Cell& c, AgentConfig& a) { a.log_file = c.text(); }, true, {}, "1.13"},
    {"log_rotate_duration", "text", "24h", "begin a new log file after this time",
     [](const Cell& c, AgentConfig& a) { a.log_rotate_duration = c.text(); }, true, {}, "1.13"},
    {"log_rotate_bytes", "int", "0", "begin a new log file after so many bytes",
     [](const Cell& c, AgentConfig& a) { a.log_rotate_bytes = c.integer(); }, true, {}, "1.13"},
    {"log_rotate_max_files", "int", "0", "log files to keep; 0 keeps all",
     [](const Cell& c, AgentConfig& a) { a.log_rotate_max_files = c.integer(); }, true, {}, "1.13"},
    {"cluster_name", "text", "", "label of metrics", text_only},
    {"default_max_request_duration", "duration", "", "accepted, without effect",
     [](const Cell& c, AgentConfig&) { (void)c.duration(); }},
    {"disable_mlock", "bool", "", "accepted, without effect", [](const Cell& c, AgentConfig&) { check_mlock(c); }},
    {"user_lockout", "block", "", "accepted, without effect"},
    {"entropy", "block", "", "accepted, without effect"},
    {"seal", "block", "", "accepted, without effect"},
    {"hsm", "block", "", "accepted, without effect"},
    {"kms", "block", "", "accepted, without effect"},
    {"hcp_link", "block", "", "accepted, without effect"},
};

void require_subsystems(std::string_view key, const std::vector<std::string>& names) {
  if (const auto known = check_subsystems(key, names); !known) throw ConfigError{known.error().message};
}

void note_without_effect(AgentConfig& config) {
  const auto note = [&](bool present, const char* name) {
    if (present) config.without_effect.emplace_back(name);
  };
  note(config.cache.has_value(), "cache");
  note(config.api_proxy.has_value(), "api_proxy");
  const auto any = [&](auto what) { return std::any_of(config.listeners.begin(), config.listeners.end(), what); };
  note(any([](const ListenerConfig& one) { return !is_served(one) && one.role != "metrics_only"; }), "listener");
  note(any([](const ListenerConfig& one) { return !is_served(one) && one.role == "metrics_only"; }),
       "listener of the role metrics_only: it needs tls_cert_file and tls_key_file, or tls_disable = true, and type tcp");
  if (config.telemetry) {
    for (const std::string& name : config.telemetry->other_sinks) config.without_effect.push_back("telemetry." + name);
  }
  note(!config.env_templates.empty(), "env_template");
  note(config.exec.has_value(), "exec");
}

/// Runs one step of reading a document; what it throws ends the reading, or goes on a list.
class Steps {
 public:
  explicit Steps(std::vector<std::string>* errors) : errors_(errors) {}
  template <class Read>
  void operator()(std::string_view prefix, Read read) {
    try {
      in_block(prefix, read);
    } catch (const ConfigError& error) {
      if (errors_ == nullptr) throw;
      errors_->push_back(error.message);
    }
  }

 private:
  std::vector<std::string>* errors_;
};

/// errors null: the first error is thrown, as the peer does; else all are collected, for lint.
AgentConfig read_document(const std::string& name, const hcl::Document& document, std::vector<ConfigWarning>& warnings,
                          std::vector<std::string>* errors) {
  AgentConfig config;
  Steps step(errors);
  // The peer parses the text twice, and knows its file's name the first time only.
  const FileContext file{name, {document.is_json, name}, warnings};
  const FileContext shared{name, {document.is_json, ""}, warnings};
  const hcl::Source root{&document.root, {}};
  const hcl::Selection top = hcl::items_of(document.root);
  step("", [&] { read_block<AgentConfig>(file, "root", root, kTopRows, config, Pass::Types); });
  step("", [&] { read_block<AgentConfig>(shared, "root", root, kSharedRows, config); });
  warn_unknown(file, "the configuration", top, top_level_keys());
  if (!document.is_json) warn_repeated(file, document.root);
  step("", [&] { check_seals(shared, top); });
  step("error parsing 'listener': ", [&] { read_listeners(shared, top, config); });
  step("error parsing 'user_lockout': ", [&] { check_user_lockouts(shared, top); });
  step("error parsing 'telemetry': ", [&] { read_telemetry(shared, top, config); });
  step("error parsing 'auto_auth': ", [&] { read_auto_auth(file, top, config); });
  step("error parsing 'cache':", [&] { read_cache(file, top, config); });
  step("error parsing 'api_proxy':", [&] { read_api_proxy(file, top, config); });
  step("error parsing 'template_config': ", [&] { read_template_config(file, top, config); });
  // One template's error does not hide those of the next.
  for (const hcl::ItemView& item : top) {
    step("error parsing 'template': ", [&] { read_templates(file, {item}, config); });
  }
  step("error parsing 'exec': ", [&] { read_exec(file, top, config); });
  step("error parsing 'env_template': ", [&] { read_env_templates(file, top, config); });
  step("error parsing 'state': ", [&] { read_state(file, top, config); });
  step("error parsing 'vault':", [&] { read_vault(file, top, config); });
  step("", [&] { require_subsystems("disable_idle_connections", config.disable_idle_connections); });
  step("", [&] { require_subsystems("disable_keep_alives", config.disable_keep_alives); });
  // The older place of the setting makes a proxy of its own (spec/agent.md 4.4).
  const bool token_in_cache = config.cache && config.cache->use_auto_auth_token >= ProxyToken::Yes;
  if (token_in_cache && !config.api_proxy) config.api_proxy = ApiProxyConfig{config.cache->use_auto_auth_token, true};
  note_without_effect(config);
  return config;
}

}  // namespace

std::vector<KeyInfo> top_level_keys() {
  std::vector<KeyInfo> keys = keys_of(std::span<const Row<AgentConfig>>(kTopRows));
  const std::vector<KeyInfo> shared = keys_of(std::span<const Row<AgentConfig>>(kSharedRows));
  keys.insert(keys.end(), shared.begin(), shared.end());
  return keys;
}

CheckedConfig check_document(const std::string& name, const hcl::Document& document) {
  CheckedConfig checked;
  checked.config = read_document(name, document, checked.warnings, &checked.errors);
  return checked;
}

}  // namespace config

Result<LoadedConfig> parse_config(const std::string& name, const std::string& text, const ReadOptions& options) {
  if (text.size() > limits::kConfigFileBytesMax) {
    return invalid(name + ": larger than " + std::to_string(limits::kConfigFileBytesMax) + " bytes");
  }
  hcl::Position error_at;
  const auto repeated = options.strict_hcl ? hcl::RepeatedKeys::Refuse : hcl::RepeatedKeys::Merge;
  const Result<hcl::Document> document = hcl::parse(text, {.repeated_keys = repeated, .error_at = &error_at});
  if (!document) {
    std::string message = document.error().message;
    // The peer's JSON parser does not say where; we do.
    if (message.find(error_at.str()) == std::string::npos) message += " (at " + error_at.str() + ")";
    return invalid(std::move(message));
  }
  LoadedConfig loaded;
  try {
    loaded.config = config::read_document(name, *document, loaded.warnings, nullptr);
  } catch (const config::ConfigError& error) {
    return invalid(error.message);
  }
  return loaded;
}

}  // namespace leasehold::agent

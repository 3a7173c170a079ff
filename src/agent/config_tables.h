// The blocks of the agent's configuration and who reads each (spec/agent.md 4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config_rows.h"

namespace leasehold::agent::config {

/// One block with all its keys, for docs/agent-configuration.md.
struct BlockInfo {
  std::string_view name;
  std::string_view help;
  std::vector<KeyInfo> keys;
};
std::vector<BlockInfo> documented_blocks();
/// docs/agent-configuration.md, made of them.
std::string configuration_page();

/// A document read to its end whatever is wrong with it, for lint.
struct CheckedConfig {
  AgentConfig config;  ///< as far as it could be read
  std::vector<ConfigWarning> warnings;
  std::vector<std::string> errors;  ///< each as parse_config() would say it; some may say the same
};
CheckedConfig check_document(const std::string& name, const hcl::Document& document);

/// Each reads the blocks of its name at the top level. Pass::Types of all blocks comes first, as the
/// peer's errors of it win. Throws ConfigError without the file's name.
void check_vault_types(const FileContext& file, const Cell& block);
void read_vault(const FileContext& file, const hcl::Selection& top, AgentConfig& out);

void check_auto_auth_types(const FileContext& file, const Cell& block);
void read_auto_auth(const FileContext& file, const hcl::Selection& top, AgentConfig& out);

void check_cache_types(const FileContext& file, const Cell& block);
void check_api_proxy_types(const FileContext& file, const Cell& block);
void read_cache(const FileContext& file, const hcl::Selection& top, AgentConfig& out);
void read_api_proxy(const FileContext& file, const hcl::Selection& top, AgentConfig& out);
void read_listeners(const FileContext& file, const hcl::Selection& top, AgentConfig& out);
/// Blocks of the server: what the peer would refuse is refused, nothing is kept.
void check_seals(const FileContext& file, const hcl::Selection& top);
void check_user_lockouts(const FileContext& file, const hcl::Selection& top);
void check_response_headers(const hcl::Value& value);
void read_telemetry(const FileContext& file, const hcl::Selection& top, AgentConfig& out);

void check_template_config_types(const FileContext& file, const Cell& block);
void read_template_config(const FileContext& file, const hcl::Selection& top, AgentConfig& out);
void read_templates(const FileContext& file, const hcl::Selection& top, AgentConfig& out);

void check_state_types(const FileContext& file, const Cell& block);
void read_state(const FileContext& file, const hcl::Selection& top, AgentConfig& out);

void check_exec_types(const FileContext& file, const Cell& block);
void read_exec(const FileContext& file, const hcl::Selection& top, AgentConfig& out);
void check_env_template_types(const FileContext& file, const Cell& block);
void read_env_templates(const FileContext& file, const hcl::Selection& top, AgentConfig& out);

/// Runs read and puts prefix in front of what it throws.
template <class Read>
void in_block(std::string_view prefix, Read read) {
  try {
    read();
  } catch (const ConfigError& error) {
    throw ConfigError{std::string(prefix) + error.message};
  }
}

/// The lower-cased label, or "" without exactly one.
std::string label_of(const hcl::ItemView& item);

/// The only block of that name, null without one; throws text when there are more.
const hcl::ItemView* only_block(const hcl::Selection& found, const std::string& too_many);

std::vector<KeyInfo> vault_keys();
std::vector<KeyInfo> retry_keys();
std::vector<KeyInfo> auto_auth_keys();
std::vector<KeyInfo> method_keys();
/// Empty for a type that is not known.
std::vector<KeyInfo> method_config_keys(std::string_view type);
std::vector<BlockInfo> method_blocks();
std::vector<KeyInfo> sink_keys();
std::vector<KeyInfo> file_sink_keys();
std::vector<KeyInfo> cache_keys();
std::vector<KeyInfo> persist_keys();
std::vector<KeyInfo> api_proxy_keys();
std::vector<KeyInfo> listener_keys();
std::vector<KeyInfo> telemetry_keys();
std::vector<KeyInfo> state_keys();
std::vector<KeyInfo> template_config_keys();
std::vector<KeyInfo> template_keys();
std::vector<KeyInfo> template_exec_keys();
std::vector<KeyInfo> template_wait_keys();
std::vector<KeyInfo> template_connection_keys();
std::vector<KeyInfo> template_notify_keys();
std::vector<KeyInfo> exec_keys();
std::vector<KeyInfo> top_level_keys();

}  // namespace leasehold::agent::config

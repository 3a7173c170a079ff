// What must be true of the merged configuration (spec/agent.md 5).
#include "config.h"

#include <algorithm>
#include <array>
#include <set>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent {
namespace {

bool sends_token(ProxyToken token) { return token == ProxyToken::Yes || token == ProxyToken::Force; }

bool wraps(const AgentConfig& config) { return config.auto_auth && config.auto_auth->method.wrap_ttl.count() > 0; }

struct Rule {
  bool (*broken)(const AgentConfig& config);
  const char* text;
};

// In this order; the first one that is broken is reported.
const Rule kRules[] = {
    {[](const AgentConfig& c) {
       // The peer asks whether the key was given at all, not whether it says yes.
       return c.api_proxy && c.cache && c.cache->use_auto_auth_token != ProxyToken::Unset &&
              c.api_proxy->use_auto_auth_token != ProxyToken::Unset && !c.api_proxy->from_cache;
     },
     "use_auto_auth_token defined in both api_proxy and cache config. Please remove this configuration from the "
     "cache block"},
    {[](const AgentConfig& c) { return c.cache && c.listeners.empty() && c.templates.empty() && c.env_templates.empty(); },
     "enabling the cache requires at least 1 template or 1 listener to be defined"},
    {[](const AgentConfig& c) { return c.cache && sends_token(c.cache->use_auto_auth_token) && !c.auto_auth; },
     "cache.use_auto_auth_token is true but auto_auth not configured"},
    {[](const AgentConfig& c) { return c.cache && sends_token(c.cache->use_auto_auth_token) && wraps(c); },
     "cache.use_auto_auth_token is true and auto_auth uses wrapping"},
    {[](const AgentConfig& c) { return c.api_proxy && c.listeners.empty(); },
     "configuring the api_proxy requires at least 1 listener to be defined"},
    {[](const AgentConfig& c) { return c.api_proxy && sends_token(c.api_proxy->use_auto_auth_token) && !c.auto_auth; },
     "api_proxy.use_auto_auth_token is true but auto_auth not configured"},
    {[](const AgentConfig& c) { return c.api_proxy && sends_token(c.api_proxy->use_auto_auth_token) && wraps(c); },
     "api_proxy.use_auto_auth_token is true and auto_auth uses wrapping"},
    {[](const AgentConfig& c) {
       return c.auto_auth && c.auto_auth->sinks.empty() && c.templates.empty() && c.env_templates.empty() &&
              !(c.api_proxy && sends_token(c.api_proxy->use_auto_auth_token));
     },
     "auto_auth requires at least one sink or at least one template or api_proxy.use_auto_auth_token=true"},
    {[](const AgentConfig& c) { return !c.auto_auth && !c.cache && c.listeners.empty(); },
     "no auto_auth, cache, or listener block found in config"},
    {[](const AgentConfig& c) { return !c.exec && !c.env_templates.empty(); },
     "a top-level 'exec' element must be specified with 'env_template' entries"},
    {[](const AgentConfig& c) { return c.exec && c.env_templates.empty(); },
     "must specify at least one 'env_template' element with a top-level 'exec' element"},
    {[](const AgentConfig& c) { return c.exec && c.api_proxy; },
     "'api_proxy' cannot be specified with 'env_template' entries"},
    {[](const AgentConfig& c) { return c.exec && !c.templates.empty(); },
     "'template' cannot be specified with 'env_template' entries"},
    {[](const AgentConfig& c) { return c.exec && c.exec->command.empty(); },
     "'exec' requires a non-empty 'command' field"},
};

Result<void> validate_env_templates(const AgentConfig& config) {
  std::set<std::string_view> names;
  for (const EnvTemplate& one : config.env_templates) {
    if (!names.insert(one.name).second) {
      return invalid("env_template: duplicate environment variable name: " + go_quote(one.name));
    }
    const std::string prefix = "env_template[" + one.name + "]: ";
    if (!one.has_contents && !one.has_source) {
      return invalid(prefix + "either 'contents' or 'source' must be specified");
    }
    if (one.has_contents && one.has_source) {
      return invalid(prefix + "'contents' and 'source' cannot be specified together");
    }
    if (!one.not_allowed.empty()) return invalid(prefix + "'" + one.not_allowed.front() + "' is not allowed");
  }
  return {};
}

}  // namespace

Result<void> validate_config(const AgentConfig& config) {
  for (const Rule& rule : kRules) {
    if (rule.broken(config)) return invalid(rule.text);
  }
  if (config.exec) {
    const std::string& restart = config.exec->restart_on_secret_changes;
    if (restart != "always" && restart != "never") {
      return invalid("'exec.restart_on_secret_changes' unexpected value: " + go_quote(restart));
    }
  }
  return validate_env_templates(config);
}

Result<void> check_subsystems(std::string_view key, const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, 5> kKnown = {"", "auto-auth", "caching", "proxying", "templating"};
  for (const std::string& name : names) {
    const bool known = std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end();
    if (!known) return invalid("unknown " + std::string(key) + " value: " + name);
  }
  return {};
}

Result<void> check_log_settings(const AgentConfig& config) {
  static constexpr std::array<std::string_view, 9> kLevels = {"",     "trace",   "debug", "info", "notice",
                                                              "warn", "warning", "error", "err"};
  static constexpr std::array<std::string_view, 3> kFormats = {"", "standard", "json"};
  static constexpr std::string_view kGlob = "*?[";
  const auto known = [](const auto& words, const std::string& word) {
    for (const std::string_view candidate : words) {
      if (candidate == to_lower(trim_space(word))) return true;
    }
    return false;
  };
  if (!known(kLevels, config.log_level)) return invalid("unknown log level: " + config.log_level);
  if (!known(kFormats, config.log_format)) return invalid("unknown log format: " + config.log_format);
  const auto age = parse_vault_duration(config.log_rotate_duration);
  if (!age) return age.error();
  const std::size_t slash = config.log_file.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : config.log_file.substr(0, slash);
  const std::string name = slash == std::string::npos ? config.log_file : config.log_file.substr(slash + 1);
  if (folder.find_first_of(kGlob) != std::string::npos) return invalid("directory contains glob character");
  if (name.find_first_of(kGlob) != std::string::npos) return invalid("file name contains globbing character");
  return {};
}

std::string canonical_namespace(std::string_view name) {
  while (name.starts_with('/')) name.remove_prefix(1);
  while (name.ends_with('/')) name.remove_suffix(1);
  return name.empty() || name == "root" ? "" : std::string(name) + "/";
}

}  // namespace leasehold::agent

// What must be true of the merged configuration (spec/agent.md 5), and what the constructors of the
// auth methods say of their settings (section 6).
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

namespace {

/// How a method's key is checked when the method is made.
enum class Check { RequiredText, Text, NonEmptyText, LenientBool, Duration };

struct MethodKey {
  std::string_view method;
  std::string_view key;
  Check check;
  std::string_view shown = {};  ///< in messages, when not the key
};

// In the order of the peer's constructors.
constexpr MethodKey kMethodKeys[] = {
    {"kubernetes", "role", Check::RequiredText},
    {"kubernetes", "token_path", Check::Text},
    {"jwt", "path", Check::RequiredText},
    {"jwt", "role", Check::RequiredText},
    {"jwt", "remove_jwt_after_reading", Check::LenientBool},
    {"jwt", "remove_jwt_follows_symlinks", Check::LenientBool},
    {"jwt", "jwt_read_period", Check::Duration},
    {"approle", "role_id_file_path", Check::RequiredText},
    {"approle", "secret_id_file_path", Check::Text},
    {"approle", "remove_secret_id_file_after_reading", Check::LenientBool},
    {"approle", "secret_id_response_wrapping_path", Check::NonEmptyText},
    {"token_file", "token_file_path", Check::RequiredText},
    {"cert", "name", Check::Text},
    {"cert", "ca_cert", Check::Text},
    {"cert", "client_cert", Check::Text, "cert_file"},
    {"cert", "client_key", Check::Text, "cert_key"},
    {"ldap", "username", Check::RequiredText},
    {"ldap", "password_file_path", Check::RequiredText},
    {"ldap", "remove_password_after_reading", Check::LenientBool},
    {"ldap", "remove_password_follows_symlinks", Check::LenientBool},
    {"ldap", "password_read_period", Check::Duration},
    {"userpass", "username", Check::RequiredText},
    {"userpass", "password_file_path", Check::RequiredText},
    {"userpass", "remove_password_after_reading", Check::LenientBool},
    {"userpass", "remove_password_follows_symlinks", Check::LenientBool},
    {"userpass", "password_read_period", Check::Duration},
};

/// Bare booleans and numbers always mean something; a text must say it.
std::string bool_complaint(const std::string& text, ConfigValueKind kind) {
  if (kind != ConfigValueKind::Text) return "";
  const Result<bool> flag = parse_bool_lenient(text);
  return flag ? "" : flag.error().message;
}

std::string duration_complaint(const std::string& text) {
  const auto duration = parse_vault_duration(text);
  return duration ? "" : duration.error().message;
}

/// "" when the value is right.
std::string complaint(const MethodKey& row, const MethodConfig& method) {
  const std::string quoted = "'" + std::string(row.shown.empty() ? row.key : row.shown) + "'";
  const auto found = method.config.find(row.key);
  if (found == method.config.end()) {
    return row.check == Check::RequiredText ? "missing " + quoted + " value" : "";
  }
  const ConfigValueKind kind = method.config_kinds.find(row.key)->second;
  if (row.check == Check::LenientBool || row.check == Check::Duration) {
    const std::string why = row.check == Check::LenientBool ? bool_complaint(found->second, kind)
                                                            : duration_complaint(found->second);
    return why.empty() ? "" : "error parsing " + quoted + " value: " + why;
  }
  if (kind != ConfigValueKind::Text) return "could not convert " + quoted + " config value to string";
  const bool may_be_empty = row.check == Check::Text;
  return found->second.empty() && !may_be_empty ? quoted + " value is empty" : "";
}

}  // namespace

Result<void> check_method(const MethodConfig& method) {
  static constexpr std::array<std::string_view, 8> kKnown = {"kubernetes", "jwt",      "approle", "token_file",
                                                             "cert",       "kerberos", "ldap",    "userpass"};
  const auto fail = [&](const std::string& why) {
    return invalid("Error creating " + method.type + " auth method: " + why);
  };
  bool known = false;
  for (const std::string_view name : kKnown) known = known || name == method.type;
  if (!known) return fail("unknown auth method " + go_quote(method.type));
  if (!method.has_config && method.type != "cert") return fail("empty config data");
  if (method.type == "kerberos") {
    for (const char* key : {"username", "service", "realm", "keytab_path", "krb5conf_path"}) {
      if (!method.config.contains(key)) return fail(go_quote(key) + " is required");
      if (method.config_kinds.find(key)->second != ConfigValueKind::Text) return fail(go_quote(key) + " must be a string");
    }
    return {};
  }
  for (const MethodKey& row : kMethodKeys) {
    if (row.method != method.type) continue;
    const std::string why = complaint(row, method);
    if (!why.empty()) return fail(why);
  }
  return {};
}

}  // namespace leasehold::agent

#include "start_checks.h"

#include <algorithm>
#include <array>

#include <sys/stat.h>

#include "leasehold/base/limits.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

constexpr const char* kServiceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

Result<void> check_tcp_address(const std::string& address) {
  const auto fail = [](const std::string& why) { return invalid("Error starting listener: listen tcp: " + why); };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return fail("address " + address + ": missing port in address");
  const std::string port = address.substr(colon + 1);
  const auto number = parse_int(port);
  // A word would be the name of a service; nobody writes that here.
  if (number && (*number < 0 || *number > 65535)) return fail("address " + port + ": invalid port");
  return {};
}

Result<void> check_tls_version(std::string_view key, const std::string& version) {
  for (const std::string_view known : {"", "tls10", "tls11", "tls12", "tls13"}) {
    if (version == known) return {};
  }
  return invalid("Error starting listener: '" + std::string(key) + "' value " + go_quote(version) +
                 " not supported, please specify one of [tls10,tls11,tls12,tls13]");
}

}  // namespace

Result<void> check_telemetry(const AgentConfig& config) {
  if (!config.telemetry) return {};
  for (const std::string& rule : config.telemetry->prefix_filter) {
    if (rule.starts_with('+') || rule.starts_with('-')) continue;
    return invalid("Error initializing telemetry: filter rule must begin with either '+' or '-': " + go_quote(rule));
  }
  return {};
}

Result<void> check_persistent_cache(const AgentConfig& config) {
  if (!config.cache || !config.cache->persist) return {};
  const PersistConfig& persist = *config.cache->persist;
  const auto fail = [](const std::string& why) { return invalid("Error creating persistent cache: " + why); };
  if (persist.path.empty()) return fail("must specify persistent cache path");
  if (persist.type != "kubernetes") {
    return fail("persistent key protection type " + go_quote(persist.type) + " not supported");
  }
  struct stat place {};
  // compat: the peer opens its database there; ours has none, but a wrong path must not wait for the day it has
  if (::stat(persist.path.c_str(), &place) != 0) {
    return fail("error creating persistent cache: open " + persist.path + "/vault-agent-cache.db: no such file or directory");
  }
  const std::string& own = persist.service_account_token_file;
  const std::string path = own.empty() ? kServiceAccountToken : own;
  const auto token = runtime::read_secret_file(path, limits::kTokenFileBytesMax);
  if (!token) return fail("failed to read service account token from " + path + ": " + token.error().message);
  return {};
}

Result<void> check_listeners(const AgentConfig& config) {
  for (const ListenerConfig& listener : config.listeners) {
    if (!listener.tls_disable) {
      if (auto right = check_tls_version("tls_min_version", listener.tls_min_version); !right) return right;
      if (auto right = check_tls_version("tls_max_version", listener.tls_max_version); !right) return right;
    }
    if (listener.type != "tcp" || listener.address.empty()) continue;
    if (auto right = check_tcp_address(listener.address); !right) return right;
  }
  return {};
}

bool has_proxy_listener(const AgentConfig& config) {
  return std::any_of(config.listeners.begin(), config.listeners.end(),
                     [](const ListenerConfig& listener) { return listener.role != "metrics_only"; });
}

Result<void> take_connection_variables(AgentConfig& config, const flags::Environment& environment) {
  struct Row {
    std::string_view variable;
    std::string_view key;
    std::vector<std::string> AgentConfig::*names;
  };
  static constexpr std::array kRows = {
      Row{"AGENT_DISABLE_IDLE_CONNECTIONS", "disable_idle_connections", &AgentConfig::disable_idle_connections},
      Row{"AGENT_DISABLE_KEEP_ALIVES", "disable_keep_alives", &AgentConfig::disable_keep_alives}};
  for (const Row& row : kRows) {
    std::string text;
    for (const std::string_view prefix : {"BAO_", "VAULT_"}) {
      if (text.empty()) text = environment(std::string(prefix) + std::string(row.variable)).value_or("");
    }
    if (text.empty()) continue;
    std::vector<std::string>& names = config.*row.names;
    names.clear();
    for (const std::string& name : split(to_lower(text), ',')) names.emplace_back(trim_space(name));
    if (auto known = check_subsystems(row.key, names); !known) return known;
  }
  return {};
}

bool closes_connections(const AgentConfig& config, std::string_view part) {
  const auto names = [&](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), part) != list.end(); };
  return names(config.disable_idle_connections) || names(config.disable_keep_alives);
}

}  // namespace leasehold::agent

#include "start_checks.h"

#include <algorithm>

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
  const std::string& own = persist.service_account_token_file;
  const std::string path = own.empty() ? kServiceAccountToken : own;
  const auto token = runtime::read_secret_file(path, limits::kTokenFileBytesMax);
  if (!token) return fail("failed to read service account token from " + path + ": " + token.error().message);
  return {};
}

Result<void> check_listeners(const AgentConfig& config) {
  for (const ListenerConfig& listener : config.listeners) {
    if (listener.type != "tcp" || listener.address.empty()) continue;
    if (auto right = check_tcp_address(listener.address); !right) return right;
  }
  return {};
}

bool has_proxy_listener(const AgentConfig& config) {
  return std::any_of(config.listeners.begin(), config.listeners.end(),
                     [](const ListenerConfig& listener) { return listener.role != "metrics_only"; });
}

}  // namespace leasehold::agent

#include "connection_settings.h"

#include <algorithm>
#include <cmath>

#include "leasehold/base/limits.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/http/url.h"

namespace leasehold::agent {
namespace {

constexpr std::string_view kDefaultAddress = "https://127.0.0.1:8200";

struct TextRow {
  std::string_view flag;
  std::string_view variable;
  std::string ConnectionSettings::*target;
  std::string VaultConfig::*file;
};
constexpr TextRow kTexts[] = {
    {"address", "ADDR", &ConnectionSettings::address, &VaultConfig::address},
    {"ca-cert", "CACERT", &ConnectionSettings::ca_cert, &VaultConfig::ca_cert},
    {"ca-path", "CAPATH", &ConnectionSettings::ca_path, &VaultConfig::ca_path},
    {"client-cert", "CLIENT_CERT", &ConnectionSettings::client_cert, &VaultConfig::client_cert},
    {"client-key", "CLIENT_KEY", &ConnectionSettings::client_key, &VaultConfig::client_key},
    {"tls-server-name", "TLS_SERVER_NAME", &ConnectionSettings::tls_server_name, &VaultConfig::tls_server_name},
};

Error unreadable(const std::string& why) { return invalid("failed to read environment: " + why); }

/// false without the variable. compat: junk stops the client library, spec/agent.md 1.1
Result<bool> switch_of(const flags::Environment& environment, const std::string& name) {
  const auto text = vault_variable(environment, name);
  if (!text || text->empty()) return false;
  const auto value = parse_bool(*text);
  if (!value) return unreadable("could not parse VAULT_" + name);
  return *value;
}

Result<bool> skip_verify(const VaultConfig* file, const flags::Parsed& given, const flags::Environment& environment) {
  if (const auto flag = given.last("tls-skip-verify")) return *parse_bool(*flag);
  if (vault_variable(environment, "SKIP_VERIFY")) return switch_of(environment, "SKIP_VERIFY");
  return file != nullptr && file->tls_skip_verify;
}

Result<std::chrono::nanoseconds> client_timeout(const flags::Environment& environment) {
  const auto text = vault_variable(environment, "CLIENT_TIMEOUT");
  if (!text || text->empty()) return std::chrono::nanoseconds(limits::kClientRequestDeadline);
  const auto value = parse_vault_duration(*text);
  if (!value || value->count() < 0) return unreadable("could not parse \"VAULT_CLIENT_TIMEOUT\"");
  return value->count() == 0 ? std::chrono::nanoseconds(limits::kClientRequestDeadline) : *value;
}

Result<std::optional<std::uint64_t>> max_retries(const flags::Environment& environment) {
  const auto text = vault_variable(environment, "MAX_RETRIES");
  if (!text || text->empty()) return std::optional<std::uint64_t>();
  const auto number = parse_int(*text);
  if (!number) return unreadable("strconv.ParseInt: parsing " + go_quote(*text) + ": invalid syntax");
  if (*number < 0) {
    return unreadable("error parsing int value; out of range [0 to 9223372036854775807]: " + std::to_string(*number));
  }
  return std::optional<std::uint64_t>(static_cast<std::uint64_t>(*number));
}

/// `rate` or `rate:burst`, in requests a second.
Result<std::optional<runtime::Rate>> rate_limit(const flags::Environment& environment) {
  const auto text = vault_variable(environment, "RATE_LIMIT");
  if (!text || text->empty()) return std::optional<runtime::Rate>();
  const std::size_t colon = text->find(':');
  const auto per_second = parse_float(text->substr(0, colon));
  const auto burst = colon == std::string::npos ? Result<std::int64_t>(0) : parse_int(text->substr(colon + 1));
  if (!per_second || !burst) return unreadable("VAULT_RATE_LIMIT was provided but incorrectly formatted");
  if (!(*per_second > 0)) return std::optional<runtime::Rate>();
  // compat: without a burst it is the whole part of the rate
  const double at_once = colon == std::string::npos ? std::floor(*per_second) : static_cast<double>(*burst);
  return std::optional<runtime::Rate>({.per_second = *per_second, .burst = std::max(1.0, at_once)});
}

/// The first of two spellings that is not empty, as Go looks for them.
std::string either(const flags::Environment& environment, const std::string& upper, const std::string& lower) {
  const std::string value = environment(upper).value_or("");
  return value.empty() ? environment(lower).value_or("") : value;
}

Result<http::ProxyRules> proxies(const flags::Environment& environment) {
  http::ProxyRules rules;
  for (const std::string_view name : {"PROXY_ADDR", "HTTP_PROXY"}) {
    if (rules.all.empty()) rules.all = vault_variable(environment, name).value_or("");
  }
  if (!rules.all.empty() && rules.all.find("://") == std::string::npos) {
    // compat: these two want a scheme, where HTTP_PROXY gets one
    const auto url = http::parse_url(rules.all);
    return unreadable(url ? "VAULT_PROXY_ADDR: no scheme" : url.error().message);
  }
  rules.http = either(environment, "HTTP_PROXY", "http_proxy");
  rules.https = either(environment, "HTTPS_PROXY", "https_proxy");
  rules.except = either(environment, "NO_PROXY", "no_proxy");
  return rules;
}

template <class T>
Result<void> store(Result<T> value, T& target) {
  if (!value) return value.error();
  target = *std::move(value);
  return {};
}

void take_texts(const VaultConfig* file, const flags::Parsed& given, const flags::Environment& environment,
                ConnectionSettings& settings) {
  for (const auto& row : kTexts) {
    if (const auto flag = given.last(row.flag)) {
      settings.*row.target = *flag;
    } else if (const auto value = vault_variable(environment, row.variable)) {
      settings.*row.target = *value;
    } else if (file != nullptr) {
      settings.*row.target = file->*row.file;
    }
  }
  if (settings.address.empty()) settings.address = kDefaultAddress;
  settings.ca_pem = vault_variable(environment, "CACERT_BYTES").value_or("");
  settings.client_pem = vault_variable(environment, "CLIENT_CERT_BYTES").value_or("");
  if (const auto key = vault_variable(environment, "CLIENT_KEY_BYTES"); key && !key->empty()) {
    settings.client_key_pem = std::make_shared<const SecretString>(*key);
  }
  std::optional<std::string> name_space = given.last("namespace");
  if (!name_space) name_space = given.last("ns");
  if (!name_space) name_space = vault_variable(environment, "NAMESPACE");
  settings.name_space = canonical_namespace(name_space.value_or(""));
}

Result<bool> no_redirects(const flags::Parsed& given, const flags::Environment& environment) {
  if (const auto flag = given.last("disable-redirects")) return *parse_bool(*flag);
  return switch_of(environment, "DISABLE_REDIRECTS");
}

}  // namespace

std::optional<std::string> vault_variable(const flags::Environment& environment, std::string_view name) {
  for (const std::string_view prefix : {"BAO_", "VAULT_"}) {
    if (auto value = environment(std::string(prefix) + std::string(name))) return value;
  }
  return std::nullopt;
}

Result<ConnectionSettings> resolve_connection(const VaultConfig* file, const flags::Parsed& given,
                                              const flags::Environment& environment) {
  ConnectionSettings settings;
  take_texts(file, given, environment, settings);
  bool no_redirect = false;
  for (const auto& stored : {store(skip_verify(file, given, environment), settings.tls_skip_verify),
                             store(client_timeout(environment), settings.deadline),
                             store(max_retries(environment), settings.max_retries),
                             store(rate_limit(environment), settings.rate),
                             store(proxies(environment), settings.proxies),
                             store(switch_of(environment, "SRV_LOOKUP"), settings.look_up_srv),
                             store(no_redirects(given, environment), no_redirect)}) {
    if (!stored) return stored.error();
  }
  settings.follow_redirects = !no_redirect;
  return settings;
}

}  // namespace leasehold::agent

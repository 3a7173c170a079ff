#include "connection.h"

#include <unistd.h>

#include "leasehold/base/limits.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

constexpr std::string_view kDefaultAddress = "https://127.0.0.1:8200";

// BAO_X first, then VAULT_X; one that is set but empty still wins.
std::optional<std::string> variable(const flags::Environment& environment, const std::string& name) {
  for (const std::string_view prefix : {"BAO_", "VAULT_"}) {
    if (auto value = environment(std::string(prefix) + name)) return value;
  }
  return std::nullopt;
}

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

std::string canonical_namespace(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty() || text == "root") return "";
  return std::string(text) + "/";
}

Result<bool> skip_verify(const VaultConfig* file, const flags::Parsed& given, const flags::Environment& environment) {
  if (const auto flag = given.last("tls-skip-verify")) return *parse_bool(*flag);
  if (const auto text = variable(environment, "SKIP_VERIFY")) {
    if (text->empty()) return false;
    // compat: junk stops the client library, spec/agent.md 1.1
    const auto value = parse_bool(*text);
    if (!value) return invalid("Error fetching client: failed to read environment: could not parse VAULT_SKIP_VERIFY");
    return value;
  }
  return file != nullptr && file->tls_skip_verify;
}

Result<std::chrono::nanoseconds> client_timeout(const flags::Environment& environment) {
  const auto text = variable(environment, "CLIENT_TIMEOUT");
  if (!text || text->empty()) return std::chrono::nanoseconds(limits::kClientRequestDeadline);
  const auto value = parse_vault_duration(*text);
  if (!value || value->count() < 0) {
    return invalid("Error fetching client: failed to read environment: could not parse \"VAULT_CLIENT_TIMEOUT\"");
  }
  return value->count() == 0 ? std::chrono::nanoseconds(limits::kClientRequestDeadline) : *value;
}

/// `rate` or `rate:burst`; this version sends too little for a limit, but a wrong one is told as ever.
Result<void> check_rate_limit(const flags::Environment& environment) {
  const auto text = variable(environment, "RATE_LIMIT");
  if (!text || text->empty()) return {};
  const std::size_t colon = text->find(':');
  const bool right = parse_float(text->substr(0, colon)) && (colon == std::string::npos || parse_int(text->substr(colon + 1)));
  if (right) return {};
  return invalid("Error fetching client: failed to read environment: VAULT_RATE_LIMIT was provided but incorrectly formatted");
}

/// Several clients, one pool of connections.
class SharedTransport final : public http::Transport {
 public:
  explicit SharedTransport(std::shared_ptr<http::Client> client) : client_(std::move(client)) {}
  net::awaitable<Result<http::Response>> send(http::Request request, std::chrono::nanoseconds deadline) override {
    return client_->send(std::move(request), deadline);
  }

 private:
  std::shared_ptr<http::Client> client_;
};

}  // namespace

Result<ConnectionSettings> resolve_connection(const VaultConfig* file, const flags::Parsed& given,
                                              const flags::Environment& environment) {
  ConnectionSettings settings;
  for (const auto& row : kTexts) {
    if (const auto flag = given.last(row.flag)) {
      settings.*row.target = *flag;
    } else if (const auto value = variable(environment, std::string(row.variable))) {
      settings.*row.target = *value;
    } else if (file != nullptr) {
      settings.*row.target = file->*row.file;
    }
  }
  if (settings.address.empty()) settings.address = kDefaultAddress;
  settings.ca_pem = variable(environment, "CACERT_BYTES").value_or("");
  std::optional<std::string> name_space = given.last("namespace");
  if (!name_space) name_space = given.last("ns");
  if (!name_space) name_space = variable(environment, "NAMESPACE");
  settings.name_space = canonical_namespace(name_space.value_or(""));
  const auto skip = skip_verify(file, given, environment);
  if (!skip) return skip.error();
  settings.tls_skip_verify = *skip;
  const auto timeout = client_timeout(environment);
  if (!timeout) return timeout.error();
  settings.deadline = *timeout;
  if (auto right = check_rate_limit(environment); !right) return right.error();
  return settings;
}

namespace {

/// Null when the address needs none.
Result<std::shared_ptr<tls::Context>> make_context(const ConnectionSettings& settings, const std::string& scheme) {
  // compat: CA files are read even for plain http, so that a wrong path is told at once
  if (scheme != "https" && settings.ca_cert.empty() && settings.ca_path.empty()) return std::shared_ptr<tls::Context>();
  tls::ClientOptions trust;
  trust.ca_file = settings.ca_cert;
  trust.ca_directory = settings.ca_path;
  trust.ca_pem = settings.ca_pem;
  trust.certificate_file = settings.client_cert;
  trust.key_file = settings.client_key;
  trust.skip_verify = settings.tls_skip_verify;
  auto context = tls::make_client_context(trust);
  if (!context) return invalid("Error fetching client: failed to setup TLS config: " + context.error().message);
  return context;
}

}  // namespace

Result<Connection> open_connection(net::any_io_executor executor, const ConnectionSettings& settings) {
  const auto url = http::parse_url(settings.address);
  if (!url) return invalid("Error fetching client: failed to create client: " + url.error().message);
  if (settings.client_cert.empty() != settings.client_key.empty()) {
    return invalid(
        "Error fetching client: failed to setup TLS config: both client cert and client key must be provided");
  }
  const auto context = make_context(settings, url->scheme);
  if (!context) return context.error();
  const auto options = std::make_shared<http::ClientOptions>();
  options->url = *url;
  options->tls = *context;
  options->server_name = settings.tls_server_name;
  options->skip_verify = settings.tls_skip_verify;
  const auto shared = std::make_shared<http::Client>(executor, *options);
  vault::Connector connect = [executor, options, shared](const http::Url& wanted) -> std::unique_ptr<http::Transport> {
    const bool same = wanted.scheme == options->url.scheme && wanted.authority() == options->url.authority() &&
                      wanted.prefix == options->url.prefix;
    if (same) return std::make_unique<SharedTransport>(shared);
    http::ClientOptions other = *options;
    other.url = wanted;
    return std::make_unique<http::Client>(executor, other);
  };
  vault::Connector connect_once = [executor, options](const http::Url& wanted) -> std::unique_ptr<http::Transport> {
    http::ClientOptions own = *options;
    own.url = wanted;
    own.keep_alive = false;
    return std::make_unique<http::Client>(executor, own);
  };
  auto reload = [settings, options, shared]() -> Result<void> {
    const auto fresh = make_context(settings, options->url.scheme);
    if (!fresh) return fresh.error();
    options->tls = *fresh;
    shared->use_tls(*fresh);
    return {};
  };
  return Connection{*url, std::move(connect), std::move(connect_once), std::move(reload)};
}

Result<SecretString> own_token(const flags::Environment& environment) {
  for (const std::string_view name : {"BAO_TOKEN", "VAULT_TOKEN"}) {
    if (const auto value = environment(name); value && !value->empty()) return SecretString(*value);
  }
  const std::string path = environment("HOME").value_or("") + "/.vault-token";
  auto file = runtime::read_secret_file(path, limits::kTokenFileBytesMax);
  if (!file) {
    return invalid("no token: set VAULT_TOKEN, or log in so that it is in " + path + " (" + file.error().message + ")");
  }
  return SecretString(trim_space(file->expose()));  // expose(): to drop the line feed
}

std::vector<std::string> command_environment(const ConnectionSettings& settings) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    // The agent's configuration is no business of commands, and big.
    if (!text.starts_with("VAULT_CONFIG=")) out.emplace_back(text);
  }
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    std::erase_if(out, [&](const std::string& entry) { return entry.starts_with(std::string(name) + "="); });
    out.push_back(std::string(name) + "=" + value);
  };
  add("VAULT_ADDR", settings.address);
  // compat: also for plain http, spec/agent.md 9.7
  if (settings.tls_skip_verify || settings.address.starts_with("http://")) add("VAULT_SKIP_VERIFY", "true");
  add("VAULT_CACERT", settings.ca_cert);
  add("VAULT_CAPATH", settings.ca_path);
  add("VAULT_CLIENT_CERT", settings.client_cert);
  add("VAULT_CLIENT_KEY", settings.client_key);
  add("VAULT_TLS_SERVER_NAME", settings.tls_server_name);
  return out;
}

}  // namespace leasehold::agent

#include "connection.h"

#include <unistd.h>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/files.h"
#include "leasehold/runtime/rate.h"

namespace leasehold::agent {
namespace {

/// VAULT_RATE_LIMIT: requests wait for their turn.
class RateGate {
 public:
  explicit RateGate(runtime::Rate rate) : bucket_(rate) {}
  /// False: cancelled while waiting.
  net::awaitable<bool> pass() {
    const auto wait = bucket_.take(clock_.now());
    if (wait.count() == 0) co_return true;
    co_return co_await clock_.sleep_for(wait);
  }

 private:
  runtime::RealClock clock_;
  runtime::Bucket bucket_;
};

/// Several clients, one pool of connections.
class SharedTransport final : public http::Transport {
 public:
  SharedTransport(std::shared_ptr<http::Client> client, std::shared_ptr<RateGate> rate)
      : client_(std::move(client)), rate_(std::move(rate)) {}
  net::awaitable<Result<http::Response>> send(http::Request request, std::chrono::nanoseconds deadline) override {
    if (rate_ && !co_await rate_->pass()) co_return cancelled("waiting for VAULT_RATE_LIMIT: cancelled");
    co_return co_await client_->send(std::move(request), deadline);
  }

 private:
  std::shared_ptr<http::Client> client_;
  std::shared_ptr<RateGate> rate_;
};

/// For an address without a scheme: each request fails and says so.
class NoTransport final : public http::Transport {
 public:
  explicit NoTransport(Error error) : error_(std::move(error)) {}
  net::awaitable<Result<http::Response>> send(http::Request /*request*/, std::chrono::nanoseconds /*deadline*/) override {
    co_return error_;
  }

 private:
  Error error_;
};

/// compat: Go reads such an address as a path and notices nothing before the first request
bool is_only_a_path(const std::string& address) { return address.find(':') == std::string::npos; }

Connection no_connection(const std::string& address, const Error& error) {
  http::Url url;
  url.host = address;
  vault::Connector connect = [error](const http::Url& /*wanted*/) -> std::unique_ptr<http::Transport> {
    return std::make_unique<NoTransport>(error);
  };
  return {url, connect, connect, [] { return Result<void>(); }};
}

Result<std::shared_ptr<tls::Context>> make_tls(const ConnectionSettings& settings) {
  tls::ClientOptions trust;
  trust.ca_file = settings.ca_cert;
  trust.ca_directory = settings.ca_path;
  trust.ca_pem = settings.ca_pem;
  trust.certificate_file = settings.client_cert;
  trust.key_file = settings.client_key;
  trust.skip_verify = settings.tls_skip_verify;
  if (settings.client_cert.empty() && settings.client_key.empty()) {
    trust.certificate_pem = settings.client_pem;
    trust.key_pem = settings.client_key_pem;
  }
  auto context = tls::make_client_context(trust);
  if (!context) return invalid("failed to setup TLS config: " + context.error().message);
  return context;
}

/// Null when the address needs none.
Result<std::shared_ptr<tls::Context>> make_context(const ConnectionSettings& settings, const std::string& scheme) {
  // compat: CA files are read even for plain http, so that a wrong path is told at once
  const bool names_authorities = !settings.ca_cert.empty() || !settings.ca_path.empty() || !settings.ca_pem.empty();
  if (scheme != "https" && !names_authorities) return std::shared_ptr<tls::Context>();
  return make_tls(settings);
}

Result<void> check_client_certificate(const ConnectionSettings& settings) {
  const bool files = settings.client_cert.empty() == settings.client_key.empty();
  const bool texts = settings.client_pem.empty() == (settings.client_key_pem == nullptr);
  if (files && texts) return {};
  return invalid("failed to setup TLS config: both client cert and client key must be provided");
}

bool is_same_origin(const http::Url& a, const http::Url& b) {
  return a.scheme == b.scheme && a.authority() == b.authority() && a.prefix == b.prefix;
}

/// What all transports of one Connection have in common.
struct Origin {
  net::any_io_executor executor;
  ConnectionSettings settings;
  http::ClientOptions options;
  std::shared_ptr<RateGate> rate;  ///< null = no limit

  std::unique_ptr<http::Transport> open(const http::Url& wanted, bool keep_alive) {
    http::ClientOptions other = options;
    other.url = wanted;
    other.keep_alive = keep_alive;
    // A redirect from http to https: the trust was not needed before.
    if (wanted.scheme == "https" && !other.tls) {
      if (auto trust = make_tls(settings)) other.tls = *std::move(trust);
    }
    return limited(std::make_shared<http::Client>(executor, std::move(other)));
  }
  [[nodiscard]] std::unique_ptr<http::Transport> limited(std::shared_ptr<http::Client> client) const {
    return std::make_unique<SharedTransport>(std::move(client), rate);
  }
};

}  // namespace

Result<Connection> open_connection(net::any_io_executor executor, const ConnectionSettings& settings) {
  const auto url = http::parse_url(settings.address);
  if (!url && is_only_a_path(settings.address)) {
    return no_connection(settings.address, invalid(url.error().message + "; write https:// or http:// in front of the address"));
  }
  if (!url) return invalid("failed to create client: " + url.error().message);
  if (auto right = check_client_certificate(settings); !right) return right.error();
  const auto context = make_context(settings, url->scheme);
  if (!context) return context.error();
  const auto origin = std::make_shared<Origin>();
  origin->executor = executor;
  origin->settings = settings;
  origin->options.url = *url;
  origin->options.tls = *context;
  origin->options.server_name = settings.tls_server_name;
  origin->options.skip_verify = settings.tls_skip_verify;
  origin->options.look_up_srv = settings.look_up_srv;
  origin->options.proxies = std::make_shared<const http::ProxyRules>(settings.proxies);
  if (settings.rate) origin->rate = std::make_shared<RateGate>(*settings.rate);
  const auto shared = std::make_shared<http::Client>(executor, origin->options);
  vault::Connector connect = [origin, shared](const http::Url& wanted) {
    return is_same_origin(wanted, origin->options.url) ? origin->limited(shared) : origin->open(wanted, true);
  };
  vault::Connector connect_once = [origin](const http::Url& wanted) { return origin->open(wanted, false); };
  auto reload = [origin, shared]() -> Result<void> {
    const auto fresh = make_context(origin->settings, origin->options.url.scheme);
    if (!fresh) return fresh.error();
    origin->options.tls = *fresh;
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

#include "server.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <vector>

#include <boost/asio/post.hpp>
#include <sys/stat.h>

#include "auto_tls.h"
#include "leasehold/base/text.h"
#include "leasehold/kube/client.h"
#include "leasehold/runtime/signals.h"
#include "leasehold/runtime/threads.h"
#include "shard.h"

namespace leasehold::injector {
namespace {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Result<Address> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos)
    return invalid("listen tcp: address " + text + ": missing port in address");
  Address address{text.substr(0, colon), 0};
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (address.host.find(':') != std::string::npos) {
    return invalid("listen tcp: address " + text + ": too many colons in address");
  }
  const std::string port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    return invalid("listen tcp: lookup tcp/" + port + ": unknown port");
  }
  return address;
}

tls::ServerOptions tls_options(const Settings& settings) {
  tls::ServerOptions options;
  options.certificate_file = settings.tls_cert_file;
  options.key_file = settings.tls_key_file;
  options.minimum_version = settings.tls_min_version;
  if (!settings.tls_cipher_suites.empty()) {
    for (const std::string& name : split(settings.tls_cipher_suites, ',')) {
      options.cipher_suites.emplace_back(trim_space(name));
    }
  }
  return options;
}

Error start_error(const Settings& settings, const std::string& text) {
  if (text.starts_with("invalid or unsupported TLS version"))
    return invalid("Failed to configure TLS: " + text);
  if (text.starts_with("unsupported cipher")) {
    return invalid("Failed to configure TLS: failed to parse TLS cipher suites list " +
                   go_quote(settings.tls_cipher_suites) + ": " + text);
  }
  return invalid("Error listening: " + text);
}

Result<std::shared_ptr<tls::Context>> load_certificate(const Settings& settings) {
  auto context = tls::make_server_context(tls_options(settings));
  if (context) return context;
  return start_error(settings, context.error().message);
}

/// Before there is a certificate that the API server trusts, probes get an answer under this one.
Result<std::shared_ptr<tls::Context>> make_placeholder(const Settings& settings) {
  const auto made = tls::make_self_signed({"not-ready.invalid"}, 1);
  if (!made) return made.error();
  auto context =
      tls::make_server_context(made->certificate_pem, made->key_pem, tls_options(settings));
  if (context) return context;
  return start_error(settings, context.error().message);
}

/// What changes when a file is written anew or a symbolic link on its way is swapped.
struct FileMark {
  ino_t inode = 0;
  off_t size = -1;
  timespec changed{};

  friend bool operator==(const FileMark& a, const FileMark& b) {
    return a.inode == b.inode && a.size == b.size && a.changed.tv_sec == b.changed.tv_sec &&
           a.changed.tv_nsec == b.changed.tv_nsec;
  }
};

FileMark mark_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_size, status.st_mtim};
}

}  // namespace

bool needs_api(const Settings& settings) {
  return makes_certificates(settings) || publishes_files(settings);
}

struct WebhookServer::State {
  ServerSetup setup;
  Shards shards;
  runtime::RealClock clock;
  /// Children of the first shard's loop besides its server: signals, certificates, shutdown.
  std::unique_ptr<runtime::TaskGroup> tasks;
  std::unique_ptr<runtime::TaskGroup> shutdown;
  bool ending = false;
  FileMark certificate_mark;
  FileMark key_mark;
  std::unique_ptr<kube::Client> api;
  std::unique_ptr<AutoTls> auto_tls;

  /// Runs work on every shard's own loop.
  template <class Work>
  void on_each(Work work) {
    for (const auto& shard : shards) {
      net::post(shard->loop(), [target = shard.get(), work] { work(*target); });
    }
  }

  void begin_end();
  net::awaitable<void> end();
  net::awaitable<void> watch_signals();
  net::awaitable<void> watch_certificate();
  Result<void> connect_api();
  void use(const TlsState& tls);
};

/// What AutoTls decided, on the first shard's loop.
void WebhookServer::State::use(const TlsState& tls) {
  if (!tls.certificate_pem.empty()) {
    const auto context = tls::make_server_context(tls.certificate_pem, *tls.key_pem,
                                                  tls_options(*setup.settings));
    if (context) {
      on_each([fresh = *context](Shard& shard) { shard.use_certificate(fresh); });
    } else {
      setup.log.error("cannot use the certificate", {{"error", context.error().message}});
    }
  }
  on_each([ready = tls.ready, reason = tls.reason](Shard& shard) { shard.set_ready(ready, reason); });
}

Result<void> WebhookServer::State::connect_api() {
  if (!needs_api(*setup.settings)) return {};
  LH_ASSERT(setup.api.has_value());
  const auto executor = shards.front()->loop().get_executor();
  auto client = kube::connect(*setup.api, setup.user_agent, executor, clock);
  if (!client) return invalid("Error loading in-cluster K8S config: " + client.error().message);
  api = *std::move(client);
  AutoTlsSetup keeper;
  keeper.settings = setup.settings;
  keeper.lock_name_space =
      setup.api->name_space.empty() ? setup.settings->name_space : setup.api->name_space;
  keeper.log = setup.log;
  keeper.apply = [this](const TlsState& tls) { use(tls); };
  auto_tls = std::make_unique<AutoTls>(std::move(keeper), *api, clock, runtime::make_dice(), executor);
  return {};
}

/// On the first shard's loop. The second call skips the delay.
void WebhookServer::State::begin_end() {
  if (ending) return shutdown->cancel();
  ending = true;
  shutdown->spawn("shutdown", end());
}

net::awaitable<void> WebhookServer::State::end() {
  const auto delay = setup.settings->shutdown_delay;
  setup.log.info(
      "shutting down: not ready from now on, still serving",
      {{"delay_ms", std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()}});
  on_each([](Shard& shard) { shard.announce_end(); });
  co_await clock.sleep_for(delay);
  const auto grace = setup.grace;
  on_each([grace](Shard& shard) { shard.stop(grace); });
  tasks->cancel();
  if (!auto_tls) co_return;
  co_await tasks->join();
  co_await runtime::race_deadline(grace, auto_tls->release());
}

net::awaitable<void> WebhookServer::State::watch_signals() {
  runtime::Signals signals(shards.front()->loop().get_executor(), {SIGTERM, SIGINT});
  for (int number = co_await signals.next(); number != 0; number = co_await signals.next()) {
    setup.log.info("Caught signal, shutting down",
                   {{"signal", number == SIGINT ? "interrupt" : "terminated"}});
    begin_end();
  }
}

net::awaitable<void> WebhookServer::State::watch_certificate() {
  const Settings& settings = *setup.settings;
  while (co_await clock.sleep_for(setup.certificate_poll)) {
    const FileMark certificate = mark_of(settings.tls_cert_file);
    const FileMark key = mark_of(settings.tls_key_file);
    if (certificate == certificate_mark && key == key_mark) continue;
    const auto context = load_certificate(settings);
    if (!context) {
      // The pair may be half written: the old one stays, and the next look tries again.
      setup.log.warn("error loading next cert", {{"error", context.error().message}});
      continue;
    }
    certificate_mark = certificate;
    key_mark = key;
    setup.log.info("Updated certificate bundle received. Updating certs...");
    on_each([fresh = *context](Shard& shard) { shard.use_certificate(fresh); });
  }
}

WebhookServer::WebhookServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebhookServer::~WebhookServer() = default;

Result<std::unique_ptr<WebhookServer>> WebhookServer::create(ServerSetup setup) {
  const Settings& settings = *setup.settings;
  const FileMark certificate_mark = mark_of(settings.tls_cert_file);
  const FileMark key_mark = mark_of(settings.tls_key_file);
  const auto certificate =
      makes_certificates(settings) ? make_placeholder(settings) : load_certificate(settings);
  if (!certificate) return certificate.error();
  const auto address = parse_listen(settings.listen);
  if (!address) return invalid("Error listening: " + address.error().message);

  auto state = std::make_unique<State>();
  state->setup = std::move(setup);
  state->certificate_mark = certificate_mark;
  state->key_mark = key_mark;
  Shard::Setup shard_setup{state->setup.settings, *certificate, state->setup.log, &state->shards,
                           false, !needs_api(settings)};
  std::uint16_t port = address->port;
  if (state->setup.threads > 1) {
    // With SO_REUSEPORT a second server on the port would go unnoticed: look first without it.
    Shard probe(shard_setup, address->host, port);
    if (auto done = probe.listen(); !done)
      return invalid("Error listening: " + done.error().message);
    shard_setup.reuse_port = true;
  }
  for (unsigned i = 0; i < state->setup.threads; ++i) {
    auto shard = std::make_unique<Shard>(shard_setup, address->host, port);
    if (auto done = shard->listen(); !done)
      return invalid("Error listening: " + done.error().message);
    port = shard->port();
    state->shards.push_back(std::move(shard));
  }
  const auto executor = state->shards.front()->loop().get_executor();
  state->tasks = std::make_unique<runtime::TaskGroup>(executor);
  state->shutdown = std::make_unique<runtime::TaskGroup>(executor);
  if (auto done = state->connect_api(); !done) return done.error();
  return std::unique_ptr<WebhookServer>(new WebhookServer(std::move(state)));
}

std::uint16_t WebhookServer::port() const {
  return state_->shards.front()->port();
}

void WebhookServer::run() {
  if (state_->setup.handle_signals) state_->tasks->spawn("signals", state_->watch_signals());
  if (!makes_certificates(*state_->setup.settings)) {
    state_->tasks->spawn("certificate", state_->watch_certificate());
  }
  if (state_->auto_tls) state_->auto_tls->start(*state_->tasks);
  runtime::run_threads(static_cast<unsigned>(state_->shards.size()),
                       [this](unsigned index) { state_->shards[index]->run(); });
}

void WebhookServer::stop() {
  net::post(state_->shards.front()->loop(), [this] { state_->begin_end(); });
}

}  // namespace leasehold::injector

#include "auto_tls.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/kube/elector.h"
#include "leasehold/kube/watch.h"
#include "leasehold/runtime/condition.h"
#include "leasehold/runtime/files.h"
#include "tls_objects.h"

namespace leasehold::injector {
namespace {

using nlohmann::json;

/// compat: the bundle is looked at as often, whatever watches say.
constexpr std::chrono::hours kCheckInterval{1};
constexpr std::chrono::milliseconds kFirstRetry{500};
constexpr std::chrono::seconds kLongestRetry{60};
constexpr double kRetryGrowth = 1.5;

/// What the API server has of our webhook configuration.
struct Published {
  std::optional<std::string> bundle;  ///< nullopt: there is no such configuration
  bool by_cert_manager = false;
};

LeafWish wish_of(const Settings& settings) {
  return {.hosts = split(settings.tls_auto_hosts, ','),
          .life = std::chrono::duration_cast<std::chrono::seconds>(settings.tls_auto_leaf_life)};
}

std::shared_ptr<const SecretString> shared(SecretString key) {
  return std::make_shared<const SecretString>(std::move(key));
}

}  // namespace

bool makes_certificates(const Settings& settings) {
  return settings.tls_cert_file.empty() && settings.tls_key_file.empty();
}

bool publishes_files(const Settings& settings) {
  return !makes_certificates(settings) && !settings.tls_auto.empty() &&
         !settings.tls_ca_cert_file.empty();
}

struct AutoTls::State {
  AutoTlsSetup setup;
  kube::Client& client;
  runtime::Clock& clock;
  runtime::Dice dice;
  runtime::Condition changed;
  bool dirty = true;
  LeafWish wish;
  std::unique_ptr<kube::Elector> elector;
  std::unique_ptr<kube::Mirror> webhooks;
  std::unique_ptr<kube::Mirror> secrets;
  Credentials mine;  ///< made here; not necessarily shared or served yet
  std::string served;
  std::string last_problem;
  bool led = false;
  unsigned failures = 0;
  bool is_ready = false;

  [[nodiscard]] const Settings& settings() const { return *setup.settings; }
  [[nodiscard]] bool publishes() const { return !settings().tls_auto.empty(); }
  void touch() {
    dirty = true;
    changed.notify_all();
  }

  void serve(const Credentials& credentials);
  void not_ready(const std::string& reason);
  void ready();
  [[nodiscard]] bool is_still_good() const;

  [[nodiscard]] Published published_by_watch() const;
  net::awaitable<Result<Published>> fetch_published();
  net::awaitable<Result<void>> publish(const std::string& bundle);
  /// Null when there is none.
  net::awaitable<Result<kube::Object>> fetch_secret();
  net::awaitable<Result<void>> store(const json& before, const Credentials& credentials);
  Result<Credentials> renewed(Credentials credentials);
  [[nodiscard]] Error lost_leadership() const { return transient("another replica leads now"); }
  [[nodiscard]] bool may_write() const { return elector == nullptr || elector->is_leader(); }

  net::awaitable<Result<void>> lead();
  net::awaitable<Result<void>> follow();
  net::awaitable<Result<void>> publish_files();
  net::awaitable<Result<void>> reconcile();
  [[nodiscard]] std::chrono::nanoseconds pause_after(const Result<void>& done);
  net::awaitable<void> run();
};

void AutoTls::State::serve(const Credentials& credentials) {
  if (served == credentials.leaf_certificate) return;
  setup.log.named("certwatcher").info("Updated certificate bundle received. Updating certs...");
  served = credentials.leaf_certificate;
  setup.apply({.certificate_pem = served, .key_pem = credentials.leaf_key, .ready = is_ready, .reason = ""});
}

/// An API server that cannot be asked is no reason to stop serving a certificate that it trusts.
bool AutoTls::State::is_still_good() const {
  if (!is_ready) return false;
  if (!makes_certificates(settings())) return true;
  const auto now = clock.wall_now();
  if (publishes() && webhooks->is_filled()) {
    const auto bundle = published_by_watch().bundle.value_or("");
    return tls::why_untrusted(served, bundle, now).empty();
  }
  const auto facts = tls::read_certificate(served);
  return facts && now < facts->not_after;
}

void AutoTls::State::not_ready(const std::string& reason) {
  if (is_still_good()) return;
  is_ready = false;
  setup.apply({.certificate_pem = "", .key_pem = nullptr, .ready = false, .reason = reason});
}

void AutoTls::State::ready() {
  is_ready = true;
  setup.apply({.certificate_pem = "", .key_pem = nullptr, .ready = true, .reason = ""});
}

Published AutoTls::State::published_by_watch() const {
  const auto found = webhooks->objects().find("/" + settings().tls_auto);
  if (found == webhooks->objects().end()) return {};
  return {.bundle = read_ca_bundle(*found->second),
          .by_cert_manager = is_kept_by_cert_manager(*found->second)};
}

net::awaitable<Result<Published>> AutoTls::State::fetch_published() {
  const std::string& name = settings().tls_auto;
  const auto found = co_await client.get(kube::kMutatingWebhooks, "", name);
  if (!found) co_return found.error();
  if (!found->ok()) {
    co_return found->failure("get mutatingwebhookconfigurations " + go_quote(name));
  }
  co_return Published{.bundle = read_ca_bundle(*found->body),
                      .by_cert_manager = is_kept_by_cert_manager(*found->body)};
}

net::awaitable<Result<void>> AutoTls::State::publish(const std::string& bundle) {
  if (!may_write()) co_return lost_leadership();
  const std::string& name = settings().tls_auto;
  const json operations = ca_bundle_patch(bundle);
  const auto done = co_await client.patch(kube::kMutatingWebhooks, "", name, operations);
  if (!done) co_return done.error();
  if (!done->ok()) {
    // compat: operators look for this text (spec/injector.md 6.3).
    co_return Error{done->failure("").kind,
                    "Error updating MutatingWebhookConfiguration" +
                        done->failure("").message};
  }
  setup.log.named("certwatcher").info("caBundle updated", {{"name", name}});
  co_return Result<void>();
}

net::awaitable<Result<kube::Object>> AutoTls::State::fetch_secret() {
  const auto found = co_await client.get(kube::kSecrets, settings().name_space,
                                         std::string(kCertificateSecret));
  if (!found) co_return found.error();
  if (found->ok()) co_return found->body;
  const Error failure = found->failure("get secrets \"" + std::string(kCertificateSecret) + "\"");
  if (failure.kind == ErrorKind::NotFound) co_return kube::Object();
  co_return failure;
}

net::awaitable<Result<void>> AutoTls::State::store(const json& before,
                                                   const Credentials& credentials) {
  if (!may_write()) co_return lost_leadership();
  const json object = write_secret(before, settings().name_space, credentials);
  const auto done = before.is_null()
                        ? co_await client.create(kube::kSecrets, settings().name_space, object)
                        : co_await client.update(kube::kSecrets, settings().name_space, object);
  if (!done) co_return done.error();
  if (!done->ok()) {
    co_return done->failure("write secrets \"" + std::string(kCertificateSecret) + "\"");
  }
  co_return Result<void>();
}

/// The credentials with what is missing made anew.
Result<Credentials> AutoTls::State::renewed(Credentials credentials) {
  const auto now = clock.wall_now();
  if (what_is_missing(credentials, wish, now) == Missing::Authority) {
    auto authority = tls::make_authority(now);
    if (!authority) return authority.error();
    setup.log.named("auto-tls").info("Generated CA");
    credentials.authority_certificate = std::move(authority->certificate_pem);
    credentials.authority_key = shared(std::move(authority->key_pem));
  }
  const tls::KeyPair authority{credentials.authority_certificate, credentials.authority_key->clone()};
  auto leaf = tls::issue_leaf(authority, wish.hosts, now, wish.life);
  if (!leaf) return leaf.error();
  credentials.leaf_certificate = std::move(leaf->certificate_pem);
  credentials.leaf_key = shared(std::move(leaf->key_pem));
  return credentials;
}

/// For the leader and for a replica that is alone.
net::awaitable<Result<void>> AutoTls::State::lead() {
  const bool shares = elector != nullptr;
  json secret;
  Credentials current = mine;
  if (shares) {
    auto found = co_await fetch_secret();
    if (!found) co_return found.error();
    if (*found) secret = **found;
    current = read_secret(secret);
  }
  const auto now = clock.wall_now();
  const bool fresh = what_is_missing(current, wish, now) != Missing::Nothing;
  // What was made in a try before and could not be published or stored is used again.
  if (fresh && what_is_missing(mine, wish, now) != Missing::Nothing) {
    auto made = renewed(current);
    if (!made) co_return made.error();
    mine = *std::move(made);
  }
  if (!fresh) mine = current;
  if (publishes()) {
    const auto found = co_await fetch_published();
    if (!found) co_return found.error();
    if (!found->bundle) co_return not_found("the webhook configuration has no webhook");
    const BundleRule rule{.keep_all = !shares, .served_leaf = current.leaf_certificate, .leaf_life = wish.life, .now = now};
    const std::string bundle = merge_bundle(*found->bundle, mine.authority_certificate, rule);
    if (found->by_cert_manager) {
      co_return invalid("cert-manager keeps the caBundle of " + go_quote(settings().tls_auto) +
                        " (annotation cert-manager.io/inject-...): give the injector its "
                        "certificate files (-tls-cert-file, -tls-key-file) or remove the annotation");
    }
    if (bundle != *found->bundle) {
      if (auto done = co_await publish(bundle); !done) co_return done;
    }
  }
  if (fresh && shares) {
    if (auto done = co_await store(secret, mine); !done) co_return done;
  }
  serve(mine);
  ready();
  co_return Result<void>();
}

net::awaitable<Result<void>> AutoTls::State::follow() {
  const auto found = secrets->objects().find(settings().name_space + "/" + std::string(kCertificateSecret));
  if (found == secrets->objects().end()) {
    co_return transient(secrets->problem().empty() ? "no certificate yet: waiting for the leader to write the Secret " +
                                                         std::string(kCertificateSecret)
                                                   : secrets->problem());
  }
  const Credentials shared_ones = read_secret(*found->second);
  const std::string_view key = shared_ones.leaf_key ? shared_ones.leaf_key->expose() : std::string_view();
  if (const auto fits = tls::check_key_pair(shared_ones.leaf_certificate, key); !fits) {
    co_return transient("Could not load TLS keypair: " + fits.error().message + ". Trying again...");
  }
  if (publishes()) {
    Published published = published_by_watch();
    if (!webhooks->is_filled()) {
      // Without the right to list and watch, the right to get is enough.
      const auto fetched = co_await fetch_published();
      if (!fetched) co_return fetched.error();
      published = *fetched;
    }
    const std::string reason = tls::why_untrusted(shared_ones.leaf_certificate, published.bundle.value_or(""), clock.wall_now());
    if (!reason.empty()) {
      co_return transient("the API server does not trust the certificate of the Secret yet: " + reason);
    }
  }
  mine = shared_ones;
  serve(shared_ones);
  ready();
  co_return Result<void>();
}

net::awaitable<Result<void>> AutoTls::State::publish_files() {
  const auto authority =
      runtime::read_file(settings().tls_ca_cert_file, limits::kConfigFileBytesMax);
  if (!authority) co_return authority.error();
  const auto found = co_await fetch_published();
  if (!found) co_return found.error();
  if (found->by_cert_manager || found->bundle == *authority) {
    ready();
    co_return Result<void>();
  }
  if (!may_write()) co_return transient("waiting for the leader to publish the CA file");
  auto done = co_await publish(*authority);
  if (done) ready();
  co_return done;
}

net::awaitable<Result<void>> AutoTls::State::reconcile() {
  if (publishes_files(settings())) co_return co_await publish_files();
  const bool leads = may_write();
  if (elector != nullptr && leads != led) {
    setup.log.named("auto-tls").info(leads ? "Currently the leader" : "Currently a follower");
  }
  led = leads;
  co_return leads ? co_await lead() : co_await follow();
}

std::chrono::nanoseconds AutoTls::State::pause_after(const Result<void>& done) {
  using std::chrono::nanoseconds;
  if (!done) {
    const std::string& problem = done.error().message;
    if (problem != last_problem) {
      setup.log.named("certwatcher").warn("no certificate that the API server trusts, trying again", {{"error", problem}});
    }
    last_problem = problem;
    not_ready(problem);
    const double grown = static_cast<double>(nanoseconds(kFirstRetry).count()) * std::pow(kRetryGrowth, std::min(failures++, 20U));
    const double bound = std::min(grown, static_cast<double>(nanoseconds(kLongestRetry).count()));
    return nanoseconds(static_cast<std::int64_t>(bound * (0.5 + dice())));
  }
  failures = 0;
  last_problem.clear();
  if (!makes_certificates(settings())) return kCheckInterval;
  const auto until = renewal_of(served) - clock.wall_now();
  return std::clamp<nanoseconds>(until, std::chrono::milliseconds(100), kCheckInterval);
}

net::awaitable<void> AutoTls::State::run() {
  co_await net::this_coro::throw_if_cancelled(false);
  for (;;) {  // ends by cancellation
    dirty = false;
    const auto done = co_await reconcile();
    if (!done && done.error().kind == ErrorKind::Cancelled) co_return;
    const auto pause = pause_after(done);
    if (dirty) continue;  // something changed while the calls were under way
    if (co_await changed.wait_for(clock, pause) == runtime::Wake::Cancelled) co_return;
  }
}

AutoTls::AutoTls(AutoTlsSetup setup, kube::Client& client, runtime::Clock& clock, runtime::Dice dice,
                 net::any_io_executor executor)
    : state_(new State{.setup = std::move(setup),
                       .client = client,
                       .clock = clock,
                       .dice = std::move(dice),
                       .changed = runtime::Condition(std::move(executor)),
                       .wish = {},
                       .elector = nullptr,
                       .webhooks = nullptr,
                       .secrets = nullptr,
                       .mine = {},
                       .served = "",
                       .last_problem = ""}) {
  State& state = *state_;
  const Settings& settings = state.settings();
  state.wish = wish_of(settings);
  if (settings.use_leader_elector) {
    kube::ElectorSetup election;
    election.name_space = state.setup.lock_name_space;
    election.pod = settings.pod_name;
    election.log = state.setup.log.named("operator-lib.leader");
    state.elector = std::make_unique<kube::Elector>(std::move(election), client, clock, state.dice);
    kube::MirrorSetup certificates;
    certificates.resource = kube::kSecrets;
    certificates.name_space = settings.name_space;
    certificates.fields = "metadata.name=" + std::string(kCertificateSecret);
    certificates.log = state.setup.log.named("certwatcher");
    state.secrets = std::make_unique<kube::Mirror>(std::move(certificates), client, clock, state.dice);
  }
  if (state.publishes()) {
    kube::MirrorSetup configurations;
    configurations.resource = kube::kMutatingWebhooks;
    configurations.fields = "metadata.name=" + settings.tls_auto;
    configurations.log = state.setup.log.named("certwatcher");
    state.webhooks = std::make_unique<kube::Mirror>(std::move(configurations), client, clock, state.dice);
  }
}
AutoTls::~AutoTls() = default;

void AutoTls::start(runtime::TaskGroup& tasks) {
  const auto touch = [state = state_.get()] { state->touch(); };
  if (state_->elector) tasks.spawn("leader election", state_->elector->run(touch));
  if (state_->secrets) tasks.spawn("certificate secret", state_->secrets->run(touch));
  if (state_->webhooks) tasks.spawn("webhook configuration", state_->webhooks->run(touch));
  tasks.spawn("certificates", state_->run());
}

net::awaitable<void> AutoTls::release() {
  if (state_->elector) co_await state_->elector->release();
}

}  // namespace leasehold::injector

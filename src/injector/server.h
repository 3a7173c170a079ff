// The webhook server: one event loop a thread, each with its own listener on the shared port, its
// own Reviewer and its own metrics. Nothing but immutable settings and certificates is shared.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "leasehold/base/result.h"
#include "leasehold/kube/config.h"
#include "leasehold/log/log.h"
#include "settings.h"

namespace leasehold::injector {

struct ServerSetup {
  std::shared_ptr<const Settings> settings;
  log::Logger log;
  /// Needed when certificates are generated or published (needs_api()).
  std::optional<kube::Config> api;
  std::string user_agent = "leasehold-injector";
  unsigned threads = 1;
  /// React to SIGTERM and SIGINT.
  bool handle_signals = true;
  /// How often certificate files are looked at.
  std::chrono::milliseconds certificate_poll{2000};
  /// How long requests in work may take after the shutdown delay.
  std::chrono::seconds grace{10};
};

/// Certificates are generated, or the CA of certificate files is published.
bool needs_api(const Settings& settings);

class WebhookServer {
 public:
  /// Reads the certificate and binds the port. Errors (Invalid) are the line for stderr:
  /// `Failed to configure TLS: ...`, `Error listening: ...`.
  static Result<std::unique_ptr<WebhookServer>> create(ServerSetup setup);
  WebhookServer(const WebhookServer&) = delete;
  WebhookServer& operator=(const WebhookServer&) = delete;
  ~WebhookServer();

  [[nodiscard]] std::uint16_t port() const;
  /// Serves until a signal or stop(), and drains. Blocks; starts the other threads.
  void run();
  /// Begins the shutdown as SIGTERM does; a second call skips the shutdown delay. Any thread.
  void stop();

 private:
  struct State;
  explicit WebhookServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::injector

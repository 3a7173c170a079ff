// Keeps the webhook's certificate and the caBundle that the API server checks it with: makes leaf
// and authority, shares them with other replicas, publishes and repairs the bundle, renews. Order:
// the bundle first, then the Secret, then the sockets, so that no replica ever serves a leaf that
// the API server does not trust. Truth: spec/injector.md 6.3, 6.4.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "certificate_plan.h"
#include "leasehold/kube/client.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/task_group.h"
#include "settings.h"

namespace leasehold::injector {

namespace net = boost::asio;

/// What connections should get from now on.
struct TlsState {
  std::string certificate_pem;  ///< "" = nothing yet
  std::shared_ptr<const SecretString> key_pem;
  bool ready = false;
  std::string reason;  ///< why not ready
};

struct AutoTlsSetup {
  std::shared_ptr<const Settings> settings;
  std::string lock_name_space;  ///< of the leader's locks and of this pod
  log::Logger log;
  std::function<void(const TlsState&)> apply;
};

/// Single-threaded. client, clock and the group given to start() outlive it.
class AutoTls {
 public:
  AutoTls(AutoTlsSetup setup, kube::Client& client, runtime::Clock& clock, runtime::Dice dice,
          net::any_io_executor executor);
  AutoTls(const AutoTls&) = delete;
  AutoTls& operator=(const AutoTls&) = delete;
  ~AutoTls();

  /// Starts all that it does as children of the group.
  void start(runtime::TaskGroup& tasks);
  /// Lets another replica lead. Call when the children have ended.
  net::awaitable<void> release();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Certificate files are given and their CA is to be published as the caBundle.
bool publishes_files(const Settings& settings);
/// There are no certificate files.
bool makes_certificates(const Settings& settings);

}  // namespace leasehold::injector

// Writes the Event of pod_event.h through the Kubernetes API, as far as RBAC allows: one refusal, and it is
// silent for good. Nothing of the agent waits for it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/flags/flags.h"
#include "leasehold/http/client.h"
#include "leasehold/kube/config.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/condition.h"
#include "pod_event.h"

namespace leasehold::agent {

namespace net = boost::asio;

class PodEvents {
 public:
  struct Setup {
    bool on = true;
    net::any_io_executor executor;
    runtime::Clock& clock;
    flags::Environment environment;
    std::string folder = std::string(kube::kServiceAccountFolder);
    log::Logger log;
  };
  explicit PodEvents(Setup setup);

  /// A diagnosis was made, perhaps the same as before. Costs nothing.
  void tell(const std::string& line);
  /// What was wrong is right again.
  void settle();
  /// Writes what was told, until it is refused or cancelled.
  net::awaitable<void> run();
  /// Before a failed agent ends: what run() had no time for. At most for the given time.
  net::awaitable<void> run_out(std::chrono::nanoseconds most);

 private:
  /// True: go on.
  net::awaitable<bool> write();
  net::awaitable<Result<bool>> write_last();
  [[nodiscard]] net::awaitable<Result<http::Response>> send(const kube::Config& to, const SecretString& token,
                                                            std::string method, std::string target, std::string body);
  /// False: there is nothing to write to.
  bool give_up(std::string_view why);

  Setup setup_;
  runtime::Condition changed_;
  EventPace pace_;
  bool silent_;
  bool exists_ = false;  ///< it was made or found
};

}  // namespace leasehold::agent

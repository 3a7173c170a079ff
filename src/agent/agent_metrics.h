// Counters of a running agent for Prometheus: the replaced software's names, and beside them ours in base
// units. What changes with time alone (seconds to expiry) is computed when it is asked for; see report.h.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/metrics/registry.h"
#include "metric_names.h"

namespace leasehold::agent {

class AgentMetrics {
 public:
  explicit AgentMetrics(MetricNames names = MetricNames());

  void logged_in();
  /// A renewal of the token counts as a login's success, as with the replaced software.
  void token_renewed() { logged_in(); }
  void login_failed(ErrorKind kind);
  void read(std::string_view secret);
  void read_failed(ErrorKind kind);
  void renewed(std::string_view secret);
  void renewal_failed(ErrorKind kind);
  void wrote(std::string_view path);
  void render_failed(ErrorKind kind);
  void rendered(std::chrono::nanoseconds duration);
  void lease_gone();

  [[nodiscard]] const metrics::Registry& registry() const { return registry_; }
  [[nodiscard]] const MetricNames& names() const { return names_; }

 private:
  void failed(std::string_view operation, ErrorKind kind);
  void declare_peers(const std::string& name, std::string help);
  void count_peers(const std::string& name);

  MetricNames names_;
  std::string auth_success_;  ///< "": hidden
  std::string auth_failure_;
  metrics::Registry registry_;
};

}  // namespace leasehold::agent

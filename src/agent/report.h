// What a running agent says of itself to probes, to `ready` and to Prometheus. Pure: from a status to
// texts.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent_metrics.h"

namespace leasehold::agent {

struct SecretStatus {
  std::string name;
  bool here = false;                  ///< read at least once
  std::chrono::nanoseconds age{0};    ///< since it was read
  std::chrono::nanoseconds proof{0};  ///< since the last read or renewal
  /// Of its lease; negative when it has ended.
  std::optional<std::chrono::nanoseconds> ends_in = std::nullopt;
};

struct AgentStatus {
  bool authenticated = false;  ///< a token that nobody found dead
  bool all_rendered = false;
  std::string diagnosis;  ///< why it does not get on, "" = nothing known
  std::vector<SecretStatus> secrets;
};

enum class Probe {
  Startup,  ///< every template has been rendered once
  Ready,    ///< and no lease of a rendered secret has ended
  Live,     ///< the loop turns: that it answers is the answer
};

struct ProbeAnswer {
  bool good = false;
  std::string text;  ///< first line `ready` or why not, then a line each secret
};
ProbeAnswer judge(Probe probe, const AgentStatus& status);

/// The counters and, computed now, the gauges. wall_seconds: since 1970.
std::string metrics_text(const AgentMetrics& counters, const AgentStatus& status, double wall_seconds);

}  // namespace leasehold::agent

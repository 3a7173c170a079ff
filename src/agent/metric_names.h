// The names of the replaced software's metrics, as the telemetry block wants them (spec/agent.md 14).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config.h"
#include "leasehold/metrics/registry.h"

namespace leasehold::agent {

class MetricNames {
 public:
  /// Without a telemetry block: prefix `vault`, no host name.
  /// host: of this machine, which a block puts into the names of gauges unless it says disable_hostname.
  explicit MetricNames(const std::optional<TelemetryConfig>& telemetry = std::nullopt, std::string host = {});

  /// name: `agent.auth.success`. "": a filter hides it.
  [[nodiscard]] std::string counter(std::string_view name) const;
  [[nodiscard]] std::string gauge(std::string_view name) const;
  /// enable_hostname_label.
  [[nodiscard]] metrics::Labels labels() const;

 private:
  [[nodiscard]] std::string written(const std::string& name) const;
  [[nodiscard]] bool is_shown(std::string_view name) const;

  TelemetryConfig telemetry_;
  std::string host_;
};

}  // namespace leasehold::agent

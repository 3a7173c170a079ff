#include "metric_names.h"

#include <algorithm>
#include <utility>

namespace leasehold::agent {

MetricNames::MetricNames(const std::optional<TelemetryConfig>& telemetry, std::string host)
    : telemetry_(telemetry.value_or(TelemetryConfig{})), host_(telemetry ? std::move(host) : std::string()) {}

// compat: the longest rule that is a prefix of the whole name decides
bool MetricNames::is_shown(std::string_view name) const {
  bool shown = telemetry_.filter_default;
  std::size_t longest = 0;
  for (const std::string& rule : telemetry_.prefix_filter) {
    const std::string_view prefix = std::string_view(rule).substr(1);
    if (!name.starts_with(prefix) || prefix.size() < longest) continue;
    longest = prefix.size();
    shown = rule[0] == '+';
  }
  return shown;
}

std::string MetricNames::written(const std::string& name) const {
  if (!is_shown(name)) return "";
  std::string text = name;
  constexpr std::string_view kForbidden = " .=-/";
  std::replace_if(text.begin(), text.end(), [&](char c) { return kForbidden.find(c) != std::string_view::npos; }, '_');
  return text;
}

std::string MetricNames::counter(std::string_view name) const {
  return written(telemetry_.metrics_prefix + "." + std::string(name));
}

std::string MetricNames::gauge(std::string_view name) const {
  const bool with_host = !host_.empty() && !telemetry_.disable_hostname && !telemetry_.enable_hostname_label;
  return written(telemetry_.metrics_prefix + "." + (with_host ? host_ + "." : "") + std::string(name));
}

metrics::Labels MetricNames::labels() const {
  if (!telemetry_.enable_hostname_label || host_.empty()) return {};
  return {{"host", host_}};
}

}  // namespace leasehold::agent

// agent-telemetry-* annotations -> the telemetry stanza (spec/injector.md 15.5).
#pragma once

#include <optional>
#include <string>

#include "secrets.h"

namespace leasehold::injector {

struct TelemetryStanza {
  std::optional<std::string> json;  ///< an object; absent when there are none, or when one is wrong
  bool dropped = false;
};

/// compat: one value of the wrong type drops them all (Q23),
/// golden/injector/telemetry-wrong-type-drops-all.json
TelemetryStanza read_telemetry(const Parameters& parameters);

}  // namespace leasehold::injector

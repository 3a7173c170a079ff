// Where the agent logs, and how: flag, then environment, then configuration (spec/agent.md 1.1, 1.5).
#pragma once

#include <string>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/flags/flags.h"
#include "leasehold/log/log.h"

namespace leasehold::agent {

struct LogSettings {
  log::SinkOptions sink;
  std::string level_text;    ///< as it was given, for the banner
  bool level_fixed = false;  ///< by flag or environment: a reload leaves it
};

/// Opens the log file, if there is one. Errors (Invalid) in the peer's words: `unknown log level: loud`,
/// `unknown log format: xml`, `directory contains glob character`.
Result<LogSettings> resolve_logs(const flags::Parsed& given, const flags::Environment& environment,
                                 const AgentConfig& config);

}  // namespace leasehold::agent

// What every part of a running agent works with. The owner (Agent) outlives all of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"
#include "leasehold/vault/client.h"

namespace leasehold::agent {

class ServerGate;

struct Context {
  const AgentConfig& config;
  vault::Client& login_client;     ///< User-Agent of auto-auth
  vault::Client& template_client;  ///< User-Agent of templates
  runtime::Clock& clock;
  runtime::Dice& dice;
  log::Logger log;  ///< named "agent"
  /// For the template functions env and spew_dump.
  std::function<std::optional<std::string>(std::string_view)> environment;
  std::function<void(std::string_view)> standard_output;
  const ServerGate* gate = nullptr;  ///< null in tools that ask once
};

}  // namespace leasehold::agent

// Any bytes as the agent's configuration: read, check, validate. Errors and warnings are single
// texts without NULs; nothing may crash or hang.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config.h"

namespace agent = leasehold::agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto loaded = agent::parse_config("agent.hcl", text);
  if (!loaded) {
    if (loaded.error().message.empty()) std::abort();
    return 0;
  }
  (void)agent::validate_config(loaded->config);
  (void)agent::check_log_settings(loaded->config);
  if (loaded->config.auto_auth) (void)agent::check_method(loaded->config.auto_auth->method);
  for (const agent::ConfigWarning& warning : loaded->warnings) {
    if (!warning.message.starts_with("agent.hcl")) std::abort();  // every warning says where
  }
  return 0;
}

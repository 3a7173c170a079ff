// From options to a running server and back: listeners, first token, setup file, shutdown.
#pragma once

#include "leasehold/base/result.h"
#include "options.h"

namespace leasehold::devvault {

/// Serves until SIGINT or SIGTERM. Error: why it could not start.
Result<void> run_program(const Options& options);

}  // namespace leasehold::devvault

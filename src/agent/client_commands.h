// The commands of the replaced program that people and scripts call in pods: status, read, kv get, token
// lookup, token renew, token revoke, version. Words, columns and exit statuses are that program's; only the
// common options are here (docs/agent-commands.md).
#pragma once

#include <span>
#include <string>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// Exit status: 0 unsealed, 2 sealed, 1 no answer or wrong usage.
int run_status_command(std::span<const std::string> arguments, const flags::Environment& environment);
/// `read PATH [K=V...]`. Exit status: 0, 1 wrong usage, 2 the server.
int run_read_command(std::span<const std::string> arguments, const flags::Environment& environment);
/// `kv get`. Statuses as read.
int run_kv_command(std::span<const std::string> arguments, const flags::Environment& environment);
/// `token lookup|renew|revoke`. Statuses as read.
int run_token_command(std::span<const std::string> arguments, const flags::Environment& environment);
/// `version`: the program and its version.
int run_version_command(std::span<const std::string> arguments, const flags::Environment& environment);

}  // namespace leasehold::agent

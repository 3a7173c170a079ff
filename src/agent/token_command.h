// `token revoke -self`: what the injector's preStop hook calls.
#pragma once

#include <span>
#include <string>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// arguments: after the word `token`. Exit status 0 done, 1 usage, 2 the server or the connection.
int run_token_command(std::span<const std::string> arguments, const flags::Environment& environment);

}  // namespace leasehold::agent

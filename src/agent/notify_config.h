// What a notify block may say. Apart from notify.h, since reading a configuration needs no network.
#pragma once

#include <string>
#include <string_view>

#include "config.h"
#include "leasehold/base/result.h"

namespace leasehold::agent {

/// The number of SIGHUP and the like; 0 when it cannot be sent.
int signal_number(std::string_view name);

/// Error (Invalid): what is missing or too much.
Result<void> check_notify(const NotifyConfig& notify);

/// What it does, for the log: `SIGHUP to nginx`.
std::string describe(const NotifyConfig& notify);

}  // namespace leasehold::agent

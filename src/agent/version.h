#pragma once

#include <string_view>

namespace leasehold::agent {

inline constexpr std::string_view kVersion = LEASEHOLD_VERSION;

}  // namespace leasehold::agent

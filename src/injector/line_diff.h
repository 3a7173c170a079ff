// Unified differences of two texts, as diff -u writes them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace leasehold::injector {

/// "" when they are equal. name stands in the two header lines.
std::string unified_diff(std::string_view name, std::string_view before, std::string_view after);

}  // namespace leasehold::injector

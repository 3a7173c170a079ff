// Kubernetes resource quantities: "0.5" -> "500m", "1024Mi" -> "1Gi", "1500m" stays.
// Text to canonical text, with the texts of apimachinery on error (spec/injector.md 17,
// golden/injector/tables/quantity.json).
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::injector {

/// Errors (Invalid): `quantities must match the regular expression '...'`,
/// `unable to parse quantity's suffix`, `unable to parse numeric part of quantity`.
/// Texts of more than 1000 bytes are refused: nobody writes them, and they cost quadratic time.
Result<std::string> canonical_quantity(std::string_view text);

}  // namespace leasehold::injector

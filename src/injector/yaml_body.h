// Reviews in YAML, which the replaced program's decoder understands by accident (Q8).
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::injector {

/// One YAML 1.1 document as JSON text. Plain scalars become null, booleans and numbers as in Go's
/// yaml package. Anchors and aliases are refused: a few bytes could stand for gigabytes.
Result<std::string> yaml_to_json(std::string_view text);

}  // namespace leasehold::injector

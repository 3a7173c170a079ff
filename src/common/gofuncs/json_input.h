// JSON text to values, with the error texts of Go's encoding/json (spec 13.2).
#pragma once

#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

enum class JsonNumbers {
  AsFloat,  ///< parseJSON: float64
  AsText,   ///< secrets: json.Number
};

/// Objects become map[string]interface {}, arrays []interface {}, null no value.
Result<gotemplate::Value> parse_json(std::string_view text, JsonNumbers numbers);

}  // namespace leasehold::gofuncs

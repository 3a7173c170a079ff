// Values as JSON text, as Go's encoding/json writes them (spec 13.1).
#pragma once

#include <string>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

struct JsonStyle {
  bool pretty = false;       ///< indented by two spaces
  bool escape_html = true;  ///< < > & as \u003c …
};

/// Error: `json: unsupported type: T`, `json: unsupported value: +Inf`.
Result<std::string> to_json(const gotemplate::Value& value, JsonStyle style);

/// Float64 in JSON's form: 1e+21, 1e-7, 12345678.
std::string json_number(double value);

}  // namespace leasehold::gofuncs

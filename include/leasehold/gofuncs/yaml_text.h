// YAML text to values and back, as Go's yaml.v2 does (spec 13.3 and 13.4), over libyaml.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

/// The first document; no value when there is none. Error: `yaml: line 1: …`.
Result<gotemplate::Value> parse_yaml(std::string_view text);
/// Error: `cannot marshal type: T`.
Result<std::string> to_yaml(const gotemplate::Value& value);

}  // namespace leasehold::gofuncs

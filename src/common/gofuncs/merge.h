// Deep merges of maps (spec 11.5).
#pragma once

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

/// What Go's mergo takes for empty: nil, "", 0, false, empty lists and maps.
bool is_empty(const gotemplate::Value& value);
/// Merges source into target, in place. Error: a value would contain itself.
Result<void> merge_maps(const gotemplate::Value& target, const gotemplate::Value& source, bool override_values);

}  // namespace leasehold::gofuncs

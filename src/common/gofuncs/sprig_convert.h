// Sprig's lenient conversions (spec 12.2 and 12.1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

/// toInt64: anything that is no number is 0.
std::int64_t lenient_int(const gotemplate::Value& value);
double lenient_float(const gotemplate::Value& value);
/// toStrings: the texts of a list without its nils; a scalar is a list of one.
std::vector<std::string> lenient_strings(const gotemplate::Value& value);
/// reflect's name of the kind: slice, map, ptr, invalid, …
std::string kind_name(const gotemplate::Value& value);

}  // namespace leasehold::gofuncs

// go-spew's forms of values, for debugging templates (spec 11.2).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

/// One value with types, lengths and indentation, and a newline.
std::string spew_dump(const gotemplate::Value& value);
/// printf where %#v shows types.
std::string spew_format(std::string_view pattern, std::span<const gotemplate::Value> values);

}  // namespace leasehold::gofuncs

// Any JSON answer of a server as a value, and back as the JSON that people read: for the commands that
// show what a server said.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::agent {

/// Numbers keep their spelling (json.Number). Error (Invalid): where the text is no JSON, never what.
Result<gotemplate::Value> parse_json_value(std::string_view text);

/// Go's json.MarshalIndent with two blanks: keys sorted, `{}` and `[]` for empty ones; no line feed at
/// the end.
std::string pretty_json(const gotemplate::Value& value);
/// The same, for a value that stands on a line which is indented so many steps.
void append_pretty_json(std::string& out, const gotemplate::Value& value, int steps);

/// The member of an object, or null for other values and absent or null members.
const gotemplate::Value* member_of(const gotemplate::Value& object, std::string_view name);

}  // namespace leasehold::agent

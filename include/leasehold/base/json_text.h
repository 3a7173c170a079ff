// JSON strings as Go's encoding/json writes them: <, >, & and U+2028/2029 as \u003c..., bytes that
// are no UTF-8 as \ufffd.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/secret_string.h"

namespace leasehold {

/// Appends text as a quoted JSON string.
void append_json_quoted(std::string& out, std::string_view text);
void append_json_quoted(SecretBytes& out, std::string_view text);

}  // namespace leasehold

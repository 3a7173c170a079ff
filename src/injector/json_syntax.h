// What Go's decoder says of text that is no JSON, because users of the replaced software see it in
// refusals (golden/injector). Only for text that another parser has refused. Pure.
#pragma once

#include <string>
#include <string_view>

namespace leasehold::injector {

/// `invalid character 'x' looking for beginning of value`, `unexpected end of JSON input`; "" when
/// the text is JSON after all.
std::string json_syntax_error(std::string_view text);

}  // namespace leasehold::injector

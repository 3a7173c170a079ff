// What html, js and urlquery do to text (spec section 8).
#pragma once

#include <string>
#include <string_view>

namespace leasehold::gotemplate {

std::string escape_html(std::string_view text);
std::string escape_js(std::string_view text);
std::string escape_query(std::string_view text);

}  // namespace leasehold::gotemplate

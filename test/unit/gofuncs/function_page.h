// The page docs/templates.md out of the rows of the function tables, so that neither can know a
// function that the other does not.
#pragma once

#include <string>

namespace leasehold::gofuncs {

std::string function_page();

}  // namespace leasehold::gofuncs

// A look at a template of Vault Agent without rendering it, for tools that check templates.
#pragma once

#include <string_view>
#include <vector>

#include "leasehold/gofuncs/render.h"
#include "leasehold/gotemplate/inspect.h"

namespace leasehold::gofuncs {

/// What is wrong with the text, and every call of secret, secrets and pkiCert with what is used of
/// its result. Of options only contents and delimiters matter.
gotemplate::Inspection inspect(const TemplateOptions& options);

/// Names of all functions that templates may call, aliases included.
std::vector<std::string_view> function_names();

}  // namespace leasehold::gofuncs

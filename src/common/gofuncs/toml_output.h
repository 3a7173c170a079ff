// Values as TOML, as BurntSushi/toml writes them (spec 13.5).
#pragma once

#include <string>

#include "leasehold/base/result.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

/// Error: `toml: cannot encode array with nil element` and others of spec 13.5.
Result<std::string> to_toml(const gotemplate::Value& value);

}  // namespace leasehold::gofuncs

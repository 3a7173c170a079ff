// Why a file got `<no value>`: what the text of its template tells about it.
#pragma once

#include <string>

#include "config.h"

namespace leasehold::agent {

/// One sentence with what to write, for a field of a KV v2 secret that is asked for without .data; for
/// anything else that a key does not exist. Names of fields and paths alone, no values.
std::string missing_value_reason(const TemplateBlock& block);

}  // namespace leasehold::agent

// Keeps secret values out of error messages (spec 7.3 and 15).
#pragma once

#include <string>
#include <vector>

#include "leasehold/gofuncs/render.h"
#include "leasehold/gotemplate/program.h"
#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

/// The message with every text of the secrets replaced by `[redacted]`. Unlike the replaced agent we
/// look at all depths, leave name and position alone, and skip texts too short to tell apart.
std::string redact(const gotemplate::Failure& failure, const std::vector<gotemplate::Value>& secrets,
                   Redaction redaction);

/// A copy of a secret (or anything else) that shares no container with the original.
gotemplate::Value copy_secret(const gotemplate::Value& secret);

}  // namespace leasehold::gofuncs

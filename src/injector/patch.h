// The JSON patch of an injection, as text (spec/injector.md 12).
#pragma once

#include <string>

#include "injection.h"
#include "refusal.h"

namespace leasehold::injector {

/// A patch (RFC 6902) that applies to the pod the injection was planned for.
/// Refusals carry the full text: `error creating patch for agent: ...`.
Outcome<std::string> write_patch(const Injection& injection);

}  // namespace leasehold::injector

// Rewrites a container as Go would after decoding it into core/v1 Container and encoding it again:
// known members only, zero values left out, quantities canonical (spec/injector.md 18.3).
#pragma once

#include <string>

#include "refusal.h"

namespace boost::json {
class value;
}

namespace leasehold::injector {

/// Appends the container (core/v1 of Kubernetes 1.36) as JSON. Refusals are type errors in Go's
/// words, or a quantity's error.
Outcome<void> append_container(std::string& out, const boost::json::value& container);
/// The same for one element of volumeMounts.
Outcome<void> append_mount(std::string& out, const boost::json::value& mount);

}  // namespace leasehold::injector

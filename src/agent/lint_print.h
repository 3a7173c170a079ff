// Findings as text for people and as JSON for machines.
#pragma once

#include <span>
#include <string>

#include "lint_text.h"

namespace leasehold::agent::lint {

/// Place, severity, what, rule; the source line with a caret; cause and fix. Control characters of
/// the source are shown as spaces.
std::string as_text(const Finding& finding);

/// `{"files":2,"problems":[{"file":…,"line":…,"column":…,"length":…,"severity":…,"rule":…,"what":…,
/// "cause":…,"fix":…,"source":…}]}` with a line feed.
std::string as_json(std::size_t files, std::span<const Finding> findings);

}  // namespace leasehold::agent::lint

// Writes one rendered text to its file and says whether anything changed (spec/agent.md 9.7).
#pragma once

#include <string>
#include <string_view>

#include "config.h"
#include "leasehold/base/result.h"

namespace leasehold::agent {

struct WriteOutcome {
  bool written = false;  ///< false: it was there already
  std::string warning;   ///< of a backup that could not be made, in the peer's words; "" = none
};

/// Errors name the destination and what to do; the texts of the peer stand in them
/// (`failed writing file: missing destination`, `parent directory is missing`,
/// `failed looking up user: user: unknown user x`).
Result<WriteOutcome> write_destination(const TemplateBlock& block, std::string_view text);

}  // namespace leasehold::agent

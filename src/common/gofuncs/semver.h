// Semantic versions and constraints as Masterminds/semver reads them (spec 12.8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

struct Version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string prerelease;
  std::string metadata;
  std::string original;

  [[nodiscard]] std::string text() const;
};

/// Errors: `Invalid Semantic Version`, `Version segment starts with 0`, `Error parsing version
/// segment: …`.
Result<Version> parse_version(std::string_view text);
/// Precedence; metadata does not count. Negative, zero or positive.
int compare_versions(const Version& a, const Version& b);
/// Errors: `Invalid Prerelease string`, `Invalid Metadata string`, `Version segment starts with 0`.
Result<void> check_prerelease(std::string_view text);
Result<void> check_metadata(std::string_view text);
/// Error: `improper constraint: TEXT`.
Result<bool> satisfies(std::string_view constraint, const Version& version);

}  // namespace leasehold::gofuncs

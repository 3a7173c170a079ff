// Command lines of the tools (render, lint): flags may stand before and after the files, as people
// write them, and a wrong one ends with status 2.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// Exit statuses of the tools.
inline constexpr int kDone = 0;
inline constexpr int kProblems = 1;
inline constexpr int kUsageError = 2;

/// flags::parse() that goes on after a word that is no flag; `-` alone is such a word, and after
/// `--` all are. Errors as there.
Result<flags::Parsed> parse_interleaved(std::span<const flags::Row> rows,
                                        std::span<const std::string> arguments);

/// True when the boolean flag was given and not as false.
bool is_on(const flags::Parsed& given, std::string_view flag);

/// All values of a flag, in order.
std::vector<std::string> values_of(const flags::Parsed& given, std::string_view flag);

/// Prints `COMMAND: text` and where help is to stderr; returns kUsageError.
int usage_error(std::string_view command, std::string_view text);

}  // namespace leasehold::agent

// strconv's readers of Go number syntax with base prefixes and underscores: 0x1F, 0b11, 017, 1_000.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace leasehold::gotemplate {

/// strconv.ParseInt and ParseUint with base 0: nothing when the syntax is wrong or it does not fit.
std::optional<std::int64_t> read_int(std::string_view text);
std::optional<std::uint64_t> read_uint(std::string_view text);
/// strconv.ParseFloat: decimal and hex floats, inf, nan, underscores between digits; nothing when
/// the syntax is wrong or the value is out of range.
std::optional<double> read_float(std::string_view text);

}  // namespace leasehold::gotemplate

// Go's scalar syntax: booleans, integers, durations. Error texts are those of Go's strconv and
// time packages, because users and tools of the replaced software see them
// (spec/injector.md section 16, spec/agent.md section 3.4).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold {

/// strconv.ParseBool: 1 t T TRUE true True / 0 f F FALSE false False.
/// Error: `strconv.ParseBool: parsing "x": invalid syntax`.
Result<bool> parse_bool(std::string_view text);
/// Vault's lenient form: as parse_bool, but "" is false and the error has the prefix
/// `cannot parse '' as bool: `.
Result<bool> parse_bool_lenient(std::string_view text);

/// strconv.ParseInt(text, 10, 64). Errors: `strconv.ParseInt: parsing "x": invalid syntax`,
/// `... value out of range`.
Result<std::int64_t> parse_int(std::string_view text);
/// strconv.ParseUint(text, base, 64) with base 8 or 10 (base 0 of Go is not offered).
Result<std::uint64_t> parse_uint(std::string_view text, int base = 10);
/// strconv.ParseFloat(text, 64), with hex floats, inf and nan.
Result<double> parse_float(std::string_view text);

/// Go's time.ParseDuration: `[+-]?(number unit)+` with ns us µs μs ms s m h, or plain 0.
/// Errors: `time: invalid duration "s"`, `time: missing unit in duration "10"`,
/// `time: unknown unit "d" in duration "1d"`.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);
/// Vault's duration strings: "90" = seconds, "2d" = one number of days, else parse_duration.
/// "" is 0.
Result<std::chrono::nanoseconds> parse_vault_duration(std::string_view text);
/// Go's Duration.String(): 1h30m0s, 2.5s, 250ms, 0s.
std::string format_duration(std::chrono::nanoseconds duration);

/// RFC 3339 with any fraction and zone, as Vault writes times; years before 1679 and after 2261
/// become the nearest day of those. Error: Invalid.
Result<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);
/// UTC, nanoseconds without trailing zeros: 2026-11-21T10:03:27.969863442Z.
std::string format_rfc3339_nano(std::chrono::system_clock::time_point time);

}  // namespace leasehold

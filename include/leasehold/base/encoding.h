// base64, hex and percent encoding as Go's encoding packages do them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold {

/// Standard alphabet, padded, one line.
std::string base64_encode(std::string_view bytes);
/// URL alphabet, no padding (as in JWT).
std::string base64url_encode(std::string_view bytes);

/// Standard alphabet; padding required; CR and LF are skipped (Go's StdEncoding).
/// Error: `illegal base64 data at input byte N`.
Result<std::string> base64_decode(std::string_view text);
/// URL alphabet, no padding wanted, as in JWT parts. Same error.
Result<std::string> base64url_decode(std::string_view text);

/// Lower-case hex.
std::string hex_encode(std::string_view bytes);
/// Error: Invalid when the length is odd or a character is no hex digit.
Result<std::string> hex_decode(std::string_view text);

/// Percent-encodes everything but A-Z a-z 0-9 - _ . ~ and the characters of keep.
std::string percent_encode(std::string_view text, std::string_view keep = "");
/// Decodes %XX once. Error: `invalid URL escape "%zz"`.
Result<std::string> percent_decode(std::string_view text);

}  // namespace leasehold

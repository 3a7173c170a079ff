// base32 and Adler-32, for Sprig.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

/// RFC 4648, padded.
std::string base32_encode(std::string_view bytes);
/// Error: `illegal base32 data at input byte N`.
Result<std::string> base32_decode(std::string_view text);
std::uint32_t adler32(std::string_view bytes);

}  // namespace leasehold::gofuncs

// Random numbers and bytes from OpenSSL's generator, fit for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace leasehold::gofuncs {

std::string random_bytes(std::size_t count);
/// 0 <= result < bound, uniform. REQUIRES: bound > 0.
std::uint64_t random_below(std::uint64_t bound);

}  // namespace leasehold::gofuncs

// Hashes over OpenSSL, as lower-case hex.
#pragma once

#include <string>
#include <string_view>

namespace leasehold::gofuncs {

std::string sha1_hex(std::string_view text);
std::string sha256_hex(std::string_view text);
std::string sha512_hex(std::string_view text);
std::string md5_hex(std::string_view text);
std::string hmac_sha256_hex(std::string_view message, std::string_view key);
/// Raw bytes.
std::string hmac_sha256(std::string_view message, std::string_view key);

}  // namespace leasehold::gofuncs

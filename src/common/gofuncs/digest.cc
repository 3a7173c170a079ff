#include "digest.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "leasehold/base/encoding.h"
#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

namespace {

std::string digest_hex(std::string_view text, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  const int done = EVP_Digest(text.data(), text.size(), bytes.data(), &size, algorithm, nullptr);
  LH_ASSERT(done == 1);
  return hex_encode({reinterpret_cast<const char*>(bytes.data()), size});
}

}  // namespace

std::string sha1_hex(std::string_view text) { return digest_hex(text, EVP_sha1()); }
std::string sha256_hex(std::string_view text) { return digest_hex(text, EVP_sha256()); }
std::string sha512_hex(std::string_view text) { return digest_hex(text, EVP_sha512()); }
std::string md5_hex(std::string_view text) { return digest_hex(text, EVP_md5()); }

std::string hmac_sha256(std::string_view message, std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  const unsigned char* done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), bytes.data(), &size);
  LH_ASSERT(done != nullptr);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string hmac_sha256_hex(std::string_view message, std::string_view key) {
  return hex_encode(hmac_sha256(message, key));
}

}  // namespace leasehold::gofuncs

// Random identifiers, hashes and RSA signatures. OpenSSL stays in the .cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::devvault::crypto {

/// From the system's generator; aborts when it fails.
std::string random_bytes(std::size_t count);
/// Each character uniformly from alphabet (at most 256 characters).
std::string random_text(std::size_t count, std::string_view alphabet);
/// count of 0-9A-Za-z.
std::string random_alphanumeric(std::size_t count);
/// RFC 4122, version 4, lower case.
std::string random_uuid();

std::string sha256(std::string_view bytes);
/// algorithm: sha2-224, -256, -384, -512. Error: `unsupported algorithm x`.
Result<std::string> hash(std::string_view algorithm, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// PostgreSQL's stored form of a password: SCRAM-SHA-256$4096:<salt>$<stored>:<server>.
std::string scram_verifier(std::string_view password);

/// A public key or the public half of a pair; verifies RS/PS/ES 256..512 and EdDSA.
class PublicKey {
 public:
  /// PEM of a public key or a certificate. Error: `data does not contain any valid public keys`.
  static Result<PublicKey> from_pem(std::string_view pem);
  /// RSA from the big-endian numbers of a JWK.
  static Result<PublicKey> from_rsa_numbers(std::string_view modulus, std::string_view exponent);
  /// algorithm as in a JWT head, e.g. RS256.
  [[nodiscard]] bool verify(std::string_view algorithm, std::string_view message, std::string_view signature) const;

 private:
  friend class KeyPair;
  std::shared_ptr<void> key_;
};

/// An RSA key pair of 2048 bits, for the small Kubernetes API.
class KeyPair {
 public:
  static Result<KeyPair> generate();
  [[nodiscard]] std::string sign_rs256(std::string_view message) const;
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] std::string public_pem() const;
  /// Big-endian modulus and exponent, for a JWK.
  [[nodiscard]] std::string modulus() const;
  [[nodiscard]] std::string exponent() const;

 private:
  std::shared_ptr<void> key_;
};

}  // namespace leasehold::devvault::crypto

// Keys and certificates made with OpenSSL, for Sprig (spec 12.9).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

/// rsa (or ""), ecdsa, ed25519, dsa; "" when the kind is unknown.
std::string make_private_key(std::string_view kind);

struct Certificate {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
};

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> addresses;  ///< IP addresses as text
  std::vector<std::string> names;      ///< DNS names
  std::int64_t days = 0;
  bool authority = false;
  const Certificate* issuer = nullptr;  ///< null: signed by itself
  std::string key;                      ///< PEM; empty: a new RSA key of 2048 bits
};

/// Errors: `parsing private key: …`, `error parsing ip: …`, `unable to decode certificate`, …
Result<Certificate> make_certificate(const CertificateRequest& request);
/// Errors: `unable to decode certificate`, `error parsing private key: …`.
Result<void> check_pair(const Certificate& pair);

}  // namespace leasehold::gofuncs

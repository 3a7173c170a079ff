// A certificate authority of our own for a server that has none, and what a client with a bundle of
// authorities would say to a certificate. Shapes: spec/injector.md 6.3.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::tls {

using WallTime = std::chrono::system_clock::time_point;

/// A certificate with its private key, both PEM (`EC PRIVATE KEY`).
struct KeyPair {
  std::string certificate_pem;
  SecretString key_pem;
};

/// An authority `Agent Inject CA`, P-256, valid for ten years from a minute ago.
Result<KeyPair> make_authority(WallTime now);

/// A leaf `Agent Inject Service` for the hosts (addresses where they parse as such, else DNS
/// names), valid from a minute ago.
/// Errors (Invalid): the authority is no certificate with its key.
Result<KeyPair> issue_leaf(const KeyPair& authority, const std::vector<std::string>& hosts, WallTime now,
                           std::chrono::seconds lifetime);

/// What plans want to know of one certificate.
struct CertificateFacts {
  WallTime not_before;
  WallTime not_after;
  std::vector<std::string> hosts;  ///< DNS names and addresses, in order
};
/// The first certificate of a PEM text. Error (Invalid): there is none.
Result<CertificateFacts> read_certificate(std::string_view pem);

/// The certificates of a PEM text, each in canonical PEM, repetitions left out; what is none is dropped.
std::vector<std::string> split_certificates(std::string_view pem);

/// Error (Invalid): the key is not that of the certificate, in Go's words.
Result<void> check_key_pair(std::string_view certificate_pem, std::string_view key_pem);

/// Would a client that trusts exactly these authorities take the server's certificate at that time?
/// "" = yes, else OpenSSL's reason.
std::string why_untrusted(std::string_view certificate_pem, std::string_view authorities_pem, WallTime now);

}  // namespace leasehold::tls

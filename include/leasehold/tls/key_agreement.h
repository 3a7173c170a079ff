// Two parties come to one key over files that others may read, and one sends the other a text: X25519,
// on request HKDF-SHA256, AES-256-GCM. What the encrypted sinks of the agent are made of
// (spec/agent.md 4.3).
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::tls {

/// One side of an exchange; both keys raw, 32 bytes.
struct ExchangeKey {
  SecretString private_key;
  std::string public_key;
};
/// Error (Transient): no random numbers.
Result<ExchangeKey> make_exchange_key();

/// The AES-256 key that both sides come to. derive: HKDF over the shared secret, with the smaller
/// public key as salt and the larger one as info, so that both sides have the same order.
/// Error (Invalid): the peer's key has not 32 bytes, or is of small order.
Result<SecretString> agree(const ExchangeKey& own, std::string_view peer_public_key, bool derive);

struct Sealed {
  std::string nonce;       ///< 12 bytes, new for each text
  std::string ciphertext;  ///< with the tag of 16 bytes at its end
};
/// key: 32 bytes. aad: is authenticated, not sent.
Result<Sealed> seal(const SecretString& key, std::string_view text, std::string_view aad);
/// Error (Invalid): not of this key, nonce or aad.
Result<SecretString> unseal(const SecretString& key, const Sealed& sealed, std::string_view aad);

}  // namespace leasehold::tls

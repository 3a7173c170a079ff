#include "leasehold/tls/key_agreement.h"

#include <array>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "openssl.h"

namespace leasehold::tls {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using KdfPtr = std::unique_ptr<EVP_KDF, Freer<EVP_KDF_free>>;
using KdfContextPtr = std::unique_ptr<EVP_KDF_CTX, Freer<EVP_KDF_CTX_free>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
unsigned char* bytes_of(SecretBytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
int size_of(std::string_view text) { return static_cast<int>(text.size()); }

Error failed(std::string_view what) { return invalid(std::string(what) + ": " + take_openssl_error()); }

Result<SecretString> shared_secret(const ExchangeKey& own, std::string_view peer_public_key) {
  // expose(): into the library's own key object
  const std::string_view scalar = own.private_key.expose();
  const KeyPtr mine(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes_of(scalar), scalar.size()));
  const KeyPtr theirs(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes_of(peer_public_key), peer_public_key.size()));
  if (!mine || !theirs) return failed("X25519 key");
  const ContextPtr context(EVP_PKEY_CTX_new(mine.get(), nullptr));
  SecretBytes secret;
  secret.resize(kKeyBytes);
  std::size_t size = secret.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1 ||
      EVP_PKEY_derive(context.get(), bytes_of(secret), &size) != 1) {
    return failed("X25519");
  }
  return SecretString(std::move(secret));
}

// OSSL_PARAM takes void* for historical reasons and does not write.
OSSL_PARAM octets(const char* name, std::string_view text) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(text.data()), text.size());
}

Result<SecretString> hkdf(const SecretString& secret, std::string_view salt, std::string_view info) {
  const KdfPtr kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const KdfContextPtr context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 5> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, secret.expose()),  // expose(): input of the derivation
      octets(OSSL_KDF_PARAM_SALT, salt), octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  SecretBytes key;
  key.resize(kKeyBytes);
  if (!context || EVP_KDF_derive(context.get(), bytes_of(key), key.size(), parameters.data()) != 1) return failed("HKDF");
  return SecretString(std::move(key));
}

}  // namespace

Result<ExchangeKey> make_exchange_key() {
  start_openssl();
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  SecretBytes scalar;
  scalar.resize(kKeyBytes);
  std::string point(kKeyBytes, '\0');
  std::size_t scalar_size = kKeyBytes;
  std::size_t point_size = kKeyBytes;
  if (!key || EVP_PKEY_get_raw_private_key(key.get(), bytes_of(scalar), &scalar_size) != 1 ||
      EVP_PKEY_get_raw_public_key(key.get(), bytes_of(point), &point_size) != 1) {
    return transient("X25519: " + take_openssl_error());
  }
  return ExchangeKey{SecretString(std::move(scalar)), std::move(point)};
}

Result<SecretString> agree(const ExchangeKey& own, std::string_view peer_public_key, bool derive) {
  if (peer_public_key.size() != kKeyBytes) {
    return invalid("invalid public key length: " + std::to_string(peer_public_key.size()));
  }
  auto secret = shared_secret(own, peer_public_key);
  if (!secret || !derive) return secret;
  if (peer_public_key == own.public_key) return invalid("same public key supplied for both participants");
  const std::string_view mine = own.public_key;
  return mine < peer_public_key ? hkdf(*secret, mine, peer_public_key) : hkdf(*secret, peer_public_key, mine);
}

Result<Sealed> seal(const SecretString& key, std::string_view text, std::string_view aad) {
  Sealed sealed{std::string(kNonceBytes, '\0'), std::string(text.size() + kTagBytes, '\0')};
  if (RAND_bytes(bytes_of(sealed.nonce), kNonceBytes) != 1) return transient("random numbers: " + take_openssl_error());
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  unsigned char* out = bytes_of(sealed.ciphertext);
  int size = 0;
  int rest = 0;
  // expose(): into the cipher
  const bool done = key.size() == kKeyBytes && cipher &&
                    EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.expose()),
                                       bytes_of(sealed.nonce)) == 1 &&
                    (aad.empty() || EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(aad), size_of(aad)) == 1) &&
                    EVP_EncryptUpdate(cipher.get(), out, &size, bytes_of(text), size_of(text)) == 1 &&
                    EVP_EncryptFinal_ex(cipher.get(), out + size, &rest) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, out + text.size()) == 1;
  if (!done) return failed("AES-256-GCM");
  return sealed;
}

Result<SecretString> unseal(const SecretString& key, const Sealed& sealed, std::string_view aad) {
  if (sealed.ciphertext.size() < kTagBytes || sealed.nonce.size() != kNonceBytes || key.size() != kKeyBytes) {
    return invalid("AES-256-GCM: input is too short");
  }
  const std::string_view body = std::string_view(sealed.ciphertext).substr(0, sealed.ciphertext.size() - kTagBytes);
  std::string tag = sealed.ciphertext.substr(body.size());
  const CipherPtr cipher(EVP_CIPHER_CTX_new());
  SecretBytes text;
  text.resize(body.size() + kTagBytes);
  int size = 0;
  int rest = 0;
  // expose(): into the cipher
  const bool done = cipher &&
                    EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.expose()),
                                       bytes_of(std::string_view(sealed.nonce))) == 1 &&
                    (aad.empty() || EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(aad), size_of(aad)) == 1) &&
                    EVP_DecryptUpdate(cipher.get(), bytes_of(text), &size, bytes_of(body), size_of(body)) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(cipher.get(), bytes_of(text) + size, &rest) == 1;
  if (!done) return invalid("AES-256-GCM: not of this key, nonce or additional data");
  text.resize(body.size());
  return SecretString(std::move(text));
}

}  // namespace leasehold::tls

// OpenSSL 3 through its EVP interface. A failing primitive here means a broken installation, hence
// LH_ASSERT; what depends on input returns an error.
#include "crypto.h"

#include <array>
#include <vector>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "leasehold/base/encoding.h"

namespace leasehold::devvault::crypto {
namespace {

constexpr std::string_view kAlphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr int kScramRounds = 4096;

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
template <class T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, Deleter<T, Free>>;

void free_bio(BIO* bio) { BIO_free_all(bio); }

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::shared_ptr<void> shared(EVP_PKEY* key) {
  return {key, [](void* pointer) { EVP_PKEY_free(static_cast<EVP_PKEY*>(pointer)); }};
}
EVP_PKEY* raw(const std::shared_ptr<void>& key) { return static_cast<EVP_PKEY*>(key.get()); }

std::string digest(const EVP_MD* method, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  LH_ASSERT(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, method, nullptr) == 1);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  LH_ASSERT(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const Owned<BIGNUM, BN_free> owned(number);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, bytes_of(bytes));
  return bytes;
}

/// A JWT carries an ECDSA signature as r || s; OpenSSL wants DER.
std::string ecdsa_der(std::string_view signature) {
  const int half = static_cast<int>(signature.size() / 2);
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes_of(signature), half, nullptr),
                 BN_bin2bn(bytes_of(signature.substr(signature.size() / 2)), half, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  std::string text = size > 0 ? std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)) : std::string();
  OPENSSL_free(der);
  return text;
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm.ends_with("256")) {
    return EVP_sha256();
  }
  if (algorithm.ends_with("384")) {
    return EVP_sha384();
  }
  return algorithm.ends_with("512") ? EVP_sha512() : nullptr;
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  LH_ASSERT(RAND_bytes(bytes_of(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

std::string random_text(std::size_t count, std::string_view alphabet) {
  // Bytes above the largest multiple of the alphabet's size would favour its first characters.
  const std::size_t fair = 256 - 256 % alphabet.size();
  std::string text;
  while (text.size() < count) {
    for (const char c : random_bytes(count)) {
      const auto value = static_cast<unsigned char>(c);
      if (value < fair && text.size() < count) {
        text.push_back(alphabet[value % alphabet.size()]);
      }
    }
  }
  return text;
}

std::string random_alphanumeric(std::size_t count) { return random_text(count, kAlphanumeric); }

std::string random_uuid() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x40U);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);
  std::string text = hex_encode(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
    text.insert(dash, 1, '-');
  }
  return text;
}

std::string sha256(std::string_view bytes) { return digest(EVP_sha256(), bytes); }

Result<std::string> hash(std::string_view algorithm, std::string_view bytes) {
  if (algorithm == "sha2-224") {
    return digest(EVP_sha224(), bytes);
  }
  if (!algorithm.starts_with("sha2-") || digest_of(algorithm) == nullptr) {
    return invalid("unsupported algorithm " + std::string(algorithm));
  }
  return digest(digest_of(algorithm), bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  LH_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), out.data(),
                 &size) != nullptr);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string scram_verifier(std::string_view password) {
  const std::string salt = random_bytes(16);
  std::string salted(32, '\0');
  LH_ASSERT(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(std::string_view(salt)), 16,
                              kScramRounds, EVP_sha256(), 32, bytes_of(salted)) == 1);
  const std::string stored = sha256(hmac_sha256(salted, "Client Key"));
  const std::string server = hmac_sha256(salted, "Server Key");
  return "SCRAM-SHA-256$" + std::to_string(kScramRounds) + ":" + base64_encode(salt) + "$" + base64_encode(stored) +
         ":" + base64_encode(server);
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  PublicKey key;
  const Owned<BIO, free_bio> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  key.key_ = shared(PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr));
  if (!key.key_) {
    const Owned<BIO, free_bio> again(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Owned<X509, X509_free> certificate(PEM_read_bio_X509(again.get(), nullptr, nullptr, nullptr));
    key.key_ = shared(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
  }
  if (!key.key_) {
    return invalid("data does not contain any valid public keys");
  }
  return key;
}

Result<PublicKey> PublicKey::from_rsa_numbers(std::string_view modulus, std::string_view exponent) {
  const Owned<BIGNUM, BN_free> n(BN_bin2bn(bytes_of(modulus), static_cast<int>(modulus.size()), nullptr));
  const Owned<BIGNUM, BN_free> e(BN_bin2bn(bytes_of(exponent), static_cast<int>(exponent.size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return invalid("not an RSA public key");
  }
  PublicKey key;
  key.key_ = shared(made);
  return key;
}

bool PublicKey::verify(std::string_view algorithm, std::string_view message, std::string_view signature) const {
  const int type = EVP_PKEY_get_base_id(raw(key_));
  const bool rsa = algorithm.starts_with("RS") || algorithm.starts_with("PS");
  const bool curve = algorithm.starts_with("ES");
  const bool edwards = algorithm == "EdDSA";
  // The key must be of the algorithm's kind: the head of a JWT is the sender's word.
  if ((rsa && type != EVP_PKEY_RSA) || (curve && type != EVP_PKEY_EC) || (edwards && type != EVP_PKEY_ED25519) ||
      (!rsa && !curve && !edwards)) {
    return false;
  }
  const EVP_MD* method = edwards ? nullptr : digest_of(algorithm);
  if (!edwards && method == nullptr) {
    return false;
  }
  const std::string form = curve ? ecdsa_der(signature) : std::string(signature);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &parameters, method, nullptr, raw(key_)) != 1) {
    return false;
  }
  if (algorithm.starts_with("PS") && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(std::string_view(form)), form.size(), bytes_of(message),
                          message.size()) == 1;
}

Result<KeyPair> KeyPair::generate() {
  KeyPair pair;
  pair.key_ = shared(EVP_RSA_gen(2048));
  if (!pair.key_) {
    return invalid("cannot generate an RSA key");
  }
  return pair;
}

std::string KeyPair::sign_rs256(std::string_view message) const {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  LH_ASSERT(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, raw(key_)) == 1);
  std::size_t size = 0;
  LH_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(message), message.size()) == 1);
  std::string signature(size, '\0');
  LH_ASSERT(EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message), message.size()) == 1);
  signature.resize(size);
  return signature;
}

PublicKey KeyPair::public_key() const {
  PublicKey key;
  key.key_ = key_;
  return key;
}

std::string KeyPair::public_pem() const {
  const Owned<BIO, free_bio> out(BIO_new(BIO_s_mem()));
  LH_ASSERT(PEM_write_bio_PUBKEY(out.get(), raw(key_)) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string KeyPair::modulus() const { return number_of(raw(key_), OSSL_PKEY_PARAM_RSA_N); }
std::string KeyPair::exponent() const { return number_of(raw(key_), OSSL_PKEY_PARAM_RSA_E); }

}  // namespace leasehold::devvault::crypto

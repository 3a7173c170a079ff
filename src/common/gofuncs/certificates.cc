#include "certificates.h"

#include <string>

#include <openssl/bn.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include "random.h"

namespace leasehold::gofuncs {

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using Key = std::unique_ptr<EVP_PKEY, Deleter<&EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<&EVP_PKEY_CTX_free>>;
using Cert = std::unique_ptr<X509, Deleter<&X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<&BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<&X509_EXTENSION_free>>;

constexpr unsigned kRsaKeyBits = 4096;          ///< genPrivateKey
constexpr unsigned kRsaCertificateBits = 2048;  ///< genCA and others

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// PKCS#1, SEC1 or DSA where the key has such a form, else PKCS#8, as Go's pem functions choose.
std::string key_text(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }
  return content_of(bio.get());
}

Key make_dsa() {
  const KeyContext parameters(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
  EVP_PKEY* shape = nullptr;
  if (EVP_PKEY_paramgen_init(parameters.get()) != 1 || EVP_PKEY_CTX_set_dsa_paramgen_bits(parameters.get(), 2048) != 1 ||
      EVP_PKEY_CTX_set_dsa_paramgen_q_bits(parameters.get(), 256) != 1 ||
      EVP_PKEY_paramgen(parameters.get(), &shape) != 1) {
    return nullptr;
  }
  const Key owner(shape);
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, shape, nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_keygen(context.get(), &key);
  return Key(key);
}

Key make_key(std::string_view kind, unsigned rsa_bits) {
  if (kind.empty() || kind == "rsa") return Key(EVP_RSA_gen(rsa_bits));
  if (kind == "ecdsa") return Key(EVP_EC_gen("P-256"));
  if (kind == "ed25519") return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (kind == "dsa") return make_dsa();
  return nullptr;
}

/// The type of the first PEM block, or "".
std::string block_type(std::string_view text) {
  static constexpr std::string_view kBegin = "-----BEGIN ";
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + kBegin.size());
  return std::string(text.substr(0, text.find("-----")));
}

Result<Key> read_key(const std::string& text) {
  const std::string type = block_type(text);
  if (type.empty()) return invalid("no PEM data in input");
  if (!type.ends_with("PRIVATE KEY")) return invalid("no private key data in PEM block of type " + type);
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return invalid("the private key cannot be read");
  return key;
}

Result<Cert> read_certificate(const std::string& text) {
  if (block_type(text).empty()) return invalid("unable to decode certificate");
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Cert certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    return invalid("error parsing certificate: decodedSignerCert.Bytes: x509: malformed certificate");
  }
  return certificate;
}

void set_serial(X509* certificate) {
  const std::string bytes = random_bytes(16);
  BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  if (extension != nullptr) X509_add_ext(certificate, extension.get(), -1);
}

Result<std::string> alternative_names(const CertificateRequest& request) {
  std::string names;
  for (const std::string& address : request.addresses) {
    in6_addr ignored{};
    if (inet_pton(AF_INET, address.c_str(), &ignored) != 1 && inet_pton(AF_INET6, address.c_str(), &ignored) != 1) {
      return invalid("error parsing ip: " + address);
    }
    names += (names.empty() ? "IP:" : ",IP:") + address;
  }
  for (const std::string& name : request.names) {
    // A comma would begin another entry of OpenSSL's syntax.
    if (name.find_first_of(",\n") != std::string::npos) return invalid("error processing alternate dns name: " + name);
    names += (names.empty() ? "DNS:" : ",DNS:") + name;
  }
  return names;
}

void add_extensions(X509* certificate, X509* issuer, const CertificateRequest& request, const std::string& names) {
  add_extension(certificate, issuer, NID_key_usage,
                request.authority ? "critical,digitalSignature,keyEncipherment,keyCertSign"
                                  : "critical,digitalSignature,keyEncipherment");
  add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate, issuer, NID_basic_constraints, request.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (request.authority) add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  if (!names.empty()) add_extension(certificate, issuer, NID_subject_alt_name, names);
}

}  // namespace

std::string make_private_key(std::string_view kind) {
  const Key key = make_key(kind, kRsaKeyBits);
  return key == nullptr ? std::string() : key_text(key.get());
}

Result<Certificate> make_certificate(const CertificateRequest& request) {
  Result<Key> key = request.key.empty() ? Result<Key>(make_key("rsa", kRsaCertificateBits)) : read_key(request.key);
  if (!key) return key.error().in("parsing private key");
  auto names = alternative_names(request);
  if (!names) return names.error();
  Cert issuer;
  Key issuer_key;
  if (request.issuer != nullptr) {
    auto parsed = read_certificate(request.issuer->certificate);
    if (!parsed) return parsed.error();
    issuer = *std::move(parsed);
    auto parsed_key = read_key(request.issuer->key);
    if (!parsed_key) return parsed_key.error().in("error parsing private key");
    issuer_key = *std::move(parsed_key);
  }
  const Cert certificate(X509_new());
  constexpr long kVersion3 = 2;
  X509_set_version(certificate.get(), kVersion3);
  set_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), static_cast<int>(request.days), 0, nullptr);
  X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(request.common_name.data()),
                             static_cast<int>(request.common_name.size()), -1, 0);
  X509* signer = issuer == nullptr ? certificate.get() : issuer.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  X509_set_pubkey(certificate.get(), key->get());
  add_extensions(certificate.get(), signer, request, *names);
  EVP_PKEY* signing = issuer == nullptr ? key->get() : issuer_key.get();
  const EVP_MD* digest = EVP_PKEY_get_base_id(signing) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  if (X509_sign(certificate.get(), signing, digest) == 0) return invalid("error creating certificate");
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.get());
  return Certificate{.certificate = content_of(bio.get()), .key = key_text(key->get())};
}

Result<void> check_pair(const Certificate& pair) {
  if (block_type(pair.certificate).empty()) return invalid("unable to decode certificate");
  if (auto certificate = read_certificate(pair.certificate); !certificate) return certificate.error();
  if (auto key = read_key(pair.key); !key) return key.error().in("error parsing private key");
  return {};
}

}  // namespace leasehold::gofuncs

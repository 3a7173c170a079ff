// Makes and judges certificates with OpenSSL. The shape of what is made follows the replaced
// program (spec/injector.md 6.3), so that its replicas and ours can share a Secret.
#include "leasehold/tls/authority.h"

#include <algorithm>
#include <array>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "openssl.h"

namespace leasehold::tls {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

constexpr std::chrono::minutes kClockSkew{1};
constexpr std::chrono::hours kAuthorityLife{24 * 3650};

std::time_t seconds_of(WallTime time) {
  return std::chrono::system_clock::to_time_t(time);
}

std::string content_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  return PEM_write_bio_X509(bio.get(), certificate) == 1 ? content_of(bio.get()) : std::string();
}

/// Go's x509.MarshalECPrivateKey form, which the replaced program reads.
SecretString pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) !=
      1) {
    return {};
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return SecretString(std::string_view(bytes, static_cast<std::size_t>(size)));
}

CertificatePtr parse_certificate(std::string_view pem) {
  const BioPtr bio = bio_of(pem);
  CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

KeyPtr parse_key(std::string_view pem) {
  const BioPtr bio = bio_of(pem);
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return key;
}

/// compat: the text of the public key's SHA-256 as hex pairs with colons is the raw key id.
std::string key_id(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(der, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(der);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

bool add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_subject_key(X509* certificate, const std::string& id) {
  ASN1_OCTET_STRING* octets = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(octets, reinterpret_cast<const unsigned char*>(id.data()),
                        static_cast<int>(id.size()));
  const bool added = X509_add1_ext_i2d(certificate, NID_subject_key_identifier, octets, 0, 0) == 1;
  ASN1_OCTET_STRING_free(octets);
  return added;
}

bool add_authority_key(X509* certificate, const std::string& id) {
  AUTHORITY_KEYID* authority = AUTHORITY_KEYID_new();
  authority->keyid = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(authority->keyid, reinterpret_cast<const unsigned char*>(id.data()),
                        static_cast<int>(id.size()));
  const bool added =
      X509_add1_ext_i2d(certificate, NID_authority_key_identifier, authority, 0, 0) == 1;
  AUTHORITY_KEYID_free(authority);
  return added;
}

/// Names are set as data: in OpenSSL's text form a comma would start another name.
bool add_hosts(X509* certificate, const std::vector<std::string>& hosts) {
  const NamesPtr names(sk_GENERAL_NAME_new_null());
  for (const std::string& host : hosts) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    if (ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str()); address != nullptr) {
      GENERAL_NAME_set0_value(name, GEN_IPADD, address);
    } else {
      ASN1_IA5STRING* text = ASN1_IA5STRING_new();
      ASN1_STRING_set(text, host.data(), static_cast<int>(host.size()));
      GENERAL_NAME_set0_value(name, GEN_DNS, text);
    }
    sk_GENERAL_NAME_push(names.get(), name);
  }
  ERR_clear_error();
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 20> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] &= 0x7FU;  // below 2^159
  BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool set = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return set;
}

bool begin(X509* certificate, EVP_PKEY* key, const char* name, WallTime from, WallTime until) {
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_TIME_set(X509_getm_notBefore(certificate), seconds_of(from));
  ASN1_TIME_set(X509_getm_notAfter(certificate), seconds_of(until));
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return set_serial(certificate) && X509_set_pubkey(certificate, key) == 1;
}

Error failed() {
  return invalid("make certificate: " + take_openssl_error());
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string host_of(const GENERAL_NAME* name) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(name, &type);
  const auto* octets = static_cast<const ASN1_STRING*>(value);
  if (type == GEN_DNS) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(octets)),
            static_cast<std::size_t>(ASN1_STRING_length(octets))};
  }
  if (type != GEN_IPADD) return {};
  char* text = i2s_ASN1_OCTET_STRING(nullptr, octets);
  std::string shown(text == nullptr ? "" : text);
  OPENSSL_free(text);
  return shown;
}

}  // namespace

Result<KeyPair> make_authority(WallTime now) {
  start_openssl();
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate(X509_new());
  if (!key || !certificate) return failed();
  X509* made = certificate.get();
  const bool done =
      begin(made, key.get(), "Agent Inject CA", now - kClockSkew, now + kAuthorityLife) &&
      X509_set_issuer_name(made, X509_get_subject_name(made)) == 1 &&
      add_extension(made, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
      add_extension(made, NID_ext_key_usage, "serverAuth") &&
      add_extension(made, NID_basic_constraints, "critical,CA:TRUE") &&
      add_subject_key(made, key_id(key.get())) && X509_sign(made, key.get(), EVP_sha256()) > 0;
  if (!done) return failed();
  return KeyPair{.certificate_pem = pem_of(made), .key_pem = pem_of(key.get())};
}

Result<KeyPair> issue_leaf(const KeyPair& authority, const std::vector<std::string>& hosts,
                           WallTime now, std::chrono::seconds lifetime) {
  start_openssl();
  const CertificatePtr issuer = parse_certificate(authority.certificate_pem);
  const KeyPtr issuer_key = parse_key(authority.key_pem.expose());  // OpenSSL parses it
  if (!issuer || !issuer_key || X509_check_private_key(issuer.get(), issuer_key.get()) != 1) {
    ERR_clear_error();
    return invalid("make certificate: the authority is no certificate with its key");
  }
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate(X509_new());
  if (!key || !certificate) return failed();
  X509* made = certificate.get();
  const bool done =
      begin(made, key.get(), "Agent Inject Service", now - kClockSkew, now + lifetime) &&
      X509_set_issuer_name(made, X509_get_subject_name(issuer.get())) == 1 &&
      add_extension(made, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
      add_extension(made, NID_ext_key_usage, "serverAuth") &&
      add_extension(made, NID_basic_constraints, "critical,CA:FALSE") &&
      add_subject_key(made, key_id(key.get())) &&
      add_authority_key(made, key_id(issuer_key.get())) && add_hosts(made, hosts) &&
      X509_sign(made, issuer_key.get(), EVP_sha256()) > 0;
  if (!done) return failed();
  return KeyPair{.certificate_pem = pem_of(made), .key_pem = pem_of(key.get())};
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
  start_openssl();
  const CertificatePtr certificate = parse_certificate(pem);
  if (!certificate) return invalid("no PEM certificate");
  CertificateFacts facts;
  facts.not_before = time_of(X509_get0_notBefore(certificate.get()));
  facts.not_after = time_of(X509_get0_notAfter(certificate.get()));
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    facts.hosts.push_back(host_of(sk_GENERAL_NAME_value(names.get(), i)));
  }
  return facts;
}

std::vector<std::string> split_certificates(std::string_view pem) {
  start_openssl();
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  std::vector<std::string> found;
  for (auto at = pem.find(kBegin); at != std::string_view::npos;
       at = pem.find(kBegin, at + kBegin.size())) {
    const CertificatePtr certificate = parse_certificate(pem.substr(at));
    if (!certificate) continue;
    std::string text = pem_of(certificate.get());
    if (std::ranges::find(found, text) == found.end()) found.push_back(std::move(text));
  }
  return found;
}

Result<void> check_key_pair(std::string_view certificate_pem, std::string_view key_pem) {
  start_openssl();
  const std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>> context(SSL_CTX_new(TLS_server_method()));
  return use_key_pair(context.get(), certificate_pem, key_pem);
}

std::string why_untrusted(std::string_view certificate_pem, std::string_view authorities_pem,
                          WallTime now) {
  start_openssl();
  const CertificatePtr leaf = parse_certificate(certificate_pem);
  if (!leaf) return "no PEM certificate";
  const StorePtr store(X509_STORE_new());
  for (const std::string& pem : split_certificates(authorities_pem)) {
    X509_STORE_add_cert(store.get(), parse_certificate(pem).get());
  }
  // As in Go, every certificate that is given as a CA is an anchor, also one that is no root.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  STACK_OF(X509)* chain = sk_X509_new_null();
  const std::vector<std::string> given = split_certificates(certificate_pem);
  for (std::size_t i = 1; i < given.size(); ++i) {
    sk_X509_push(chain, parse_certificate(given[i]).release());
  }
  const StoreContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), chain);
  X509_STORE_CTX_set_time(context.get(), 0, seconds_of(now));
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  std::string reason;
  if (X509_verify_cert(context.get()) != 1) {
    reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  }
  sk_X509_pop_free(chain, X509_free);
  ERR_clear_error();
  return reason;
}

}  // namespace leasehold::tls

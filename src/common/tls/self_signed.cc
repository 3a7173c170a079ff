// A certificate for development servers and tests: P-256, its own CA, valid for names and
// addresses.
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "leasehold/tls/context.h"
#include "openssl.h"

namespace leasehold::tls {
namespace {

constexpr long kSecondsPerDay = 24L * 60 * 60;
constexpr long kClockSkewSeconds = 300;  // the peer's clock may be behind ours

bool is_address(const std::string& host) {
  ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(host.c_str());
  ERR_clear_error();
  const bool found = bytes != nullptr;
  ASN1_OCTET_STRING_free(bytes);
  return found;
}

std::string alternative_names(const std::vector<std::string>& hosts) {
  std::string names;
  for (const std::string& host : hosts) {
    if (!names.empty()) names += ',';
    names += (is_address(host) ? "IP:" : "DNS:") + host;
  }
  return names;
}

bool add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool fill(X509* certificate, EVP_PKEY* key, const std::vector<std::string>& hosts, int days) {
  unsigned char serial[16];
  if (RAND_bytes(serial, sizeof serial) != 1) return false;
  serial[0] &= 0x7F;  // positive
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  const bool numbered = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  if (!numbered) return false;
  X509_set_version(certificate, X509_VERSION_3);
  // A negative number of days makes one that has expired, for tests.
  const long start = days < 0 ? days * kSecondsPerDay * 2 : -kClockSkewSeconds;
  X509_gmtime_adj(X509_getm_notBefore(certificate), start);
  X509_gmtime_adj(X509_getm_notAfter(certificate), days * kSecondsPerDay);
  X509_NAME* name = X509_get_subject_name(certificate);
  const std::string common = hosts.empty() ? "leasehold" : hosts.front();
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("leasehold development"), -1,
                             -1, 0);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  if (X509_set_pubkey(certificate, key) != 1) return false;
  bool done =
      add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
      add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign") &&
      add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
      add_extension(certificate, NID_subject_key_identifier, "hash");
  if (done && !hosts.empty()) {
    done = add_extension(certificate, NID_subject_alt_name, alternative_names(hosts));
  }
  return done && X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string_view content_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, int days) {
  start_openssl();
  for (const std::string& host : hosts) {
    // The names become part of OpenSSL's extension language, where these separate.
    if (host.empty() || host.find_first_of(",;\n") != std::string::npos) {
      return invalid("invalid host name for a certificate: '" + host + "'");
    }
  }
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate(X509_new());
  if (!key || !certificate || !fill(certificate.get(), key.get(), hosts, days)) {
    return invalid("make certificate: " + take_openssl_error());
  }
  // Secure memory is wiped when freed; it falls back to the heap's, wiped as well.
  const BioPtr certificate_text(BIO_new(BIO_s_mem()));
  const BioPtr key_text(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return invalid("make certificate: " + take_openssl_error());
  }
  return SelfSigned{.certificate_pem = std::string(content_of(certificate_text.get())),
                    .key_pem = SecretString(content_of(key_text.get()))};
}

}  // namespace leasehold::tls

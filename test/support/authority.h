// A small certificate authority for tests of TLS.
#pragma once

#include <ctime>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace leasehold::test {

struct Leaf {
  std::string certificate_pem;
  std::string key_pem;
};

/// Signs certificates of P-256 keys. names as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    fill(certificate_, key_, "test authority", 30);
    extend(certificate_, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate_, NID_key_usage, "critical,keyCertSign");
    X509_sign(certificate_, key_, EVP_sha256());
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  [[nodiscard]] std::string certificate_pem() const { return text_of(certificate_); }
  /// days < 0: one that ended that many days ago.
  [[nodiscard]] Leaf issue(const std::string& names, int days = 30) const {
    return make(names, [&](X509* certificate, EVP_PKEY* key) { fill(certificate, key, "leaf", days); });
  }
  /// Valid between two moments.
  [[nodiscard]] Leaf issue(const std::string& names, std::time_t from, std::time_t until) const {
    return make(names, [&](X509* certificate, EVP_PKEY* key) {
      fill(certificate, key, "leaf", 1);
      ASN1_TIME_set(X509_getm_notBefore(certificate), from);
      ASN1_TIME_set(X509_getm_notAfter(certificate), until);
    });
  }

 private:
  template <class Fill>
  [[nodiscard]] Leaf make(const std::string& names, const Fill& fill_in) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    fill_in(certificate, key);
    if (!names.empty()) extend(certificate, NID_subject_alt_name, names);
    X509_sign(certificate, key_, EVP_sha256());
    Leaf leaf{.certificate_pem = text_of(certificate), .key_pem = text_of(key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    return leaf;
  }
  void fill(X509* certificate, EVP_PKEY* key, const char* name, int days) const {
    X509_set_version(certificate, X509_VERSION_3);
    static long serial = 1000;  // one process, one thread
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    const long day = 24L * 60 * 60;
    X509_gmtime_adj(X509_getm_notBefore(certificate), days < 0 ? 2 * days * day : -300);
    X509_gmtime_adj(X509_getm_notAfter(certificate), days * day);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate_));
    X509_set_pubkey(certificate, key);
  }
  static void extend(X509* certificate, int id, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
    if (extension == nullptr) throw std::runtime_error("bad extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static std::string text_of(X509* certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return take(bio);
  }
  static std::string text_of(EVP_PKEY* key) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    return take(bio);
  }
  static std::string take(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string text(bytes, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }

  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace leasehold::test

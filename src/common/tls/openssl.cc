#include "openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace leasehold::tls {

void start_openssl() {
  // Answers 1 at once when it has been done before; the first call decides.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, nullptr);
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_SSL_STRINGS |
                       OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
                   nullptr);
}

std::string take_openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown OpenSSL error";
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  char text[128];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

BioPtr bio_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

namespace {

// Nobody types a passphrase into a server; without this OpenSSL would ask the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return 0;
}

Result<void> use_chain(SSL_CTX* context, std::string_view pem) {
  const BioPtr bio = bio_of(pem);
  const CertificatePtr leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_passphrase, nullptr));
  if (!leaf) {
    ERR_clear_error();
    if (pem.find("-----BEGIN") == std::string_view::npos) {
      return invalid("tls: failed to find any PEM data in certificate input");
    }
    if (pem.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
      return invalid("x509: malformed certificate");
    }
    if (pem.find("PRIVATE KEY-----") != std::string_view::npos) {
      return invalid(
          "tls: failed to find certificate PEM data in certificate input, but did find a private "
          "key; PEM inputs may have been switched");
    }
    return invalid(
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM "
        "blocks of the following types: []");
  }
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return invalid(take_openssl_error());
  SSL_CTX_clear_chain_certs(context);
  for (;;) {  // ends with the text
    CertificatePtr next(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!next) break;
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return invalid(take_openssl_error());
    static_cast<void>(next.release());  // the context owns it now
  }
  ERR_clear_error();  // "no start line" at the end of the text
  return {};
}

}  // namespace

std::size_t add_authorities(SSL_CTX* context, std::string_view pem) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  const BioPtr bio = bio_of(pem);
  std::size_t count = 0;
  for (;;) {  // ends with the text
    const CertificatePtr next(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    if (X509_STORE_add_cert(store, next.get()) == 1) ++count;
  }
  ERR_clear_error();
  return count;
}

Result<void> use_key_pair(SSL_CTX* context, std::string_view certificate_pem,
                          std::string_view key_pem) {
  auto chain = use_chain(context, certificate_pem);
  if (!chain) return chain;
  const BioPtr bio = bio_of(key_pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    ERR_clear_error();
    if (key_pem.find("-----BEGIN") == std::string_view::npos) {
      return invalid("tls: failed to find any PEM data in key input");
    }
    if (key_pem.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
      return invalid("tls: found a certificate rather than a key in the PEM for the private key");
    }
    return invalid("tls: failed to parse private key");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return invalid("tls: private key does not match public key");
  }
  return {};
}

}  // namespace leasehold::tls

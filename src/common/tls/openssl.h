// Owners for OpenSSL objects and the words for its errors. Private to tls.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "leasehold/base/result.h"

namespace leasehold::tls {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;

/// Starts OpenSSL without its configuration file and without the tables of error texts: what a
/// connection may do then depends on our settings alone, and 100 kB of memory are saved.
void start_openssl();

/// The newest error of OpenSSL's queue as a short text; empties the queue.
std::string take_openssl_error();

/// A view of PEM text as a BIO; the text must outlive it.
BioPtr bio_of(std::string_view text);

/// Trusts every certificate of the text. Returns how many there were.
std::size_t add_authorities(SSL_CTX* context, std::string_view pem);

/// Loads the certificate chain and the key into the context. Errors in the words of Go's
/// tls.X509KeyPair.
Result<void> use_key_pair(SSL_CTX* context, std::string_view certificate_pem,
                          std::string_view key_pem);

}  // namespace leasehold::tls

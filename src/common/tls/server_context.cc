// The server's context. Option names and error texts are Go's (spec/injector.md 6.1).
#include <algorithm>
#include <array>
#include <cstring>

#include <boost/asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"
#include "leasehold/tls/context.h"
#include "openssl.h"

namespace leasehold::tls {
namespace {

struct VersionRow {
  std::string_view name;
  int version;
};
constexpr VersionRow kVersions[] = {{"tls10", TLS1_VERSION},
                                    {"tls11", TLS1_1_VERSION},
                                    {"tls12", TLS1_2_VERSION},
                                    {"tls13", TLS1_3_VERSION}};

struct CipherRow {
  std::string_view go_name;
  /// OpenSSL's name; "" = taken without effect: a TLS 1.3 suite (always on) or one that OpenSSL 3
  /// does not have any more.
  std::string_view openssl_name;
};
// clang-format off
constexpr CipherRow kCiphers[] = {
    {"TLS_RSA_WITH_RC4_128_SHA", ""},
    {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", ""},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", ""},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256"},
    {"TLS_ECDHE_RSA_WITH_RC4_128_SHA", ""},
    {"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", ""},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_AES_128_GCM_SHA256", ""},
    {"TLS_AES_256_GCM_SHA384", ""},
    {"TLS_CHACHA20_POLY1305_SHA256", ""},
};
// clang-format on

Result<int> version_of(const std::string& name) {
  const auto* row = std::ranges::find(kVersions, name, &VersionRow::name);
  if (row == std::end(kVersions)) return invalid("invalid or unsupported TLS version " + go_quote(name));
  return row->version;
}

Result<void> set_versions(SSL_CTX* context, const ServerOptions& options) {
  const auto minimum = version_of(options.minimum_version);
  if (!minimum) return minimum.error();
  // TLS 1.0 and 1.1 sign with SHA-1, which OpenSSL allows at security level 0 only.
  if (*minimum < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, *minimum);
  if (options.maximum_version.empty()) return {};
  const auto maximum = version_of(options.maximum_version);
  if (!maximum) return maximum.error();
  SSL_CTX_set_max_proto_version(context, *maximum);
  return {};
}

// Texts of the replaced server.
Result<void> require_client(SSL_CTX* context, const std::string& authorities) {
  if (authorities.empty()) return {};
  const auto pem = runtime::read_file(authorities, limits::kConfigFileBytesMax);
  if (!pem) return invalid("failed to read tls_client_ca_file: " + pem.error().message);
  if (add_authorities(context, *pem) == 0) return invalid("failed to parse CA certificate in tls_client_ca_file");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

Result<void> set_ciphers(SSL_CTX* context, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  if (auto known = check_cipher_suites(names); !known) return known;
  std::string list;
  for (const std::string& name : names) {
    const auto* row = std::ranges::find(kCiphers, name, &CipherRow::go_name);
    if (row->openssl_name.empty()) continue;
    if (!list.empty()) list += ':';
    list += row->openssl_name;
  }
  // With nothing but TLS 1.3 suites in the list, older versions can agree on no cipher.
  if (list.empty()) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    return {};
  }
  if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1) return invalid(take_openssl_error());
  return {};
}

// Two functions of C's linkage kind that OpenSSL calls back.
int accept_any_certificate(int /*verified*/, X509_STORE_CTX* /*context*/) {
  return 1;
}

int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  static constexpr std::string_view kHttp = "http/1.1";
  for (unsigned int at = 0; at < offered_size; at += 1U + offered[at]) {
    if (offered[at] != kHttp.size() || at + 1U + offered[at] > offered_size) continue;
    if (std::memcmp(offered + at + 1, kHttp.data(), kHttp.size()) != 0) continue;
    *out = offered + at + 1;
    *out_size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;  // clients that offer nothing we know speak HTTP/1.1 anyway
}

void set_server_defaults(SSL_CTX* context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Connections are few and long: resumption is worth neither its memory nor its tickets.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

Result<std::shared_ptr<Context>> make(std::string_view certificate, std::string_view key,
                                      const ServerOptions& options) {
  start_openssl();
  auto context = std::make_shared<Context>(Context::tls_server);
  SSL_CTX* native = context->native_handle();
  set_server_defaults(native);
  auto done = set_versions(native, options);
  if (done) done = set_ciphers(native, options.cipher_suites);
  if (done) done = use_key_pair(native, certificate, key);
  if (done) done = require_client(native, options.client_ca_file);
  if (!done) return done.error();
  if (options.request_client_certificate) {
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, accept_any_certificate);
  }
  return context;
}

}  // namespace

Result<void> check_cipher_suites(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::ranges::find(kCiphers, name, &CipherRow::go_name) == std::end(kCiphers)) {
      return invalid("unsupported cipher " + go_quote(name));
    }
  }
  return {};
}

Result<std::shared_ptr<Context>> make_server_context(const ServerOptions& options) {
  const auto certificate =
      runtime::read_file(options.certificate_file, limits::kConfigFileBytesMax);
  if (!certificate) return invalid(certificate.error().message);
  const auto key = runtime::read_secret_file(options.key_file, limits::kConfigFileBytesMax);
  if (!key) return invalid(key.error().message);
  return make(*certificate, key->expose(), options);  // OpenSSL parses the key
}

Result<std::shared_ptr<Context>> make_server_context(const std::string& certificate_pem,
                                                     const SecretString& key_pem,
                                                     const ServerOptions& options) {
  return make(certificate_pem, key_pem.expose(), options);  // OpenSSL parses the key
}

}  // namespace leasehold::tls

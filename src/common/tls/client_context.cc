// The client's context: whom to trust and, for mutual TLS, who we are. Rules and texts are those of
// the replaced client (spec/agent.md 2.1).
#include <cstdlib>
#include <filesystem>

#include <boost/asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "leasehold/base/limits.h"
#include "leasehold/runtime/files.h"
#include "leasehold/tls/context.h"
#include "openssl.h"

namespace leasehold::tls {
namespace {

// Where distributions keep one file with all trusted roots, in Go's order.
constexpr const char* kSystemBundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/ca-bundle.pem",
                                          "/etc/pki/tls/cacert.pem",
                                          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                          "/etc/ssl/cert.pem"};

Result<void> trust_file(SSL_CTX* context, const std::string& path) {
  const auto pem = runtime::read_file(path, limits::kConfigFileBytesMax);
  if (!pem) return invalid("Error loading CA File: " + pem.error().message);
  if (add_authorities(context, *pem) == 0) {
    return invalid("Error loading CA File: Couldn't parse PEM in: " + path);
  }
  return {};
}

Result<void> trust_directory(SSL_CTX* context, const std::string& directory) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(
      directory, std::filesystem::directory_options::follow_directory_symlink, error);
  if (error) {
    return invalid("Error loading CA Path: lstat " + directory + ": no such file or directory");
  }
  for (const std::filesystem::recursive_directory_iterator end; entry != end;
       entry.increment(error)) {
    if (error) break;
    // Volumes of Kubernetes show each file a second time under a folder that starts with "..".
    if (entry->path().filename().native().starts_with("..")) {
      entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file(error)) continue;
    auto trusted = trust_file(context, entry->path().native());
    if (!trusted) return trusted;
  }
  return {};
}

/// True when OpenSSL can find a root by the hash of its name, without reading all of them.
bool has_hashed_links(const char* directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".0") return true;
  }
  return false;
}

/// The system's store. Reading the file of all roots costs 27 ms and 900 kB, so it is read only
/// where the folder of hashed links is missing or SSL_CERT_FILE names it.
void trust_system(SSL_CTX* context) {
  SSL_CTX_set_default_verify_dir(context);  // also from SSL_CERT_DIR
  // OpenSSL's own variable, as Go's; there is no way to ask OpenSSL for it.
  if (::secure_getenv(X509_get_default_cert_file_env()) != nullptr) {
    SSL_CTX_set_default_verify_file(context);
    ERR_clear_error();
    return;
  }
  if (has_hashed_links(X509_get_default_cert_dir())) return;
  for (const char* bundle : kSystemBundles) {
    const auto pem = runtime::read_file(bundle, limits::kConfigFileBytesMax);
    if (pem && add_authorities(context, *pem) > 0) return;
  }
}

Result<void> trust(SSL_CTX* context, const ClientOptions& options) {
  // compat: the file wins over the text, the text over the folder.
  if (!options.ca_file.empty()) return trust_file(context, options.ca_file);
  if (!options.ca_pem.empty()) {
    if (add_authorities(context, options.ca_pem) > 0) return {};
    return invalid("Error appending CA: Couldn't parse PEM");
  }
  if (!options.ca_directory.empty()) return trust_directory(context, options.ca_directory);
  trust_system(context);
  return {};
}

Result<void> identify(SSL_CTX* context, const ClientOptions& options) {
  if (options.key_pem != nullptr) {
    return use_key_pair(context, options.certificate_pem, options.key_pem->expose());  // as below
  }
  if (options.certificate_file.empty() && options.key_file.empty()) return {};
  if (options.certificate_file.empty() || options.key_file.empty()) {
    return invalid("both client cert and client key must be provided");
  }
  const auto certificate =
      runtime::read_file(options.certificate_file, limits::kConfigFileBytesMax);
  if (!certificate) return invalid(certificate.error().message);
  const auto key = runtime::read_secret_file(options.key_file, limits::kConfigFileBytesMax);
  if (!key) return invalid(key.error().message);
  return use_key_pair(context, *certificate, key->expose());  // OpenSSL parses the key
}

void set_client_defaults(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Buffers go back between records: an idle connection then costs 10 kB instead of 45 kB.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 1);
  // As in Go, every certificate that is given as a CA is an anchor, also one that is no root.
  X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_PARTIAL_CHAIN);
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, kProtocols, sizeof kProtocols - 1);
}

}  // namespace

Result<std::shared_ptr<Context>> make_client_context(const ClientOptions& options) {
  start_openssl();
  auto context = std::make_shared<Context>(Context::tls_client);
  SSL_CTX* native = context->native_handle();
  set_client_defaults(native);
  SSL_CTX_set_verify(native, options.skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  // compat: a CA that cannot be read is an error even when nothing is verified.
  const bool has_ca =
      !options.ca_file.empty() || !options.ca_pem.empty() || !options.ca_directory.empty();
  if (has_ca || !options.skip_verify) {
    auto trusted = trust(native, options);
    if (!trusted) return trusted.error();
  }
  auto identified = identify(native, options);
  if (!identified) return identified.error();
  return context;
}

}  // namespace leasehold::tls

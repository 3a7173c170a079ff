// TLS contexts for both sides. OpenSSL and Asio's ssl stay in the .cc.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace boost::asio::ssl {
class context;
}

namespace leasehold::tls {

using Context = boost::asio::ssl::context;

/// What Vault's client and vault{} stanza name. Empty = not given.
struct ClientOptions {
  std::string ca_file;
  std::string ca_directory;
  std::string ca_pem;
  std::string certificate_file;
  std::string key_file;
  bool skip_verify = false;
  /// Instead of the two files (kubeconfigs carry them inside).
  std::string certificate_pem = {};
  std::shared_ptr<const SecretString> key_pem = nullptr;
};

/// Without any CA the system's store is used. TLS >= 1.2.
/// Errors (Invalid) in Vault's words, e.g. `Error loading CA File: open /x: no such file or
/// directory`, `both client cert and client key must be provided`.
Result<std::shared_ptr<Context>> make_client_context(const ClientOptions& options);

/// tls10, tls11, tls12, tls13.
struct ServerOptions {
  std::string certificate_file;
  std::string key_file;
  std::string minimum_version = "tls12";
  std::vector<std::string> cipher_suites;  ///< Go names (spec/injector.md 6.1); empty = defaults
  bool request_client_certificate = false;
  std::string maximum_version = {};  ///< "" = the newest
  /// Who must have signed the client's certificate, which is then required; "" = nobody is asked for one.
  std::string client_ca_file = {};
};
/// Errors (Invalid) in Go's words: `open /x: no such file or directory`, `tls: private key does
/// not match public key`, `tls: failed to find any PEM data in certificate input`,
/// `invalid or unsupported TLS version "tls9"`.
Result<std::shared_ptr<Context>> make_server_context(const ServerOptions& options);
/// The same from PEM text.
Result<std::shared_ptr<Context>> make_server_context(const std::string& certificate_pem, const SecretString& key_pem,
                                                     const ServerOptions& options);

/// Error (Invalid): `unsupported cipher "X"`, for the first that ServerOptions::cipher_suites may not name.
Result<void> check_cipher_suites(const std::vector<std::string>& names);

/// A self-signed CA-less certificate for development, valid for the hosts (names or addresses).
struct SelfSigned {
  std::string certificate_pem;
  SecretString key_pem;
};
Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, int days);

}  // namespace leasehold::tls

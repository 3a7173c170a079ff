// Contexts: what is read, and Go's words for what cannot be.
#include "leasehold/tls/context.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/authority.h"
#include "support/temp_dir.h"

namespace leasehold::tls {
namespace {

class ContextTest : public testing::Test {
 protected:
  ContextTest() {
    const test::Leaf leaf = authority.issue("DNS:localhost");
    const test::Leaf other = authority.issue("DNS:localhost");
    write("ca.crt", authority.certificate_pem());
    write("tls.crt", leaf.certificate_pem + authority.certificate_pem());
    write("tls.key", leaf.key_pem);
    write("other.key", other.key_pem);
    write("empty", "");
    write("text", "no certificate at all, just a text");
    write("broken.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    write("broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    std::filesystem::create_directory(directory / "cas");
    write("cas/one.crt", authority.certificate_pem());
    std::filesystem::create_directory(directory / "none");
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory / name) << text;
  }
  /// A path, or "" for "".
  [[nodiscard]] std::string path(const std::string& name) const {
    return name.empty() ? "" : directory / name;
  }
  [[nodiscard]] std::string shown(std::string text) const {
    for (auto at = text.find(directory.path()); at != std::string::npos;
         at = text.find(directory.path())) {
      text.replace(at, directory.path().size(), "DIR");
    }
    return text;
  }
  test::TempDir directory;
  test::Authority authority;
};

struct ClientRow {
  const char* ca_file;
  const char* ca_directory;
  const char* certificate;
  const char* key;
  bool skip_verify;
  const char* error;  ///< "" = works
};

TEST_F(ContextTest, Client) {
  const ClientRow rows[] = {
      {"", "", "", "", false, ""},
      {"", "", "", "", true, ""},
      {"ca.crt", "", "", "", false, ""},
      {"", "cas", "", "", false, ""},
      {"ca.crt", "", "tls.crt", "tls.key", false, ""},
      {"x", "", "", "", false, "Error loading CA File: open DIR/x: no such file or directory"},
      {"x", "", "", "", true, "Error loading CA File: open DIR/x: no such file or directory"},
      {"text", "", "", "", false, "Error loading CA File: Couldn't parse PEM in: DIR/text"},
      {"empty", "", "", "", false, "Error loading CA File: Couldn't parse PEM in: DIR/empty"},
      {"", "x", "", "", false, "Error loading CA Path: lstat DIR/x: no such file or directory"},
      {"ca.crt", "", "tls.crt", "", false, "both client cert and client key must be provided"},
      {"ca.crt", "", "", "tls.key", false, "both client cert and client key must be provided"},
      {"ca.crt", "", "x", "tls.key", false, "open DIR/x: no such file or directory"},
      {"ca.crt", "", "tls.crt", "other.key", false, "tls: private key does not match public key"},
  };
  for (const ClientRow& row : rows) {
    ClientOptions options;
    options.ca_file = path(row.ca_file);
    options.ca_directory = path(row.ca_directory);
    options.certificate_file = path(row.certificate);
    options.key_file = path(row.key);
    options.skip_verify = row.skip_verify;
    const auto context = make_client_context(options);
    EXPECT_EQ(context ? "" : shown(context.error().message), row.error)
        << row.ca_file << row.certificate << row.key;
    if (!context) {
      EXPECT_EQ(context.error().kind, ErrorKind::Invalid);
    }
  }
}

TEST_F(ContextTest, ClientAuthorityAsText) {
  ClientOptions options;
  options.ca_pem = authority.certificate_pem();
  EXPECT_TRUE(make_client_context(options));
  options.ca_pem = "nonsense that is longer than fifteen characters";
  EXPECT_EQ(make_client_context(options).error().message, "Error appending CA: Couldn't parse PEM");
}

struct ServerRow {
  const char* certificate;
  const char* key;
  const char* version;
  std::vector<std::string> ciphers;
  const char* error;
};

TEST_F(ContextTest, Server) {
  const ServerRow rows[] = {
      {"tls.crt", "tls.key", "tls12", {}, ""},
      {"tls.crt", "tls.key", "tls10", {}, ""},
      {"tls.crt", "tls.key", "tls13", {}, ""},
      {"tls.crt",
       "tls.key",
       "tls12",
       {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
       ""},
      {"tls.crt", "tls.key", "tls12", {"TLS_AES_128_GCM_SHA256"}, ""},
      {"tls.crt", "tls.key", "tls12", {"foo"}, R"(unsupported cipher "foo")"},
      {"tls.crt", "tls.key", "tls12", {""}, R"(unsupported cipher "")"},
      {"tls.crt", "tls.key", "tls9", {}, R"(invalid or unsupported TLS version "tls9")"},
      {"tls.crt", "tls.key", "", {}, R"(invalid or unsupported TLS version "")"},
      {"x", "tls.key", "tls12", {}, "open DIR/x: no such file or directory"},
      {"tls.crt", "x", "tls12", {}, "open DIR/x: no such file or directory"},
      {"", "tls.key", "tls12", {}, "open : no such file or directory"},
      {"tls.crt", "other.key", "tls12", {}, "tls: private key does not match public key"},
      {"text", "tls.key", "tls12", {}, "tls: failed to find any PEM data in certificate input"},
      {"tls.crt", "text", "tls12", {}, "tls: failed to find any PEM data in key input"},
      {"broken.crt", "tls.key", "tls12", {}, "x509: malformed certificate"},
      {"tls.crt", "broken.key", "tls12", {}, "tls: failed to parse private key"},
      {"tls.key",
       "tls.crt",
       "tls12",
       {},
       "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
       "PEM inputs may have "
       "been switched"},
      {"tls.crt",
       "tls.crt",
       "tls12",
       {},
       "tls: found a certificate rather than a key in the PEM for the private key"},
  };
  for (const ServerRow& row : rows) {
    ServerOptions options;
    options.certificate_file = path(row.certificate);
    options.key_file = path(row.key);
    options.minimum_version = row.version;
    options.cipher_suites = row.ciphers;
    const auto context = make_server_context(options);
    EXPECT_EQ(context ? "" : shown(context.error().message), row.error)
        << row.certificate << " " << row.key;
  }
}

TEST(SelfSignedTest, MakesAPairForNamesAndAddresses) {
  const auto pair = make_self_signed({"vault.example.test", "127.0.0.1", "::1"}, 10);
  ASSERT_TRUE(pair) << pair.error().message;
  EXPECT_TRUE(make_server_context(pair->certificate_pem, pair->key_pem, {}));
  ClientOptions options;
  options.ca_pem = pair->certificate_pem;
  EXPECT_TRUE(make_client_context(options));
  const auto another = make_self_signed({"vault.example.test"}, 10);
  ASSERT_TRUE(another);
  EXPECT_FALSE(make_server_context(pair->certificate_pem, another->key_pem, {}));
}

TEST(SelfSignedTest, RefusesWhatIsNoHost) {
  for (const char* host : {"", "a,DNS:b", "a;b", "a\nb"}) {
    EXPECT_FALSE(make_self_signed({host}, 1)) << host;
  }
}

}  // namespace
}  // namespace leasehold::tls

// Client and server over TLS: trust, names, versions, mutual TLS, replaced certificates.
#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "leasehold/http/client.h"
#include "leasehold/http/server.h"
#include "support/authority.h"
#include "support/loop.h"
#include "support/raw_peer.h"
#include "support/temp_dir.h"

namespace leasehold::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

net::awaitable<Response> hello(Request request) {
  Response response;
  response.body =
      SecretString("hello " + request.remote_address + (request.over_tls ? " over TLS" : ""));
  co_return response;
}

std::shared_ptr<tls::Context> server_context(const test::Leaf& leaf,
                                             tls::ServerOptions options = {}) {
  auto context =
      tls::make_server_context(leaf.certificate_pem, SecretString(leaf.key_pem), options);
  if (!context) throw std::runtime_error(context.error().message);
  return *context;
}

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    EXPECT_EQ(::pipe(log_pipe_), 0);
    context_ = server_context(authority_.issue("DNS:localhost,DNS:vault.test,IP:127.0.0.1"));
  }
  ~TlsTest() override {
    stop();
    ::close(log_pipe_[0]);
    ::close(log_pipe_[1]);
  }
  void start() {
    ServerOptions options;
    options.tls = [this] { return context_; };
    log::SinkOptions sink;
    sink.descriptor = log_pipe_[1];
    options.log = log::Logger(log::make_sink(sink), "handler");
    server_ = std::make_unique<Server>(loop_.executor(), std::move(options), hello);
    ASSERT_TRUE(server_->listen());
    loop_.tasks().spawn("server", run(*this));
  }
  void stop() {
    if (!server_) return;
    server_->stop(seconds(0));
    while (!ended_) loop_.run(test::pause(milliseconds(1)));
    server_.reset();
  }
  [[nodiscard]] ClientOptions options(const std::string& host = "127.0.0.1") const {
    ClientOptions made;
    made.url = *parse_url("https://" + host + ":" + std::to_string(server_->port()));
    return made;
  }
  [[nodiscard]] tls::ClientOptions trusting() const {
    tls::ClientOptions made;
    made.ca_pem = authority_.certificate_pem();
    return made;
  }
  /// The answer's body, or `kind: error`.
  std::string ask(ClientOptions client_options, const tls::ClientOptions& tls_options) {
    auto context = tls::make_client_context(tls_options);
    if (!context) return context.error().message;
    client_options.tls = *context;
    Client client(loop_.executor(), std::move(client_options));
    return show(loop_.run(client.send({}, seconds(10))));
  }
  static std::string show(const Result<Response>& answer) {
    if (answer) return std::string(answer->body.expose());
    return std::string(to_string(answer.error().kind)) + ": " + answer.error().message;
  }
  /// What the server has logged by now, from the level on.
  std::string logged() {
    loop_.run(test::pause(milliseconds(20)));
    char text[4096];
    // A line is there or the test fails; the empty one keeps read() from waiting.
    EXPECT_EQ(::write(log_pipe_[1], "\n", 1), 1);
    const ssize_t size = ::read(log_pipe_[0], text, sizeof text);
    std::string lines(text, static_cast<std::size_t>(size - 1));
    const auto level = lines.find('[');
    return level == std::string::npos ? lines : lines.substr(level);
  }

  test::Authority authority_;
  std::shared_ptr<tls::Context> context_;
  test::Loop loop_;
  std::unique_ptr<Server> server_;

 private:
  static net::awaitable<void> run(TlsTest& self) {
    co_await self.server_->run();
    self.ended_ = true;
  }
  int log_pipe_[2] = {-1, -1};
  bool ended_ = false;
};

TEST_F(TlsTest, TrustsTheAuthorityForNameAndAddress) {
  start();
  EXPECT_EQ(ask(options(), trusting()), "hello 127.0.0.1 over TLS");
  EXPECT_EQ(ask(options("localhost"), trusting()), "hello 127.0.0.1 over TLS");
  ClientOptions named = options();
  named.server_name = "vault.test";
  EXPECT_EQ(ask(std::move(named), trusting()), "hello 127.0.0.1 over TLS");
  EXPECT_EQ(logged(), "");
}

TEST_F(TlsTest, KeepsTheConnection) {
  start();
  ClientOptions client_options = options();
  client_options.tls = *tls::make_client_context(trusting());
  Client client(loop_.executor(), std::move(client_options));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(show(loop_.run(client.send({}, seconds(10)))), "hello 127.0.0.1 over TLS");
    EXPECT_EQ(server_->connections(), 1U);
  }
}

TEST_F(TlsTest, LargeBodies) {
  start();
  ClientOptions client_options = options();
  client_options.tls = *tls::make_client_context(trusting());
  Client client(loop_.executor(), std::move(client_options));
  Request request;
  request.method = "PUT";
  request.body = SecretString(std::string(5UL * 1024 * 1024, 'x'));
  EXPECT_EQ(show(loop_.run(client.send(std::move(request), seconds(20)))),
            "hello 127.0.0.1 over TLS");
}

constexpr const char* kUnknownAuthority =
    "invalid: tls: failed to verify certificate: x509: certificate signed by unknown authority "
    "(set ca_cert / "
    "VAULT_CACERT to the file of the CA that signed it; for tests only: tls_skip_verify / "
    "VAULT_SKIP_VERIFY)";

TEST_F(TlsTest, UnknownAuthority) {
  start();
  EXPECT_EQ(ask(options(), {}), kUnknownAuthority);
  EXPECT_TRUE(logged().ends_with(": remote error: tls: unknown certificate authority\n"));
  const test::Authority other;
  tls::ClientOptions wrong;
  wrong.ca_pem = other.certificate_pem();
  EXPECT_EQ(ask(options(), wrong), kUnknownAuthority);
  const std::string line = logged();
  EXPECT_TRUE(line.starts_with("[ERROR] handler: http: TLS handshake error from 127.0.0.1:"))
      << line;
}

TEST_F(TlsTest, SelfSigned) {
  const auto pair = tls::make_self_signed({"127.0.0.1"}, 10);
  ASSERT_TRUE(pair);
  context_ = *tls::make_server_context(pair->certificate_pem, pair->key_pem, {});
  start();
  EXPECT_EQ(ask(options(), trusting()), kUnknownAuthority);
  tls::ClientOptions pinned;
  pinned.ca_pem = pair->certificate_pem;
  EXPECT_EQ(ask(options(), pinned), "hello 127.0.0.1 over TLS");
}

TEST_F(TlsTest, LeafAsAuthorityIsTrustedAsInGo) {
  const test::Leaf leaf = authority_.issue("IP:127.0.0.1");
  context_ = server_context(leaf);
  start();
  tls::ClientOptions pinned;
  pinned.ca_pem = leaf.certificate_pem;
  EXPECT_EQ(ask(options(), pinned), "hello 127.0.0.1 over TLS");
}

TEST_F(TlsTest, WrongName) {
  context_ = server_context(authority_.issue("DNS:vault.test,DNS:other.test"));
  start();
  EXPECT_TRUE(ask(options("localhost"), trusting())
                  .starts_with("invalid: tls: failed to verify certificate: x509: certificate is "
                               "valid for vault.test, "
                               "other.test, not localhost ("));
  EXPECT_TRUE(
      ask(options(), trusting())
          .starts_with(
              "invalid: tls: failed to verify certificate: x509: cannot validate certificate for "
              "127.0.0.1 because it doesn't contain any IP SANs ("));
  context_ = server_context(authority_.issue("IP:10.0.0.1,IP:::1"));
  EXPECT_TRUE(ask(options(), trusting())
                  .starts_with("invalid: tls: failed to verify certificate: x509: certificate is "
                               "valid for 10.0.0.1, "
                               "::1, not 127.0.0.1 ("));
  context_ = server_context(authority_.issue(""));
  EXPECT_TRUE(
      ask(options("localhost"), trusting())
          .starts_with(
              "invalid: tls: failed to verify certificate: x509: certificate is not valid for any "
              "names, but wanted to match localhost ("));
}

TEST_F(TlsTest, Expired) {
  context_ = server_context(authority_.issue("IP:127.0.0.1", -3));
  start();
  const std::string error = ask(options(), trusting());
  EXPECT_TRUE(error.starts_with(
      "invalid: tls: failed to verify certificate: x509: certificate has expired or is not "
      "yet valid: current time 20"))
      << error;
  EXPECT_NE(error.find(" is after 20"), std::string::npos) << error;
}

TEST_F(TlsTest, SkipVerifyTrustsAnything) {
  context_ = server_context(authority_.issue("DNS:wrong.test", -3));
  start();
  tls::ClientOptions skipping;
  skipping.skip_verify = true;
  EXPECT_EQ(ask(options(), skipping), "hello 127.0.0.1 over TLS");
  ClientOptions client_options = options();
  client_options.skip_verify = true;
  EXPECT_EQ(ask(std::move(client_options), trusting()), "hello 127.0.0.1 over TLS");
}

TEST_F(TlsTest, MutualTls) {
  tls::ServerOptions wants;
  wants.request_client_certificate = true;
  context_ = server_context(authority_.issue("IP:127.0.0.1"), wants);
  start();
  const test::TempDir directory;
  const test::Leaf own = authority_.issue("DNS:client.test");
  tls::ClientOptions identified = trusting();
  identified.certificate_file = directory / "client.crt";
  identified.key_file = directory / "client.key";
  std::FILE* file = std::fopen(identified.certificate_file.c_str(), "w");
  std::fputs(own.certificate_pem.c_str(), file);
  std::fclose(file);
  file = std::fopen(identified.key_file.c_str(), "w");
  std::fputs(own.key_pem.c_str(), file);
  std::fclose(file);
  EXPECT_EQ(ask(options(), identified), "hello 127.0.0.1 over TLS");
  // None is taken as well: whoever handles the request judges.
  EXPECT_EQ(ask(options(), trusting()), "hello 127.0.0.1 over TLS");
}

// With TLS 1.3 the client hears of it only when it reads the answer.
TEST_F(TlsTest, ServerThatInsistsOnACertificate) {
  SSL_CTX_set_verify(context_->native_handle(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  start();
  EXPECT_EQ(ask(options(), trusting()), "invalid: remote error: tls: certificate required");
}

TEST_F(TlsTest, CertificateIsReplacedForTheNextConnection) {
  start();
  ClientOptions client_options = options();
  client_options.tls = *tls::make_client_context(trusting());
  Client kept(loop_.executor(), std::move(client_options));
  EXPECT_EQ(show(loop_.run(kept.send({}, seconds(10)))), "hello 127.0.0.1 over TLS");
  const test::Authority other;
  context_ = server_context(other.issue("IP:127.0.0.1"));
  EXPECT_EQ(show(loop_.run(kept.send({}, seconds(10)))), "hello 127.0.0.1 over TLS");
  EXPECT_EQ(ask(options(), trusting()), kUnknownAuthority);
  tls::ClientOptions trusts_other;
  trusts_other.ca_pem = other.certificate_pem();
  EXPECT_EQ(ask(options(), trusts_other), "hello 127.0.0.1 over TLS");
}

TEST_F(TlsTest, PlainHttpOnTheTlsPort) {
  start();
  test::RawClient client(loop_, server_->port());
  loop_.run(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  client.socket().shutdown(net::ip::tcp::socket::shutdown_send);
  EXPECT_EQ(loop_.run(client.read()),
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
  EXPECT_TRUE(logged().ends_with(": client sent an HTTP request to an HTTPS server\n"));
}

struct BadHelloRow {
  const char* name;
  std::string bytes;
  const char* reason;
};
TEST_F(TlsTest, BrokenHandshakesAreLogged) {
  start();
  const BadHelloRow rows[] = {
      {"nothing", "", "EOF\n"},
      {"half a hello", std::string("\x16\x03\x01\x02\x00\x01", 6), "EOF\n"},
      {"nonsense", "hello, this is no TLS and no HTTP",
       "tls: first record does not look like a TLS handshake\n"},
  };
  for (const BadHelloRow& row : rows) {
    test::RawClient client(loop_, server_->port());
    loop_.run(client.send(row.bytes));
    client.socket().shutdown(net::ip::tcp::socket::shutdown_send);
    loop_.run(client.read());
    const std::string line = logged();
    EXPECT_TRUE(line.starts_with("[ERROR] handler: http: TLS handshake error from 127.0.0.1:"))
        << line;
    EXPECT_TRUE(line.ends_with(std::string(": ") + row.reason)) << row.name << ": " << line;
  }
  EXPECT_EQ(ask(options(), trusting()), "hello 127.0.0.1 over TLS");
}

TEST_F(TlsTest, ClientAgainstAPlainServer) {
  test::ScriptedTcp plain(loop_, test::loopback(),
                          {{.answers = {}, .then = test::Script::Then::Silence}});
  struct Talker {
    static net::awaitable<void> run(net::ip::tcp::acceptor& acceptor) {
      auto [error, socket] = co_await acceptor.async_accept(net::as_tuple(net::use_awaitable));
      co_await net::async_write(socket,
                                net::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")),
                                net::as_tuple(net::use_awaitable));
      co_await test::pause(seconds(1));
    }
  };
  net::ip::tcp::acceptor acceptor(loop_.context(), test::loopback());
  loop_.tasks().spawn("talker", Talker::run(acceptor));
  ClientOptions client_options;
  client_options.url =
      *parse_url("https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
  EXPECT_EQ(
      ask(std::move(client_options), trusting()),
      "invalid: http: server gave HTTP response to HTTPS client (does the address want http://?)");
}

}  // namespace
}  // namespace leasehold::http

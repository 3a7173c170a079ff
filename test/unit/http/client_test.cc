// The client against scripted servers: connections, deadlines, failures.
#include "leasehold/http/client.h"

#include <gtest/gtest.h>

#include "support/loop.h"
#include "support/raw_peer.h"
#include "support/temp_dir.h"

namespace leasehold::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Loop;
using test::Script;
using test::ScriptedTcp;
using test::ScriptedUnix;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

ClientOptions options_for(const std::string& url) {
  ClientOptions options;
  options.url = *parse_url(url);
  return options;
}
ClientOptions options_for(const ScriptedTcp& server) {
  return options_for("http://127.0.0.1:" + server.port());
}

std::shared_ptr<tls::Context> trusting_context() {
  tls::ClientOptions options;
  options.skip_verify = true;
  return *tls::make_client_context(options);
}

Request get(std::string target = "/v1/sys/health") {
  Request request;
  request.target = std::move(target);
  return request;
}

/// `200 ok`, or `transient: text`.
std::string show(const Result<Response>& answer) {
  if (answer) return std::to_string(answer->status) + " " + std::string(answer->body.expose());
  return std::string(to_string(answer.error().kind)) + ": " + answer.error().message;
}

std::string call(Loop& loop, Client& client, Request request,
                 std::chrono::nanoseconds deadline = seconds(10)) {
  return show(loop.run(client.send(std::move(request), deadline)));
}

TEST(ClientTest, SendsEverythingAndKeepsTheConnection) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(), {{.answers = {kOk, kOk, kOk}}});
  Client client(loop.executor(), options_for("http://127.0.0.1:" + server.port() + "/prefix/"));
  for (int i = 0; i < 3; ++i) {
    Request request = get("/v1/secret?list=true");
    request.method = "POST";
    request.headers.set("X-Vault-Request", "true");
    request.secret_headers.emplace_back("X-Vault-Token", SecretString("s.0123456789abcdefghij"));
    request.body = SecretString("{\"a\":\"0123456789abcdefghij\"}");
    EXPECT_EQ(call(loop, client, std::move(request)), "200 ok");
  }
  EXPECT_EQ(server.connections(), 1U);
  ASSERT_EQ(server.requests().size(), 3U);
  EXPECT_EQ(server.requests()[2],
            "POST /prefix/v1/secret?list=true HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() +
                "\r\nX-Vault-Request: true\r\nX-Vault-Token: "
                "s.0123456789abcdefghij\r\nContent-Length: 28\r\n\r\n"
                "{\"a\":\"0123456789abcdefghij\"}");
}

TEST(ClientTest, GivesHeadersOfTheAnswer) {
  Loop loop;
  ScriptedTcp server(
      loop, test::loopback(),
      {{.answers = {
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"}}});
  Client client(loop.executor(), options_for(server));
  const auto answer = loop.run(client.send(get(), seconds(10)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 429U);
  EXPECT_EQ(answer->headers.get("retry-after"), "7");
}

TEST(ClientTest, WithoutKeepAliveEachCallHasItsConnection) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(), {{.answers = {kOk}}, {.answers = {kOk}}});
  ClientOptions options = options_for(server);
  options.keep_alive = false;
  Client client(loop.executor(), std::move(options));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(server.connections(), 2U);
  EXPECT_NE(server.requests()[0].find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST(ClientTest, ClosesWhenTheServerSaysSo) {
  Loop loop;
  ScriptedTcp server(
      loop, test::loopback(),
      {{.answers = {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"},
        .then = Script::Then::Silence},
       {.answers = {kOk}}});
  Client client(loop.executor(), options_for(server));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(server.connections(), 2U);
}

struct DeadRow {
  const char* name;
  Script::Then then;
};
class DeadConnectionTest : public testing::TestWithParam<DeadRow> {};
// Closed before the next request is sent (seen at once), and only after it was (seen by its
// silence).
TEST_P(DeadConnectionTest, IsReplacedUnseen) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(),
                     {{.answers = {kOk}, .then = GetParam().then}, {.answers = {kOk}}});
  Client client(loop.executor(), options_for(server));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  loop.run(test::pause(milliseconds(20)));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(server.connections(), 2U);
}
INSTANTIATE_TEST_SUITE_P(Rows, DeadConnectionTest,
                         testing::Values(DeadRow{"closed", Script::Then::Close},
                                         DeadRow{"closes when asked",
                                                 Script::Then::ReadThenClose}));

TEST(ClientTest, ReplacesOnceOnly) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(),
                     {{.answers = {kOk}, .then = Script::Then::ReadThenClose},
                      {.answers = {}, .then = Script::Then::ReadThenClose},
                      {.answers = {kOk}}});
  Client client(loop.executor(), options_for(server));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(call(loop, client, get()), "transient: EOF");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(ClientTest, DoesNotAskAgainOnceAnAnswerHasBegun) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(),
                     {{.answers = {kOk, "HTTP/1.1 200"}}, {.answers = {kOk}}});
  Client client(loop.executor(), options_for(server));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(call(loop, client, get()), "transient: unexpected EOF");
  EXPECT_EQ(server.connections(), 1U);
}

TEST(ClientTest, EveryCutAnswerIsAnError) {
  const std::string whole =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n6\r\nefghij\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Loop loop;
    ScriptedTcp server(loop, test::loopback(), {{.answers = {whole.substr(0, size)}}});
    Client client(loop.executor(), options_for(server));
    EXPECT_EQ(call(loop, client, get()), size == 0 ? "transient: EOF" : "transient: unexpected EOF")
        << size;
  }
  Loop loop;
  ScriptedTcp server(loop, test::loopback(), {{.answers = {whole}}});
  Client client(loop.executor(), options_for(server));
  EXPECT_EQ(call(loop, client, get()), "200 abcdefghij");
}

struct AnswerRow {
  const char* name;
  std::string method;
  std::string bytes;
  const char* want;
};
void PrintTo(const AnswerRow& row, std::ostream* out) {
  *out << row.name;
}
class AnswerTest : public testing::TestWithParam<AnswerRow> {};
TEST_P(AnswerTest, IsRead) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(), {{.answers = {GetParam().bytes}}});
  ClientOptions options = options_for(server);
  options.body_bytes_max = 30;
  Client client(loop.executor(), std::move(options));
  Request request = get();
  request.method = GetParam().method;
  std::string want = GetParam().want;
  if (const auto at = want.find("PORT"); at != std::string::npos)
    want.replace(at, 4, server.port());
  EXPECT_EQ(call(loop, client, std::move(request)), want);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, AnswerTest,
    testing::Values(
        AnswerRow{"HEAD", "HEAD", "HTTP/1.1 473 standby\r\nContent-Length: 200\r\n\r\n", "473 "},
        AnswerRow{"204", "PUT", "HTTP/1.1 204 No Content\r\n\r\n", "204 "},
        AnswerRow{"until the end", "GET", "HTTP/1.0 200 OK\r\n\r\nall that comes",
                  "200 all that comes"},
        AnswerRow{"announced by 1xx", "PUT",
                  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk,
                  "200 ok"},
        AnswerRow{
            "redirect is not followed", "GET",
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
            "307 "},
        AnswerRow{"too large", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n",
                  "invalid: answer of 127.0.0.1:PORT is larger than 30 bytes"},
        AnswerRow{"head too large", "GET",
                  "HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n",
                  "invalid: net/http: server response headers exceeded 65536 bytes; aborted"},
        AnswerRow{
            "no HTTP", "GET", "SSH-2.0-OpenSSH\r\n",
            "invalid: net/http: HTTP/1.x transport connection broken: malformed HTTP response"}));

TEST(ClientTest, LargeBodiesBothWays) {
  Loop loop;
  const std::string large(3 * 1024 * 1024, 'x');
  ScriptedTcp server(loop, test::loopback(),
                     {{.answers = {"HTTP/1.1 200 OK\r\nContent-Length: " +
                                   std::to_string(large.size()) + "\r\n\r\n" + large}}});
  Client client(loop.executor(), options_for(server));
  Request request = get();
  request.method = "PUT";
  request.body = SecretString(large);
  const auto answer = loop.run(client.send(std::move(request), seconds(20)));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->body.expose() == large);
  EXPECT_TRUE(server.requests().at(0).ends_with("\r\n\r\n" + large));
}

TEST(ClientTest, DeadlineEndsTheCallAndTheConnection) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(),
                     {{.answers = {}, .then = Script::Then::Silence}, {.answers = {kOk}}});
  Client client(loop.executor(), options_for(server));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(call(loop, client, get(), milliseconds(100)),
            "transient: 127.0.0.1:" + server.port() + ": no answer within 100ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
}

TEST(ClientTest, DeadlineInTheMiddleOfTheBody) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(),
                     {{.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome"},
                       .then = Script::Then::Silence}});
  Client client(loop.executor(), options_for(server));
  EXPECT_EQ(call(loop, client, get(), milliseconds(50)),
            "transient: 127.0.0.1:" + server.port() + ": no answer within 50ms");
}

TEST(ClientTest, DeadlineWhileTheServerDoesNotRead) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(), {{.answers = {}, .then = Script::Then::Silence}});
  Client client(loop.executor(), options_for(server));
  Request request = get();
  request.method = "PUT";
  request.body = SecretString(std::string(20UL * 1024 * 1024, 'x'));
  EXPECT_EQ(call(loop, client, std::move(request), milliseconds(100)),
            "transient: 127.0.0.1:" + server.port() + ": no answer within 100ms");
}

TEST(ClientTest, DeadlineInTheHandshake) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(), {{.answers = {}, .then = Script::Then::Silence}});
  ClientOptions options = options_for("https://127.0.0.1:" + server.port());
  options.tls = trusting_context();
  Client client(loop.executor(), std::move(options));
  EXPECT_EQ(call(loop, client, get(), milliseconds(100)),
            "transient: 127.0.0.1:" + server.port() + ": no answer within 100ms");
}

TEST(ClientTest, ManyCallsAtOnce) {
  Loop loop;
  std::vector<Script> scripts;
  for (int i = 0; i < 8; ++i) scripts.push_back({.answers = {kOk}});
  ScriptedTcp server(loop, test::loopback(), std::move(scripts));
  Client client(loop.executor(), options_for(server));
  std::vector<std::string> answers;
  struct Caller {
    static net::awaitable<void> call(Client& client, std::vector<std::string>& answers) {
      answers.push_back(show(co_await client.send(get(), seconds(10))));
    }
  };
  for (int i = 0; i < 8; ++i) loop.tasks().spawn("caller", Caller::call(client, answers));
  while (answers.size() < 8) loop.run(test::pause(milliseconds(1)));
  EXPECT_EQ(answers, std::vector<std::string>(8, "200 ok"));
}

struct CancelRow {
  const char* name;
  const char* scheme;
  std::vector<std::string> answers;
};
class CancelTest : public testing::TestWithParam<CancelRow> {};
TEST_P(CancelTest, EndsTheCallAtOnce) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(),
                     {{.answers = GetParam().answers, .then = Script::Then::Silence}});
  ClientOptions options =
      options_for(std::string(GetParam().scheme) + "://127.0.0.1:" + server.port());
  options.tls = trusting_context();
  Client client(loop.executor(), std::move(options));
  struct Caller {
    static net::awaitable<void> call(Client& client, ErrorKind& kind) {
      const auto answer = co_await client.send(get(), seconds(50));
      if (!answer) kind = answer.error().kind;
    }
  };
  ErrorKind kind = ErrorKind::Transient;
  runtime::TaskGroup group(loop.executor());
  group.spawn("caller", Caller::call(client, kind));
  loop.run(test::pause(milliseconds(50)));
  const auto begin = std::chrono::steady_clock::now();
  loop.cancel(group);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(kind, ErrorKind::Cancelled);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, CancelTest,
    testing::Values(CancelRow{"in the answer", "http", {"HTTP/1.1 200 OK\r\nCon"}},
                    CancelRow{"before the answer", "http", {}},
                    CancelRow{"in the handshake", "https", {}}));

TEST(ClientTest, CancelledBeforeItBegins) {
  Loop loop;
  ScriptedTcp server(loop, test::loopback(), {{.answers = {}, .then = Script::Then::Silence}});
  Client client(loop.executor(), options_for(server));
  struct Caller {
    static net::awaitable<void> call(Client& client, ErrorKind& kind) {
      co_await test::pause(std::chrono::hours(1));
      const auto answer = co_await client.send(get(), seconds(50));
      if (!answer) kind = answer.error().kind;
    }
  };
  ErrorKind kind = ErrorKind::Transient;
  runtime::TaskGroup group(loop.executor());
  group.spawn("caller", Caller::call(client, kind));
  loop.run(test::pause(milliseconds(10)));
  loop.cancel(group);
  EXPECT_EQ(kind, ErrorKind::Cancelled);
}

TEST(ClientTest, RefusedConnection) {
  Loop loop;
  net::ip::tcp::acceptor taken(loop.context(), test::loopback());
  const std::string port = std::to_string(taken.local_endpoint().port());
  taken.close();
  Client client(loop.executor(), options_for("http://127.0.0.1:" + port));
  EXPECT_EQ(call(loop, client, get()),
            "transient: dial tcp 127.0.0.1:" + port + ": connect: connection refused");
  Client by_name(loop.executor(), options_for("http://localhost:" + port));
  EXPECT_EQ(call(loop, by_name, get()),
            "transient: dial tcp 127.0.0.1:" + port + ": connect: connection refused");
}

TEST(ClientTest, UnknownName) {
  Loop loop;
  Client client(loop.executor(), options_for("http://nosuch.invalid:8200"));
  // What follows depends on the machine's resolver.
  EXPECT_TRUE(call(loop, client, get(), seconds(3)).starts_with("transient: "));
}

TEST(ClientTest, ConnectionReset) {
  Loop loop;
  net::ip::tcp::acceptor acceptor(loop.context(), test::loopback());
  struct Resetter {
    static net::awaitable<void> run(net::ip::tcp::acceptor& acceptor) {
      auto [error, socket] = co_await acceptor.async_accept(net::as_tuple(net::use_awaitable));
      char byte = 0;
      co_await socket.async_read_some(net::buffer(&byte, 1), net::as_tuple(net::use_awaitable));
      socket.set_option(net::socket_base::linger(true, 0));
      socket.close();
    }
  };
  loop.tasks().spawn("resetter", Resetter::run(acceptor));
  const std::string place = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  Client client(loop.executor(), options_for("http://" + place));
  EXPECT_EQ(call(loop, client, get()),
            "transient: read tcp " + place + ": read: connection reset by peer");
}

TEST(ClientTest, UnixSocket) {
  Loop loop;
  const test::TempDir directory;
  const std::string path = directory / "vault.sock";
  ScriptedUnix server(loop, net::local::stream_protocol::endpoint(path), {{.answers = {kOk, kOk}}});
  Client client(loop.executor(), options_for("unix://" + path));
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(call(loop, client, get()), "200 ok");
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_NE(server.requests()[0].find("\r\nHost: localhost\r\n"), std::string::npos);
  Client nobody(loop.executor(), options_for("unix://" + path + ".not"));
  EXPECT_EQ(call(loop, nobody, get()),
            "transient: dial unix " + path + ".not: connect: no such file or directory");
}

TEST(ClientTest, RefusesToSendSplitLines) {
  Loop loop;
  Client client(loop.executor(), options_for("http://127.0.0.1:1"));
  Request target = get("/a b");
  EXPECT_TRUE(
      call(loop, client, std::move(target)).starts_with("invalid: net/http: request target"));
  Request header = get();
  header.secret_headers.emplace_back("X-Vault-Token", SecretString("s.0123456789\r\nX-Evil: 1"));
  EXPECT_EQ(call(loop, client, std::move(header)),
            "invalid: net/http: invalid header field value for \"X-Vault-Token\"");
}

}  // namespace
}  // namespace leasehold::http

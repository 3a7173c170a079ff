// The server against raw clients: exact bytes, bounds, deadlines, shutdown.
#include "leasehold/http/server.h"

#include <gtest/gtest.h>

#include "support/loop.h"
#include "support/raw_peer.h"

namespace leasehold::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using test::Loop;
using test::RawClient;

/// Answers with what it saw; some paths do more.
net::awaitable<Response> echo(Request request) {
  Response response;
  response.headers.set("Content-Type", "text/plain");
  if (request.path() == "/slow") co_await test::pause(milliseconds(150));
  if (request.path() == "/endless") co_await test::pause(std::chrono::hours(1));
  if (request.path() == "/throw") throw std::runtime_error("a defect of the handler");
  if (request.path() == "/abort") response.abort = true;
  if (request.path() == "/close") response.close = true;
  if (request.path() == "/204") response.status = 204;
  if (request.path() == "/large") {
    response.body = SecretString(std::string(5UL * 1024 * 1024, 'x'));
    co_return response;
  }
  response.body = SecretString(request.method + " " + request.target + " from " +
                               request.remote_address + (request.over_tls ? " over TLS" : "") +
                               ": " + std::string(request.body.expose()));
  co_return response;
}

/// A server with its loop. Stops when it goes.
class Fixture {
 public:
  explicit Fixture(ServerOptions options = {})
      : server_(loop.executor(), std::move(options), echo) {
    const auto listening = server_.listen();
    if (!listening) throw std::runtime_error(listening.error().message);
    loop.tasks().spawn("server", run(*this));
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    server_.stop(seconds(0));
    wait_for_end();
  }
  Server& server() { return server_; }
  RawClient connect() { return {loop, server_.port()}; }
  void wait_for_end() {
    while (!ended_) loop.run(test::pause(milliseconds(1)));
  }
  [[nodiscard]] bool ended() const { return ended_; }
  /// Sends text on a new connection and gives all that comes until the server closes it.
  std::string ask(std::string text) {
    RawClient client = connect();
    loop.run(client.send(std::move(text)));
    return loop.run(client.read());
  }

  Loop loop;

 private:
  static net::awaitable<void> run(Fixture& self) {
    co_await self.server_.run();
    self.ended_ = true;
  }
  Server server_;
  bool ended_ = false;
};

/// The Date field replaced, whose value no test knows.
std::string without_date(std::string text) {
  for (auto at = text.find("Date: "); at != std::string::npos; at = text.find("Date: ", at + 1)) {
    const auto end = text.find("\r\n", at);
    EXPECT_TRUE(text.substr(at, end - at).ends_with(" GMT")) << text;
    text.erase(at, end + 2 - at);
  }
  return text;
}

const std::string kClose = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
const std::string kKeep = " HTTP/1.1\r\nHost: h\r\n";

std::string ok(const std::string& body, bool close = true) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(body.size()) + (close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n") +
         body;
}

struct ExchangeRow {
  const char* name;
  std::string request;
  std::string answer;
};
void PrintTo(const ExchangeRow& row, std::ostream* out) {
  *out << row.name;
}
class ExchangeTest : public testing::TestWithParam<ExchangeRow> {};
TEST_P(ExchangeTest, AnswersExactly) {
  Fixture fixture;
  EXPECT_EQ(without_date(fixture.ask(GetParam().request)), GetParam().answer);
}
const std::string kGoError = "Content-Type: text/plain; charset=utf-8\r\n";
INSTANTIATE_TEST_SUITE_P(
    Rows, ExchangeTest,
    testing::Values(
        ExchangeRow{"GET", "GET /a?b=c" + kClose + "\r\n", ok("GET /a?b=c from 127.0.0.1: ")},
        ExchangeRow{"PUT", "PUT /a" + kClose + "Content-Length: 5\r\n\r\nhello",
                    ok("PUT /a from 127.0.0.1: hello")},
        ExchangeRow{"chunked",
                    "PUT /a" + kClose +
                        "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
                    ok("PUT /a from 127.0.0.1: hello")},
        ExchangeRow{"HEAD", "HEAD /a" + kClose + "\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                    "24\r\nConnection: close\r\n\r\n"},
        ExchangeRow{
            "204", "GET /204" + kClose + "\r\n",
            "HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"},
        ExchangeRow{"HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", ok("GET /a from 127.0.0.1: ")},
        ExchangeRow{"one after the other in one packet",
                    "GET /1" + kKeep + "\r\nGET /2" + kClose + "\r\n",
                    ok("GET /1 from 127.0.0.1: ", false) + ok("GET /2 from 127.0.0.1: ")},
        ExchangeRow{"the handler wants it closed", "GET /close" + kKeep + "\r\n",
                    ok("GET /close from 127.0.0.1: ")},
        ExchangeRow{"the handler wants no answer", "GET /abort" + kKeep + "\r\n", ""},
        ExchangeRow{
            "the handler throws", "GET /throw" + kKeep + "\r\n",
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
        ExchangeRow{"no Host", "GET / HTTP/1.1\r\n\r\n",
                    "HTTP/1.1 400 Bad Request\r\n" + kGoError +
                        "Content-Length: 45\r\nConnection: close\r\n\r\n400 Bad Request: missing "
                        "required Host header"},
        ExchangeRow{"no HTTP", "\x16\x03\x01 nonsense\r\n\r\n",
                    "HTTP/1.1 400 Bad Request\r\n" + kGoError +
                        "Content-Length: 15\r\nConnection: close\r\n\r\n400 Bad Request"},
        ExchangeRow{"head too large", "GET /" + std::string(70000, 'x') + kKeep + "\r\n",
                    "HTTP/1.1 431 Request Header Fields Too Large\r\n" + kGoError +
                        "Content-Length: 35\r\nConnection: close\r\n\r\n431 Request Header Fields "
                        "Too Large"},
        ExchangeRow{"an expectation fulfilled",
                    "PUT /a" + kClose + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
                    ok("PUT /a from 127.0.0.1: hello")}));

TEST(ServerTest, KeepsConnections) {
  Fixture fixture;
  RawClient client = fixture.connect();
  for (int i = 0; i < 3; ++i) {
    fixture.loop.run(client.send("GET /a" + kKeep + "\r\n"));
    EXPECT_EQ(without_date(fixture.loop.run(client.read("from 127.0.0.1: "))),
              ok("GET /a from 127.0.0.1: ", false));
  }
  EXPECT_EQ(fixture.server().connections(), 1U);
}

TEST(ServerTest, RequestInSingleBytes) {
  Fixture fixture;
  RawClient client = fixture.connect();
  for (const char c : "PUT /a" + kClose + "Content-Length: 5\r\n\r\nhello") {
    fixture.loop.run(client.send(std::string(1, c)));
  }
  EXPECT_EQ(without_date(fixture.loop.run(client.read())), ok("PUT /a from 127.0.0.1: hello"));
}

TEST(ServerTest, RequestCutAnywhereHarmsNobody) {
  Fixture fixture;
  const std::string whole =
      "PUT /a" + kClose + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    RawClient client = fixture.connect();
    fixture.loop.run(client.send(whole.substr(0, size)));
    client.socket().shutdown(net::ip::tcp::socket::shutdown_send);
    EXPECT_EQ(fixture.loop.run(client.read()), "") << size;
  }
  EXPECT_EQ(without_date(fixture.ask(whole)), ok("PUT /a from 127.0.0.1: hel"));
}

TEST(ServerTest, LargeAnswerToASlowReader) {
  Fixture fixture;
  RawClient client = fixture.connect();
  fixture.loop.run(client.send("GET /large" + kClose + "\r\n"));
  fixture.loop.run(test::pause(milliseconds(50)));
  const std::string answer = fixture.loop.run(client.read());
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(5UL * 1024 * 1024, 'x')));
}

TEST(ServerTest, ContinueIsSaidWhenTheBodyIsWaitedFor) {
  Fixture fixture;
  RawClient client = fixture.connect();
  fixture.loop.run(
      client.send("PUT /a" + kClose + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(fixture.loop.run(client.read("\r\n\r\n")), "HTTP/1.1 100 Continue\r\n\r\n");
  fixture.loop.run(client.send("hello"));
  EXPECT_EQ(without_date(fixture.loop.run(client.read())), ok("PUT /a from 127.0.0.1: hello"));
}

ServerOptions small_bodies() {
  ServerOptions options;
  options.body_bytes_max = 10;
  options.too_large.headers = {{"Content-Type", "application/json"}};
  options.too_large.body = SecretString("{\"errors\":[\"request body too large\"]}");
  return options;
}
const std::string kTooLarge =
    "HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: application/json\r\nContent-Length: "
    "37\r\n"
    "Connection: close\r\n\r\n{\"errors\":[\"request body too large\"]}";

TEST(ServerTest, TooLargeBodies) {
  Fixture fixture(small_bodies());
  // The client that sends it all in vain reads the answer nevertheless, not a reset.
  RawClient eager = fixture.connect();
  fixture.loop.run(
      eager.send("PUT /a" + kKeep + "Content-Length: 200000\r\n\r\n" + std::string(200000, 'x')));
  eager.socket().shutdown(net::ip::tcp::socket::shutdown_send);
  EXPECT_EQ(without_date(fixture.loop.run(eager.read())), kTooLarge);
  EXPECT_EQ(eager.end(), net::error::eof);

  RawClient polite = fixture.connect();
  fixture.loop.run(
      polite.send("PUT /a" + kKeep + "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n"));
  EXPECT_EQ(without_date(fixture.loop.run(polite.read())), kTooLarge);

  RawClient chunked = fixture.connect();
  fixture.loop.run(chunked.send(
      "PUT /a" + kKeep + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n123456\r\n"));
  EXPECT_EQ(without_date(fixture.loop.run(chunked.read())), kTooLarge);
}

struct SlowRow {
  const char* name;
  std::string first;
  std::string again;  ///< sent every 100 ms
  bool answered;
};
void PrintTo(const SlowRow& row, std::ostream* out) {
  *out << row.name;
}
class SlowTest : public testing::TestWithParam<SlowRow> {};
TEST_P(SlowTest, IsCutAtTheDeadline) {
  ServerOptions options;
  options.header_deadline = options.request_deadline = options.idle_deadline = seconds(1);
  Fixture fixture(std::move(options));
  RawClient client = fixture.connect();
  const auto begin = steady_clock::now();
  fixture.loop.run(client.send(GetParam().first));
  while (fixture.server().connections() > 0 || steady_clock::now() - begin < milliseconds(500)) {
    ASSERT_LT(steady_clock::now() - begin, seconds(10));
    if (!GetParam().again.empty()) fixture.loop.run(client.send(GetParam().again));
    fixture.loop.run(test::pause(milliseconds(100)));
  }
  EXPECT_GE(steady_clock::now() - begin, milliseconds(990));
  EXPECT_LT(steady_clock::now() - begin, milliseconds(2500));
  EXPECT_EQ(fixture.loop.run(client.read()).empty(), !GetParam().answered);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, SlowTest,
    testing::Values(SlowRow{"says nothing", "", "", false},
                    SlowRow{"trickles its head", "GET / HTTP/1.1\r\nHost: h\r\nX: ", "x", false},
                    SlowRow{"trickles fields", "GET / HTTP/1.1\r\nHost: h\r\n", "X: y\r\n", false},
                    SlowRow{"trickles its body", "PUT /" + kKeep + "Content-Length: 900\r\n\r\n",
                            "x", false},
                    SlowRow{"stays idle", "GET /" + kKeep + "\r\n", "", true}));

TEST(ServerTest, ReadersThatDoNotReadAreCut) {
  ServerOptions options;
  options.request_deadline = seconds(1);
  Fixture fixture(std::move(options));
  RawClient client = fixture.connect();
  fixture.loop.run(client.send("GET /large" + kKeep + "\r\n"));
  const auto begin = steady_clock::now();
  while (fixture.server().connections() == 0) fixture.loop.run(test::pause(milliseconds(1)));
  while (fixture.server().connections() > 0) {
    ASSERT_LT(steady_clock::now() - begin, seconds(10));
    fixture.loop.run(test::pause(milliseconds(10)));
  }
  EXPECT_GE(steady_clock::now() - begin, milliseconds(990));
}

TEST(ServerTest, StopEndsIdleConnectionsAndFinishesWork) {
  Fixture fixture;
  RawClient idle = fixture.connect();
  fixture.loop.run(idle.send("GET /a" + kKeep + "\r\n"));
  fixture.loop.run(idle.read("from 127.0.0.1: "));
  RawClient busy = fixture.connect();
  fixture.loop.run(busy.send("GET /slow" + kKeep + "\r\n"));
  while (fixture.server().connections() < 2) fixture.loop.run(test::pause(milliseconds(1)));
  fixture.loop.run(test::pause(milliseconds(20)));
  const auto begin = steady_clock::now();
  fixture.server().stop(seconds(30));
  EXPECT_EQ(fixture.loop.run(idle.read()), "");
  EXPECT_FALSE(fixture.ended());
  EXPECT_EQ(without_date(fixture.loop.run(busy.read())), ok("GET /slow from 127.0.0.1: "));
  fixture.wait_for_end();
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
  EXPECT_THROW(fixture.connect(), std::exception);
}

TEST(ServerTest, GraceIsBounded) {
  Fixture fixture;
  RawClient client = fixture.connect();
  fixture.loop.run(client.send("GET /endless" + kKeep + "\r\n"));
  fixture.loop.run(test::pause(milliseconds(20)));
  const auto begin = steady_clock::now();
  fixture.server().stop(seconds(1));
  fixture.wait_for_end();
  EXPECT_GE(steady_clock::now() - begin, milliseconds(990));
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(fixture.loop.run(client.read()), "");
}

TEST(ServerTest, CancellationOfRunEndsIt) {
  Loop loop;
  Server server(loop.executor(), {}, echo);
  ASSERT_TRUE(server.listen());
  runtime::TaskGroup group(loop.executor());
  group.spawn("server", server.run());
  RawClient client(loop, server.port());
  loop.run(client.send("GET /endless" + kKeep + "\r\n"));
  while (server.connections() == 0) loop.run(test::pause(milliseconds(1)));
  loop.run(test::pause(milliseconds(10)));
  const auto begin = steady_clock::now();
  loop.cancel(group);
  EXPECT_LT(steady_clock::now() - begin, seconds(5));
  EXPECT_EQ(server.connections(), 0U);
}

TEST(ServerTest, CloseAfterAnswerKeepsAnswering) {
  Fixture fixture;
  RawClient open = fixture.connect();
  fixture.loop.run(open.send("GET /a" + kKeep + "\r\n"));
  fixture.loop.run(open.read("from 127.0.0.1: "));
  fixture.server().close_after_answer();
  fixture.loop.run(open.send("GET /b" + kKeep + "\r\n"));
  EXPECT_EQ(without_date(fixture.loop.run(open.read())), ok("GET /b from 127.0.0.1: "));
  EXPECT_EQ(without_date(fixture.ask("GET /c" + kKeep + "\r\n")), ok("GET /c from 127.0.0.1: "));
}

TEST(ServerTest, FullServerDropsTheLongestIdle) {
  ServerOptions options;
  options.connections_max = 2;
  Fixture fixture(std::move(options));
  RawClient first = fixture.connect();
  fixture.loop.run(first.send("GET /1" + kKeep + "\r\n"));
  fixture.loop.run(first.read("from 127.0.0.1: "));
  fixture.loop.run(test::pause(milliseconds(5)));
  RawClient second = fixture.connect();
  fixture.loop.run(second.send("GET /2" + kKeep + "\r\n"));
  fixture.loop.run(second.read("from 127.0.0.1: "));
  RawClient third = fixture.connect();
  fixture.loop.run(third.send("GET /3" + kKeep + "\r\n"));
  EXPECT_EQ(without_date(fixture.loop.run(third.read("from 127.0.0.1: "))),
            ok("GET /3 from 127.0.0.1: ", false));
  EXPECT_LE(fixture.server().connections(), 2U);
  EXPECT_EQ(fixture.loop.run(first.read()), "");
  EXPECT_EQ(first.end(), net::error::eof);
  fixture.loop.run(second.send("GET /2" + kClose + "\r\n"));
  EXPECT_EQ(without_date(fixture.loop.run(second.read())), ok("GET /2 from 127.0.0.1: "));
}

TEST(ServerTest, FullServerWaitsForBusyOnes) {
  ServerOptions options;
  options.connections_max = 1;
  Fixture fixture(std::move(options));
  RawClient busy = fixture.connect();
  fixture.loop.run(busy.send("GET /slow" + kClose + "\r\n"));
  fixture.loop.run(test::pause(milliseconds(20)));
  EXPECT_EQ(without_date(fixture.ask("GET /next" + kClose + "\r\n")),
            ok("GET /next from 127.0.0.1: "));
  EXPECT_EQ(without_date(fixture.loop.run(busy.read())), ok("GET /slow from 127.0.0.1: "));
}

TEST(ServerTest, ListenErrors) {
  Fixture fixture;
  ServerOptions taken;
  taken.port = fixture.server().port();
  Server second(fixture.loop.executor(), std::move(taken), echo);
  const auto refused = second.listen();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "listen tcp 127.0.0.1:" + std::to_string(fixture.server().port()) +
                ": bind: address already in use");
  ServerOptions nonsense;
  nonsense.address = "no.such.address";
  Server third(fixture.loop.executor(), std::move(nonsense), echo);
  EXPECT_EQ(third.listen().error().kind, ErrorKind::Invalid);
}

TEST(ServerTest, AllAddressesServeIpv4WithItsPlainName) {
  ServerOptions options;
  options.address = "";
  Fixture fixture(std::move(options));
  EXPECT_EQ(without_date(fixture.ask("GET /a" + kClose + "\r\n")), ok("GET /a from 127.0.0.1: "));
}

}  // namespace
}  // namespace leasehold::http

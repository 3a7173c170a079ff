// The pure parts: headers, URLs, parsing, writing heads.
#include <gtest/gtest.h>

#include "head.h"
#include "leasehold/http/client.h"
#include "parser.h"

namespace leasehold::http {
namespace {

TEST(HeadersTest, NamesIgnoreCaseAndOrderStays) {
  Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}};
  headers.add("x-a", "2");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "text/plain");
  EXPECT_EQ(headers.get("x-A"), "1");
  headers.set("X-a", "3");
  EXPECT_EQ(headers.get("x-a"), "3");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 2);
  EXPECT_FALSE(headers.has("missing"));
  EXPECT_EQ(headers.get("missing"), "");
}

TEST(RequestTest, SplitsTheTarget) {
  Request request;
  request.target = "/v1/sys/health?standbyok=true&x=?";
  EXPECT_EQ(request.path(), "/v1/sys/health");
  EXPECT_EQ(request.query(), "standbyok=true&x=?");
  request.target = "/plain";
  EXPECT_EQ(request.path(), "/plain");
  EXPECT_EQ(request.query(), "");
}

struct UrlRow {
  const char* text;
  const char* want;  ///< scheme|host|port|prefix|query|authority
};
class UrlTest : public testing::TestWithParam<UrlRow> {};
TEST_P(UrlTest, Reads) {
  const auto url = parse_url(GetParam().text);
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme + "|" + url->host + "|" + url->port + "|" + url->prefix + "|" + url->query +
                "|" + url->authority(),
            GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, UrlTest,
    testing::Values(
        UrlRow{"http://127.0.0.1:8200", "http|127.0.0.1|8200|||127.0.0.1:8200"},
        UrlRow{"HTTPS://vault.vault.svc", "https|vault.vault.svc|443|||vault.vault.svc"},
        UrlRow{"https://v:443/", "https|v|443|||v"}, UrlRow{"http://v:443", "http|v|443|||v:443"},
        UrlRow{"http://[::1]:8200/a/b/", "http|::1|8200|/a/b||[::1]:8200"},
        UrlRow{"http://[fe80::1%25eth0]", "http|fe80::1%eth0|80|||[fe80::1%eth0]"},
        UrlRow{"http://h:/x", "http|h|80|/x||h"}, UrlRow{"http://h?a=b", "http|h|80||a=b|h"},
        UrlRow{"http://user:word@h:1/p?q#f", "http|h|1|/p|q|h:1"},
        UrlRow{"http://h/a b%20c", "http|h|80|/a%20b%20c||h"},
        UrlRow{"unix:///run/vault.sock", "unix|/run/vault.sock||||localhost"}));

struct BadUrlRow {
  const char* text;
  const char* error;
};
class BadUrlTest : public testing::TestWithParam<BadUrlRow> {};
TEST_P(BadUrlTest, RefusesInGosWords) {
  const auto url = parse_url(GetParam().text);
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().kind, ErrorKind::Invalid);
  EXPECT_EQ(url.error().message, GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, BadUrlTest,
    testing::Values(
        BadUrlRow{"http://[::1", R"(parse "http://[::1": missing ']' in host)"},
        BadUrlRow{"ftp://h", R"(unsupported protocol scheme "ftp")"},
        BadUrlRow{"vault:8200", R"(unsupported protocol scheme "vault")"},
        BadUrlRow{"", R"(unsupported protocol scheme "")"},
        BadUrlRow{"127.0.0.1:8200",
                  R"(parse "127.0.0.1:8200": first path segment in URL cannot contain colon)"},
        BadUrlRow{":x", R"(parse ":x": missing protocol scheme)"},
        BadUrlRow{"http://h:8x", R"(parse "http://h:8x": invalid port ":8x" after host)"},
        BadUrlRow{"http://[::1]x", R"(parse "http://[::1]x": invalid port "x" after host)"},
        BadUrlRow{"http://a b/", R"(parse "http://a b/": invalid character " " in host name)"},
        BadUrlRow{"http://h/%zz", R"(parse "http://h/%zz": invalid URL escape "%zz")"},
        BadUrlRow{"http://h\n", R"(parse "http://h\n": net/url: invalid control character in URL)"},
        BadUrlRow{"http:///x", "http: no Host in request URL"},
        BadUrlRow{"http:h", "http: no Host in request URL"},
        BadUrlRow{"http://h:70000", "dial tcp: address 70000: invalid port"},
        BadUrlRow{"unix://", R"(no path in socket address "unix://")"}));

constexpr ParserLimits kLimits{.header_bytes_max = 200, .body_bytes_max = 20};

std::string outcome(Progress progress) {
  switch (progress) {
    case Progress::NeedMore:
      return "need more";
    case Progress::Complete:
      return "complete";
    case Progress::HeaderTooLarge:
      return "header too large";
    case Progress::BodyTooLarge:
      return "body too large";
    case Progress::Malformed:
      break;
  }
  return "malformed";
}

struct ParserRow {
  const char* name;
  std::string bytes;
  const char* want;
  const char* body;
};
void PrintTo(const ParserRow& row, std::ostream* out) {
  *out << row.name;
}

/// Gives the bytes in pieces, as a socket would, and keeps what was not used.
template <class AnyParser>
Progress feed_in_pieces(AnyParser& parser, std::string_view bytes, std::size_t piece) {
  std::string pending;
  Fed fed{.progress = Progress::NeedMore, .used = 0};
  while (!bytes.empty() && fed.progress == Progress::NeedMore) {
    pending += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    fed = parser.feed(pending);
    pending.erase(0, fed.used);
  }
  return fed.progress;
}

class RequestParserTest : public testing::TestWithParam<ParserRow> {};
TEST_P(RequestParserTest, GivesTheSameForEverySize) {
  const ParserRow& row = GetParam();
  for (const std::size_t piece : {1UL, 2UL, 7UL, 64UL, 4096UL}) {
    RequestParser parser(kLimits);
    EXPECT_EQ(outcome(feed_in_pieces(parser, row.bytes, piece)), row.want) << "pieces of " << piece;
    if (std::string_view(row.want) == "complete") {
      EXPECT_EQ(parser.message().body.expose(), row.body);
    }
  }
}
const std::string kHead = "POST /x HTTP/1.1\r\nHost: h\r\n";
INSTANTIATE_TEST_SUITE_P(
    Rows, RequestParserTest,
    testing::Values(
        ParserRow{"no body", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "complete", ""},
        ParserRow{"length", kHead + "Content-Length: 5\r\n\r\nhello", "complete", "hello"},
        ParserRow{"chunked",
                  kHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
                  "complete", "hello!"},
        ParserRow{"body at its limit", kHead + "Content-Length: 20\r\n\r\n01234567890123456789",
                  "complete", "01234567890123456789"},
        ParserRow{"body over its limit", kHead + "Content-Length: 21\r\n\r\n", "body too large",
                  ""},
        ParserRow{"chunks over the limit",
                  kHead + "Transfer-Encoding: "
                          "chunked\r\n\r\n14\r\n01234567890123456789\r\n1\r\nx\r\n0\r\n\r\n",
                  "body too large", ""},
        ParserRow{"one long field", kHead + "X: " + std::string(300, 'x') + "\r\n\r\n",
                  "header too large", ""},
        ParserRow{"many fields",
                  kHead + "A: 0123456789012345678901234567890123456789\r\nB: "
                          "0123456789012345678901234567890123456789\r\n"
                          "C: 0123456789012345678901234567890123456789\r\nD: "
                          "0123456789012345678901234567890123456789\r\n\r\n",
                  "header too large", ""},
        ParserRow{"endless target", "GET /" + std::string(300, 'x'), "header too large", ""},
        ParserRow{"both lengths", kHead + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                  "malformed", ""},
        ParserRow{"other encoding", kHead + "Transfer-Encoding: gzip\r\n\r\n", "malformed", ""},
        ParserRow{"chunked and more", kHead + "Transfer-Encoding: chunked, gzip\r\n\r\n",
                  "malformed", ""},
        ParserRow{"no chunks", kHead + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "complete",
                  ""},
        ParserRow{"trailer",
                  kHead + "Transfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n00\r\nX: y\r\nZ: \r\n\r\n",
                  "complete", "x"},
        ParserRow{"endless trailer",
                  kHead + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(200, 'y'),
                  "malformed", ""},
        ParserRow{"endless size", kHead + "Transfer-Encoding: chunked\r\n\r\n0000000000000000",
                  "malformed", ""},
        ParserRow{"endless extension",
                  kHead + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1100, 'y'),
                  "malformed", ""},
        ParserRow{"chunk longer than said", kHead + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n",
                  "malformed", ""},
        ParserRow{"line feed alone", kHead + "Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
                  "malformed", ""},
        ParserRow{"two lengths", kHead + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
                  "malformed", ""},
        ParserRow{"bad length", kHead + "Content-Length: -5\r\n\r\n", "malformed", ""},
        ParserRow{"bad chunk", kHead + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "malformed",
                  ""},
        ParserRow{"blank before colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "malformed", ""},
        ParserRow{"version 2", "GET / HTTP/2.0\r\n\r\n", "malformed", ""},
        ParserRow{"TLS", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03 \r\n\r\n", "malformed", ""},
        ParserRow{"unfinished", kHead, "need more", ""}));

struct FlagRow {
  const char* head;
  bool keep_alive;
  bool lacks_host;
  bool expects_continue;
};
TEST(RequestParserTest, KnowsWhatTheConnectionShallDo) {
  const FlagRow rows[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true, false, false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false, false, false},
      {"GET / HTTP/1.1\r\n\r\n", true, true, false},
      {"GET / HTTP/1.0\r\n\r\n", false, false, false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false, false, false},
      {"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", true,
       false, true},
  };
  for (const FlagRow& row : rows) {
    RequestParser parser(kLimits);
    parser.feed(row.head);
    ASSERT_TRUE(parser.head_done()) << row.head;
    EXPECT_EQ(parser.keep_alive(), row.keep_alive) << row.head;
    EXPECT_EQ(parser.lacks_host(), row.lacks_host) << row.head;
    EXPECT_EQ(parser.expects_continue(), row.expects_continue) << row.head;
  }
}

class ResponseParserTest : public testing::TestWithParam<ParserRow> {};
TEST_P(ResponseParserTest, GivesTheSameForEverySize) {
  const ParserRow& row = GetParam();
  for (const std::size_t piece : {1UL, 3UL, 4096UL}) {
    ResponseParser parser(kLimits, /*no_body=*/std::string_view(row.name).starts_with("HEAD"));
    EXPECT_EQ(outcome(feed_in_pieces(parser, row.bytes, piece)), row.want) << "pieces of " << piece;
    if (std::string_view(row.want) == "complete") {
      EXPECT_EQ(parser.message().body.expose(), row.body);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(
    Rows, ResponseParserTest,
    testing::Values(
        ParserRow{"length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "complete", "ok"},
        ParserRow{"no reason", "HTTP/1.1 418 \r\nContent-Length: 0\r\n\r\n", "complete", ""},
        ParserRow{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", "complete", ""},
        ParserRow{"204", "HTTP/1.1 204 No Content\r\n\r\n", "complete", ""},
        ParserRow{"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "complete", ""},
        ParserRow{"until the end", "HTTP/1.1 200 OK\r\n\r\nsome", "need more", ""},
        ParserRow{"too large without length", "HTTP/1.1 200 OK\r\n\r\n" + std::string(21, 'x'),
                  "body too large", ""},
        ParserRow{"no HTTP", "SSH-2.0-OpenSSH_9.2p1\r\n", "malformed", ""}));

TEST(ResponseParserTest, EndOfConnectionCompletesABodyWithoutLength) {
  ResponseParser open_ended(kLimits, false);
  open_ended.feed("HTTP/1.1 200 OK\r\n\r\nsome");
  EXPECT_EQ(open_ended.feed_end(), Progress::Complete);
  EXPECT_EQ(open_ended.message().body.expose(), "some");
  ResponseParser cut(kLimits, false);
  cut.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome");
  EXPECT_EQ(cut.feed_end(), Progress::Malformed);
  ResponseParser in_head(kLimits, false);
  in_head.feed("HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(in_head.feed_end(), Progress::Malformed);
}

std::string text_of(const SecretBytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(HeadTest, WritesRequests) {
  Request request;
  request.method = "PUT";
  request.target = "/v1/x?a=b";
  request.headers = {{"X-Vault-Request", "true"}, {"Host", "ignored"}, {"content-length", "99"}};
  request.secret_headers.emplace_back("X-Vault-Token", SecretString("s.token"));
  request.body = SecretString("{}");
  EXPECT_EQ(text_of(write_request_head(*parse_url("http://h:8200/pre/"), request, true)),
            "PUT /pre/v1/x?a=b HTTP/1.1\r\nHost: h:8200\r\nX-Vault-Request: true\r\nX-Vault-Token: "
            "s.token\r\n"
            "Content-Length: 2\r\n\r\n");
  Request plain;
  EXPECT_EQ(text_of(write_request_head(*parse_url("unix:///run/x"), plain, false)),
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

TEST(HeadTest, WritesAnswers) {
  Response response;
  response.headers = {
      {"Content-Type", "text/plain"}, {"Connection", "ignored"}, {"X-Bad", "a\r\nX-Evil: 1"}};
  response.body = SecretString("hello");
  EXPECT_EQ(text_of(write_response_head(response, {.keep_alive = false, .date = "today"})),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: today\r\nContent-Length: "
            "5\r\nConnection: "
            "close\r\n\r\n");
  response.status = 204;
  response.headers = {};
  EXPECT_EQ(text_of(write_response_head(response, {})), "HTTP/1.1 204 No Content\r\n\r\n");
  response.status = 473;
  EXPECT_EQ(text_of(write_response_head(response, {})),
            "HTTP/1.1 473 status code 473\r\nContent-Length: 5\r\n\r\n");
}

}  // namespace
}  // namespace leasehold::http

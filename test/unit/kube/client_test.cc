#include "leasehold/kube/client.h"

#include <gtest/gtest.h>

#include "leasehold/runtime/files.h"
#include "support/api_script.h"
#include "support/loop.h"
#include "support/raw_peer.h"
#include "support/temp_dir.h"

namespace leasehold::kube {
namespace {

using nlohmann::json;
using test::ApiAnswer;
using test::ApiRequest;

class KubeClientTest : public ::testing::Test {
 protected:
  void answer(unsigned status, std::string body) {
    script_.answer = [=](const ApiRequest& /*request*/) -> Result<ApiAnswer> { return ApiAnswer{status, body}; };
  }
  net::io_context io_{1};
  test::ApiScript script_;
};

TEST_F(KubeClientTest, Requests) {
  answer(200, "{}");
  const auto client = test::scripted_client(script_);
  const json object = {{"metadata", {{"name", "x"}}}};
  const json operations = json::array();
  (void)test::run_now(io_, client->get(kMutatingWebhooks, "", "cfg"));
  (void)test::run_now(io_, client->list(kSecrets, {.name_space = "vault", .fields = "metadata.name=a", .resource_version = "", .continued = "t"}));
  (void)test::run_now(io_, client->create(kConfigMaps, "vault", object));
  (void)test::run_now(io_, client->update(kLeases, "vault", object));
  (void)test::run_now(io_, client->patch(kMutatingWebhooks, "", "cfg", operations));
  (void)test::run_now(io_, client->remove(kPods, "vault", "a/b", "uid-1"));
  (void)test::run_now(io_, client->watch(kNodes, {.name_space = "", .fields = "", .resource_version = "7", .continued = ""}, std::chrono::seconds(60),
                                         [](std::string_view /*bytes*/) { return true; }));
  const std::vector<std::string> want{
      "GET /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cfg",
      "GET /api/v1/namespaces/vault/secrets?fieldSelector=metadata.name%3Da&limit=500&continue=t",
      "POST /api/v1/namespaces/vault/configmaps",
      "PUT /apis/coordination.k8s.io/v1/namespaces/vault/leases/x",
      "PATCH /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cfg",
      "DELETE /api/v1/namespaces/vault/pods/a%2Fb",
      "GET /api/v1/nodes?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=60"};
  EXPECT_EQ(script_.list(), want);
  EXPECT_NE(script_.seen[5].body.find(R"("preconditions":{"uid":"uid-1"})"), std::string::npos);
}

TEST_F(KubeClientTest, KindsOfFailures) {
  const std::pair<unsigned, ErrorKind> rows[] = {
      {401, ErrorKind::Denied},    {403, ErrorKind::Denied},    {404, ErrorKind::NotFound},  {409, ErrorKind::Transient},
      {410, ErrorKind::Transient}, {422, ErrorKind::Invalid},   {429, ErrorKind::Transient}, {500, ErrorKind::Transient},
      {503, ErrorKind::Transient}, {400, ErrorKind::Invalid}};
  const auto client = test::scripted_client(script_);
  for (const auto& [status, kind] : rows) {
    answer(status, R"({"kind":"Status","reason":"Why","message":"because"})");
    const auto got = test::run_now(io_, client->get(kPods, "n", "p"));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->reason(), "Why");
    EXPECT_EQ(got->failure("get").kind, kind) << status;
    EXPECT_EQ(got->failure("get").message, "get: because");
  }
  answer(502, "<html>");
  EXPECT_EQ(test::run_now(io_, client->get(kPods, "n", "p"))->failure("get").message, "get: the API server answered 502");
  answer(200, "<html>");
  EXPECT_EQ(test::run_now(io_, client->get(kPods, "n", "p")).error().message, "the API server's answer is no JSON");
}

TEST_F(KubeClientTest, TheTokenIsReadAnew) {
  const test::TempDir folder;
  Config config;
  config.token_file = folder.path() + "/token";
  ASSERT_TRUE(runtime::write_atomically(config.token_file, "first\n", {}));
  const auto client = test::scripted_client(script_, config);
  answer(200, "{}");
  (void)test::run_now(io_, client->get(kPods, "n", "p"));
  EXPECT_EQ(script_.seen.back().bearer, "Bearer first");
  ASSERT_TRUE(runtime::write_atomically(config.token_file, "second", {}));
  (void)test::run_now(io_, client->get(kPods, "n", "p"));
  EXPECT_EQ(script_.seen.back().bearer, "Bearer first");
  script_.clock.run_for(io_, std::chrono::seconds(61));
  (void)test::run_now(io_, client->get(kPods, "n", "p"));
  EXPECT_EQ(script_.seen.back().bearer, "Bearer second");
  // A file that is gone for a moment leaves the old token.
  ASSERT_EQ(std::remove(config.token_file.c_str()), 0);
  script_.clock.run_for(io_, std::chrono::seconds(61));
  (void)test::run_now(io_, client->get(kPods, "n", "p"));
  EXPECT_EQ(script_.seen.back().bearer, "Bearer second");
}

TEST_F(KubeClientTest, ARefusedTokenIsReadAgainAtOnce) {
  const test::TempDir folder;
  Config config;
  config.token_file = folder.path() + "/token";
  ASSERT_TRUE(runtime::write_atomically(config.token_file, "old", {}));
  const auto client = test::scripted_client(script_, config);
  script_.answer = [&](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.bearer == "Bearer new") return ApiAnswer{200, "{}"};
    (void)runtime::write_atomically(config.token_file, "new", {});
    return ApiAnswer{401, "{}"};
  };
  EXPECT_TRUE(test::run_now(io_, client->get(kPods, "n", "p"))->ok());
  EXPECT_EQ(script_.seen.size(), 2U);
}

TEST_F(KubeClientTest, RequestsAreSpread) {
  ClientOptions options;
  options.transport = std::make_unique<test::ApiTransport>(script_);
  options.rate = {.per_second = 2, .burst = 1};
  Client client(std::move(options), script_.clock);
  answer(200, "{}");
  int done = 0;
  const auto ask = [](Client& asked, int& count) -> net::awaitable<void> {
    (void)co_await asked.get(kPods, "n", "p");
    ++count;
  };
  for (int i = 0; i < 4; ++i) net::co_spawn(io_, ask(client, done), net::use_future);
  script_.clock.run_for(io_, std::chrono::milliseconds(900));
  EXPECT_EQ(done, 2);
  script_.clock.run_for(io_, std::chrono::seconds(1));
  EXPECT_EQ(done, 4);
}

/// Over a real connection: events reach the sink while the answer is still coming, and plain calls
/// share one connection.
TEST(KubeConnectionTest, KeepsConnectionsAndStreams) {
  test::Loop loop;
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
  const std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\n\r\n2\r\nc\n\r\n";
  test::ScriptedTcp server(loop, test::loopback(), {{.answers = {ok, ok, chunks}}});
  runtime::RealClock clock;
  Config config;
  config.url = *http::parse_url("http://127.0.0.1:" + server.port());
  const auto client = *connect(config, "test/1", loop.executor(), clock);
  EXPECT_TRUE(loop.run(client->get(kPods, "n", "p"))->ok());
  EXPECT_TRUE(loop.run(client->get(kPods, "n", "p"))->ok());
  std::string seen;
  const auto ended = loop.run(client->watch(kPods, {}, std::chrono::seconds(30), [&](std::string_view bytes) {
    seen += bytes;
    return seen.size() < 5;
  }));
  EXPECT_TRUE(ended);
  EXPECT_EQ(seen, "ab\nc\n");
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_NE(server.requests()[0].find("User-Agent: test/1\r\n"), std::string::npos);
}

TEST(KubeConnectionTest, ARefusedWatchHasABody) {
  test::Loop loop;
  test::ScriptedTcp server(loop, test::loopback(),
                           {{.answers = {"HTTP/1.1 403 Forbidden\r\nContent-Length: 16\r\n\r\n{\"message\":\"no\"}"}}});
  runtime::RealClock clock;
  Config config;
  config.url = *http::parse_url("http://127.0.0.1:" + server.port());
  const auto client = *connect(config, "test/1", loop.executor(), clock);
  const auto ended = loop.run(client->watch(kPods, {}, std::chrono::seconds(30), [](std::string_view) { return false; }));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->failure("watch").message, "watch: no");
}

}  // namespace
}  // namespace leasehold::kube

// Rows of spec/agent.md 6 to 10 that need a server: wrapping, encrypted sinks, status codes, namespaces,
// certificates, quiescence, ends.
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "leasehold/base/encoding.h"
#include "leasehold/tls/key_agreement.h"
#include "support/agent_simulation.h"

namespace leasehold::agent {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Forced = std::optional<Result<http::Response>>;

constexpr const char* kWrapInfo =
    "{\"token\":\"s.wrapping\",\"accessor\":\"acc\",\"ttl\":300,\"creation_time\":\"2026-11-21T10:03:27.5Z\","
    "\"creation_path\":\"sys/wrapping/wrap\",\"wrapped_accessor\":\"\"}\n";

std::string member(const std::string& json, const std::string& name) {
  const std::string start = "\"" + name + "\":\"";
  const auto at = json.find(start);
  if (at == std::string::npos) return "";
  return json.substr(at + start.size(), json.find('"', at + start.size()) - at - start.size());
}

TEST(AgentParity, MethodWrapTtl) {
  Simulation simulation;
  simulation.config.auto_auth->method.wrap_ttl = minutes(5);
  simulation.start();
  simulation.pass(hours(2));
  EXPECT_EQ(simulation.file("token"), kWrapInfo);
  EXPECT_EQ(simulation.vault.script().seen.size(), 1U) << "nothing is renewed, nothing is read with it";
  EXPECT_EQ(simulation.vault.script().seen[0].wrap_ttl, "300");
  EXPECT_FALSE(simulation.end);
  simulation.stop();
}

TEST(AgentParity, MethodWrapTtlWithoutWrapInfo) {
  Simulation simulation;
  simulation.config.auto_auth->method.wrap_ttl = minutes(5);
  simulation.config.auto_auth->method.exit_on_err = true;
  simulation.vault.fault = [](const test::SeenRequest&) -> Forced { return test::json_answer(200, "{}"); };
  simulation.start();
  ASSERT_TRUE(simulation.end);
  EXPECT_EQ(simulation.end->exit_code, 1);
  EXPECT_EQ(simulation.end->error, "authentication returned nil wrap info");
}

TEST(AgentParity, SinkWrapTtl) {
  Simulation simulation;
  simulation.config.auto_auth->sinks[0].wrap_ttl = minutes(5);
  simulation.start();
  EXPECT_EQ(simulation.file("token"), kWrapInfo);
  const auto& seen = simulation.vault.script().seen;
  const auto wrap = std::ranges::find(seen, "PUT /v1/sys/wrapping/wrap", &test::SeenRequest::what);
  ASSERT_NE(wrap, seen.end());
  EXPECT_EQ(wrap->body, R"({"token":"s.token-number-1"})");
  EXPECT_EQ(wrap->token, "s.token-number-1");
  EXPECT_TRUE(simulation.file_works()) << "the agent itself uses the token";
  simulation.stop();
}

TEST(AgentParity, EncryptedSink) {
  for (const bool derive : {false, true}) {
    Simulation simulation;
    const auto reader = tls::make_exchange_key();
    ASSERT_TRUE(reader);
    auto& sink = simulation.config.auto_auth->sinks[0];
    sink.dh_type = "curve25519";
    sink.dh_path = simulation.path("dh.json");
    sink.derive_key = derive;
    sink.aad_env_var = "SINK_AAD";
    simulation.environment["SINK_AAD"] = "TESTAAD";
    simulation.start();
    simulation.pass(seconds(10));
    EXPECT_EQ(simulation.file("token"), "") << "not bare, and not before the reader has left its key";
    std::ofstream(simulation.path("dh.json")) << R"({"curve25519_public_key":")" << base64_encode(reader->public_key) << "\"}\n";
    simulation.pass(seconds(4));
    const std::string text = simulation.file("token");
    const auto key = tls::agree(*reader, *base64_decode(member(text, "curve25519_public_key")), derive);
    ASSERT_TRUE(key) << text;
    const tls::Sealed sealed{*base64_decode(member(text, "nonce")), *base64_decode(member(text, "encrypted_payload"))};
    const auto token = tls::unseal(*key, sealed, "TESTAAD");
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(token->expose(), "s.token-number-1");
    simulation.stop();
  }
}

TEST(AgentParity, ModeOfTheSink) {
  Simulation simulation;
  simulation.config.auto_auth->sinks[0].mode = 0600;
  simulation.start();
  struct stat status {};
  ASSERT_EQ(::stat(simulation.path("token").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  simulation.stop();
}

// Whatever a server answers to a login or a read, it is tried again, at a bounded rate, and goes on when
// the server is right again.
TEST(AgentParity, StatusCodes) {
  for (const unsigned status : {308U, 303U, 400U, 403U, 404U, 405U, 412U, 429U, 472U, 473U, 500U, 501U, 502U, 503U, 504U}) {
    for (const std::string part : {"login", "creds", "mounts", "renew"}) {
      Simulation simulation({.token_ttl = minutes(5), .lease_ttl = minutes(5)});
      simulation.config.template_config.lease_check_interval = std::chrono::nanoseconds(0);
      bool bad = true;
      simulation.vault.fault = [&](const test::SeenRequest& request) -> Forced {
        if (!bad || request.what.find(part) == std::string::npos) return std::nullopt;
        return test::json_answer(status, R"({"errors":["1 error occurred:\n\t* x\n\n"]})");
      };
      simulation.start();
      simulation.pass(minutes(10));
      EXPECT_LE(simulation.vault.script().seen.size(), 200U) << status << " " << part;
      bad = false;
      simulation.pass(minutes(6));
      EXPECT_TRUE(simulation.file_works()) << status << " " << part;
      ASSERT_FALSE(simulation.end);
      simulation.stop();
    }
  }
}

TEST(AgentParity, RetryAfterIsObeyed) {
  Simulation simulation;
  simulation.vault.fault = [&](const test::SeenRequest& request) -> Forced {
    if (request.what != "GET /v1/database/creds/app" || simulation.vault.script().count(request.what) > 1) return std::nullopt;
    auto answer = test::json_answer(429, R"({"errors":["rate limit quota exceeded"]})");
    answer->headers.set("Retry-After", "17");
    return answer;
  };
  simulation.start();
  simulation.pass(milliseconds(16'900));
  EXPECT_EQ(simulation.vault.script().count("GET /v1/database/creds/app"), 1U);
  simulation.pass(milliseconds(200));
  EXPECT_TRUE(simulation.file_works());
  simulation.stop();
}

TEST(AgentParity, KeyValueBelowANamespaceInThePath) {
  Simulation simulation;
  simulation.add_template(R"({{ with secret "secret/app" }}{{ .Data.data.value }}{{ end }})", "plain");
  simulation.add_template(R"({{ with secret "secret/data/app" }}{{ .Data.data.value }}{{ end }})", "written");
  simulation.add_template(R"({{ with secret "team/secret/app" }}{{ .Data.data.value }}{{ end }})", "deep");
  simulation.vault.fault = [](const test::SeenRequest& request) -> Forced {
    if (request.what != "GET /v1/team/secret/data/app") return std::nullopt;
    return test::json_answer(200, R"({"data":{"data":{"value":"of the team"}}})");
  };
  simulation.start();
  EXPECT_EQ(simulation.file("plain"), "v1");
  EXPECT_EQ(simulation.file("written"), "v1");
  EXPECT_EQ(simulation.file("deep"), "of the team");
  simulation.stop();
}

TEST(AgentParity, StaticSecretsArePolledAt085To095OfTheInterval) {
  Simulation simulation;
  simulation.config.template_config.static_secret_render_interval = seconds(10);
  simulation.add_template(R"({{ with secret "secret/data/app" }}{{ .Data.data.value }}{{ end }})", "kv");
  simulation.start();
  const auto start = simulation.clock.now();
  simulation.pass(minutes(10));
  auto last = start;
  for (const auto& request : simulation.vault.script().seen) {
    if (request.what != "GET /v1/secret/data/app" || request.at == start) continue;
    EXPECT_GE(request.at - last, milliseconds(8'500));
    EXPECT_LE(request.at - last, milliseconds(9'501));
    last = request.at;
  }
  EXPECT_GT(last, start + minutes(9));
  simulation.vault.kv_version = 2;
  simulation.pass(seconds(10));
  EXPECT_EQ(simulation.file("kv"), "v2");
  simulation.stop();
}

TEST(AgentParity, StaticRoleIsReadASecondAfterItsRotation) {
  Simulation simulation({.rotation = seconds(20)});
  simulation.config.templates[0].contents = R"({{ with secret "database/static-creds/app" }}{{ .Data.password }}{{ end }})";
  simulation.start();
  int stale = 0;
  for (int i = 0; i < 600; ++i) {
    simulation.pass(milliseconds(500));
    if (simulation.file() != simulation.vault.static_password()) ++stale;
  }
  EXPECT_LE(stale, 15 * 2 + 2) << "about a second in each of 15 rotations";
  EXPECT_LE(simulation.vault.script().count("GET /v1/database/static-creds/app"), 17U);
  simulation.stop();
}

TEST(AgentParity, BatchTokensAreReplacedNotRenewed) {
  Simulation simulation({.token_ttl = seconds(30), .token_max = seconds(30), .lease_ttl = seconds(60), .batch = true});
  simulation.start();
  for (int i = 0; i < 1200; ++i) {
    simulation.pass(milliseconds(500));
    ASSERT_TRUE(simulation.file_works()) << i;
  }
  EXPECT_EQ(simulation.vault.script().count("PUT /v1/auth/token/renew-self"), 0U);
  EXPECT_LE(simulation.vault.logins(), 600U / 21 + 2);
  simulation.stop();
}

TEST(AgentParity, LeasesThatCannotBeRenewedAreReadAnew) {
  Simulation simulation({.token_ttl = hours(1), .lease_ttl = seconds(60), .renewable = false});
  simulation.start();
  for (int i = 0; i < 1200; ++i) {
    simulation.pass(milliseconds(500));
    ASSERT_TRUE(simulation.file_works()) << i;
  }
  EXPECT_EQ(simulation.vault.script().count("PUT /v1/sys/leases/renew"), 0U);
  EXPECT_LE(simulation.vault.credentials_made(), 600U / 51 + 1);
  simulation.stop();
}

TEST(AgentParity, ALeaseGrantedForNothingIsNotReadInALoop) {
  Simulation simulation({.lease_ttl = seconds(0)});
  simulation.start();
  simulation.pass(minutes(10));
  EXPECT_LE(simulation.vault.credentials_made(), 25U);
  EXPECT_GE(simulation.vault.credentials_made(), 10U);
  simulation.stop();
}

TEST(AgentParity, QuiescenceWaitsForPeaceButNotForEver) {
  Simulation simulation;
  simulation.config.template_config.static_secret_render_interval = seconds(1);
  simulation.add_template(R"({{ with secret "secret/data/app" }}{{ .Data.data.value }}{{ end }})", "kv");
  simulation.config.templates[1].wait_min = seconds(3);
  simulation.config.templates[1].wait_max = seconds(8);
  simulation.start();
  EXPECT_EQ(simulation.file("kv"), "v1") << "the first rendering does not wait";
  const auto start = simulation.clock.now();
  std::vector<std::chrono::nanoseconds> written;
  std::string last = "v1";
  for (int i = 0; i < 320; ++i) {
    if (i % 10 == 0) ++simulation.vault.kv_version;
    simulation.pass(milliseconds(100));
    if (simulation.file("kv") == last) continue;
    last = simulation.file("kv");
    written.push_back(simulation.clock.now() - start);
  }
  ASSERT_GE(written.size(), 3U);
  for (std::size_t i = 1; i < written.size(); ++i) {
    EXPECT_GE(written[i] - written[i - 1], seconds(8));
    EXPECT_LE(written[i] - written[i - 1], milliseconds(9'200));
  }
  simulation.stop();
}

TEST(AgentParity, NoMoreRequestsAtOnceThanConnectionsAllowed) {
  Simulation simulation;
  simulation.config.template_config.max_connections_per_host = 2;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "many" + std::to_string(i);
    simulation.add_template(R"({{ with secret "secret/data/)" + name + R"(" }}{{ .Data.data.value }}{{ end }})", name);
  }
  simulation.vault.fault = [](const test::SeenRequest& request) -> Forced {
    if (!request.what.starts_with("GET /v1/secret/data/many")) return std::nullopt;
    return test::json_answer(200, R"({"data":{"data":{"value":"x"}}})");
  };
  simulation.vault.script().latency = milliseconds(10);
  simulation.start();
  simulation.pass(seconds(2));
  EXPECT_EQ(simulation.file("many19"), "x");
  EXPECT_LE(simulation.vault.script().most_at_once, 3) << "two of templates, one of logins";
  simulation.stop();
}

TEST(AgentParity, MoreConnectionsOnlyWhenAnswersAreSlow) {
  const auto most_at_once = [](milliseconds latency) {
    Simulation simulation;
    for (int i = 0; i < 10; ++i) simulation.add_template(R"({{ with secret "secret/data/app?version=)" + std::to_string(i) + R"(" }}x{{ end }})", "many" + std::to_string(i));
    simulation.vault.fault = [](const test::SeenRequest& request) -> Forced {
      if (!request.what.starts_with("GET /v1/secret/data/app")) return std::nullopt;
      return test::json_answer(200, R"({"data":{"data":{"value":"x"}}})");
    };
    simulation.vault.script().latency = latency;
    simulation.start();
    simulation.pass(seconds(5));
    EXPECT_EQ(simulation.file("many9"), "x");
    simulation.stop();
    return simulation.vault.script().most_at_once;
  };
  EXPECT_LE(most_at_once(milliseconds(1)), 3);
  EXPECT_GE(most_at_once(milliseconds(300)), 8);
}

TEST(AgentParity, ToldToEndBeforeInitIsDone) {
  Simulation simulation;
  simulation.config.exit_after_auth = true;
  simulation.vault.sealed = true;
  simulation.start();
  simulation.pass(seconds(5));
  simulation.stop();
  EXPECT_EQ(simulation.end->exit_code, 1);
}

TEST(AgentParity, NilAuthInfoEndsWithOneUnderExitOnErr) {
  Simulation simulation;
  simulation.config.auto_auth->method.exit_on_err = true;
  simulation.vault.fault = [](const test::SeenRequest&) -> Forced { return test::json_answer(308, ""); };
  simulation.start();
  ASSERT_TRUE(simulation.end);
  EXPECT_EQ(simulation.end->exit_code, 1);
  EXPECT_EQ(simulation.end->error, "authentication returned nil auth info");
}

TEST(AgentParity, ExitOnErrAppliesToLaterLoginsToo) {
  Simulation simulation;
  simulation.config.auto_auth->method.exit_on_err = true;
  simulation.start();
  simulation.pass(seconds(5));
  ASSERT_FALSE(simulation.end);
  simulation.vault.fault = [](const test::SeenRequest& request) -> Forced {
    if (request.what.find("login") == std::string::npos) return std::nullopt;
    return test::json_answer(403, R"({"errors":["permission denied"]})");
  };
  simulation.vault.revoke_all_tokens();
  simulation.pass(minutes(2));
  ASSERT_TRUE(simulation.end);
  EXPECT_EQ(simulation.end->exit_code, 1);
}

}  // namespace
}  // namespace leasehold::agent

// The whole agent but for sockets and clocks, in virtual time: what it asks, when, and which
// password stands in the file while leases end, tokens die and servers vanish.
#include <random>

#include <gtest/gtest.h>

#include "support/agent_simulation.h"

namespace leasehold::agent {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(AgentSimulation, FirstFileInFourRequests) {
  Simulation simulation;
  simulation.start();
  EXPECT_TRUE(simulation.file_works());
  EXPECT_EQ(simulation.file("token"), "s.token-number-1");
  const auto& seen = simulation.vault.script().seen;
  ASSERT_GE(seen.size(), 3U);
  EXPECT_EQ(seen[0].what, "PUT /v1/auth/kubernetes/login");
  EXPECT_EQ(seen[0].body, R"({"role":"app","jwt":"a.service-account.jwt"})");
  EXPECT_LE(seen.size(), 4U);
  simulation.stop();
  EXPECT_EQ(simulation.end->exit_code, 0);
}

TEST(AgentSimulation, ThirtyDaysWithoutADeadPassword) {
  Simulation simulation({.token_ttl = seconds(3600), .token_max = hours(24), .lease_ttl = hours(1), .lease_max = hours(8)});
  simulation.config.template_config.lease_check_interval = minutes(1);  // 700,000 look-ups of the token prove nothing more
  simulation.start();
  for (int i = 0; i < 30 * 24 * 4; ++i) {
    simulation.pass(minutes(15));
    ASSERT_TRUE(simulation.file_works()) << "quarter hour " << i;
  }
  // 8 h of life with renewal leaves about 100 credentials in 30 days, plus those of new tokens.
  EXPECT_GE(simulation.vault.credentials_made(), 90U);
  EXPECT_LE(simulation.vault.credentials_made(), 170U);
  EXPECT_LE(simulation.vault.logins(), 45U);
  simulation.stop();
}

TEST(AgentSimulation, RenewsWithinTheWindowAndRotatesBeforeTheEnd) {
  Simulation simulation({.lease_ttl = seconds(30), .lease_max = seconds(90)});
  simulation.config.template_config.lease_check_interval = std::chrono::nanoseconds(0);
  simulation.start();
  const auto start = simulation.clock.now();
  for (int i = 0; i < 900; ++i) {
    simulation.pass(milliseconds(500));
    ASSERT_TRUE(simulation.file_works()) << i;
  }
  std::vector<double> renewals;
  for (const auto& request : simulation.vault.script().seen) {
    if (request.what == "PUT /v1/sys/leases/renew") renewals.push_back(std::chrono::duration<double>(request.at - start).count());
  }
  ASSERT_GE(renewals.size(), 2U);
  EXPECT_GE(renewals[0], 0.66 * 30);
  EXPECT_LE(renewals[0], 0.75 * 30);
  EXPECT_EQ(simulation.vault.script().count("PUT /v1/sys/leases/lookup"), 0U) << "off is off";
  simulation.stop();
}

TEST(AgentSimulation, ARevokedLeaseIsReplacedWithinFiveSeconds) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    Simulation simulation({.lease_ttl = seconds(60), .lease_max = hours(1)}, seed);
    simulation.start();
    simulation.pass(seconds(20) + milliseconds(137) * seed);
    simulation.vault.revoke_all_leases();
    EXPECT_FALSE(simulation.file_works());
    simulation.pass(seconds(5));
    EXPECT_TRUE(simulation.file_works()) << "seed " << seed;
    simulation.stop();
  }
}

TEST(AgentSimulation, ARevokedTokenIsReplacedWithinFiveSecondsAndWithoutAStorm) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    Simulation simulation({.lease_ttl = seconds(60), .lease_max = hours(1)}, seed);
    simulation.start();
    simulation.pass(seconds(10) + milliseconds(211) * seed);
    const auto before = simulation.vault.script().seen.size();
    simulation.vault.revoke_all_tokens();
    simulation.pass(seconds(5));
    EXPECT_TRUE(simulation.file_works()) << "seed " << seed;
    EXPECT_LE(simulation.vault.script().seen.size() - before, 12U);
    EXPECT_EQ(simulation.vault.logins(), 2U);
    simulation.stop();
  }
}

TEST(AgentSimulation, ARevokedTokenIsSeenAsSoonWithoutLeasesAndWithLongOnes) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    Simulation simulation({.token_ttl = hours(1), .lease_ttl = hours(1), .lease_max = hours(24)}, seed);
    const bool kv_only = seed % 2 == 0;
    if (kv_only) simulation.config.templates[0].contents = R"({{ with secret "secret/data/app" }}{{ .Data.data.value }}{{ end }})";
    simulation.start();
    simulation.pass(minutes(3) + milliseconds(211) * seed);
    const std::string dead = simulation.file("token");
    simulation.vault.revoke_all_tokens();
    simulation.pass(seconds(5));
    EXPECT_EQ(simulation.vault.logins(), 2U) << "seed " << seed;
    EXPECT_NE(simulation.file("token"), dead) << "seed " << seed;
    if (!kv_only) EXPECT_TRUE(simulation.file_works()) << "seed " << seed;
    simulation.stop();
  }
}

TEST(AgentSimulation, TokensRevokedAgainAndAgainAreReplacedAsSoon) {
  Simulation simulation({.lease_ttl = seconds(60), .lease_max = hours(1)});
  simulation.start();
  for (int i = 0; i < 50; ++i) {
    simulation.pass(milliseconds(1500) + milliseconds(31) * i);
    simulation.vault.revoke_all_tokens();
    simulation.pass(seconds(5));
    ASSERT_TRUE(simulation.file_works()) << i;
  }
  EXPECT_EQ(simulation.vault.logins(), 51U);
  simulation.stop();
}

TEST(AgentSimulation, NothingIsLostWhileTheServerIsSealed) {
  Simulation simulation({.token_ttl = minutes(20), .lease_ttl = minutes(15), .lease_max = hours(4)});
  simulation.start();
  simulation.pass(minutes(9));
  simulation.vault.sealed = true;
  const auto before = simulation.vault.script().seen.size();
  simulation.pass(minutes(3));
  EXPECT_LE(simulation.vault.script().seen.size() - before, 3U * 60U / 4U) << "no flood";
  simulation.vault.sealed = false;
  simulation.pass(seconds(20));
  EXPECT_TRUE(simulation.file_works());
  EXPECT_EQ(simulation.vault.credentials_made(), 1U) << "the lease was renewed, not replaced";
  EXPECT_EQ(simulation.vault.logins(), 1U);
  simulation.stop();
}

TEST(AgentSimulation, ALongOutageEndsWithAFreshLogin) {
  Simulation simulation;
  simulation.start();
  simulation.vault.down = true;
  simulation.pass(minutes(1));
  auto before = simulation.vault.script().seen.size();
  simulation.pass(hours(1));
  EXPECT_LE(simulation.vault.script().seen.size() - before, 3600U / 5U);
  simulation.vault.down = false;
  simulation.pass(minutes(6));
  EXPECT_TRUE(simulation.file_works());
  simulation.stop();
}

TEST(AgentSimulation, RevocationsAreNoticedSoonAfterAnOutage) {
  Simulation simulation({.token_ttl = hours(2), .token_max = hours(20), .lease_ttl = seconds(60), .lease_max = hours(4)});
  simulation.start();
  simulation.pass(minutes(1));
  simulation.vault.sealed = true;
  simulation.pass(minutes(10));
  simulation.vault.sealed = false;
  simulation.pass(minutes(5));
  ASSERT_TRUE(simulation.file_works());
  simulation.vault.revoke_all_leases();
  simulation.pass(seconds(5));
  EXPECT_TRUE(simulation.file_works());
  simulation.stop();
}

TEST(AgentSimulation, AProxysPageEndsNoLease) {
  Simulation simulation({.token_ttl = minutes(20), .lease_ttl = seconds(60), .lease_max = hours(4)});
  int pages = 0;
  simulation.vault.fault = [&](const test::SeenRequest& request) -> std::optional<Result<http::Response>> {
    const bool renewal = request.what == "PUT /v1/sys/leases/renew" || request.what == "PUT /v1/auth/token/renew-self";
    if (!renewal || pages >= 4) return std::nullopt;
    ++pages;
    return test::json_answer(404, "<html>default backend - 404</html>");
  };
  simulation.start();
  simulation.pass(minutes(10));
  EXPECT_EQ(pages, 4);
  EXPECT_EQ(simulation.vault.credentials_made(), 1U) << "tried again, not replaced";
  EXPECT_EQ(simulation.vault.logins(), 1U);
  EXPECT_TRUE(simulation.file_works());
  simulation.stop();
}

TEST(AgentSimulation, ARefusedReadIsNotAskedInALoop) {
  for (const int retries : {-1, 1, 0}) {
    Simulation simulation;
    simulation.config.vault.emplace();
    simulation.config.vault->num_retries = retries;
    simulation.add_template(R"({{ with secret "kv/none" }}{{ .Data.x }}{{ end }})", "none");
    simulation.start();
    simulation.pass(hours(1));
    EXPECT_LE(simulation.vault.script().count("GET /v1/kv/none"), 160U) << "num_retries " << retries;
    EXPECT_TRUE(simulation.file_works());
    simulation.stop();
  }
}

TEST(AgentSimulation, TokensThatDieYoungMakeNoStorm) {
  Simulation simulation;
  simulation.vault.fault = [&](const test::SeenRequest& request) -> std::optional<Result<http::Response>> {
    if (request.what == "PUT /v1/auth/kubernetes/login") return std::nullopt;
    return test::json_answer(403, R"({"errors":["permission denied"]})");
  };
  simulation.start();
  simulation.pass(hours(1));
  EXPECT_LE(simulation.vault.logins(), 40U);
  EXPECT_GE(simulation.vault.logins(), 10U) << "but it goes on";
  simulation.stop();
}

TEST(AgentSimulation, LookUpsStopWhenTheTokenMayNot) {
  Simulation simulation({.may_look_up = false});
  simulation.start();
  simulation.pass(minutes(2));
  EXPECT_EQ(simulation.vault.script().count("PUT /v1/sys/leases/lookup"), 1U);
  const auto looked_up = simulation.vault.script().count("GET /v1/auth/token/lookup-self");
  EXPECT_TRUE(looked_up > 20 && looked_up < 45) << "the token itself still is: " << looked_up;
  EXPECT_EQ(simulation.vault.logins(), 1U);
  EXPECT_TRUE(simulation.file_works());
  simulation.stop();
}

TEST(AgentSimulation, OneLeaseForThreeTemplates) {
  Simulation simulation;
  simulation.add_template(R"({{ with secret "database/creds/app" }}{{ .Data.username }}{{ end }})", "user");
  simulation.add_template(R"({{ (secret "database/creds/app").Data.password | toUpper }})", "trap");
  simulation.start();
  simulation.pass(seconds(5));
  EXPECT_EQ(simulation.vault.credentials_made(), 1U);
  EXPECT_EQ(simulation.file("user"), "u");
  EXPECT_EQ(simulation.file("trap"), "PASSWORD-1") << "a function that fails for want of data is no error";
  simulation.stop();
}

TEST(AgentSimulation, ExitAfterAuth) {
  Simulation simulation;
  simulation.config.exit_after_auth = true;
  simulation.start();
  ASSERT_TRUE(simulation.end);
  EXPECT_EQ(simulation.end->exit_code, 0);
  EXPECT_TRUE(simulation.file_works());
  EXPECT_EQ(simulation.vault.script().count("PUT /v1/sys/leases/lookup"), 0U);
}

TEST(AgentSimulation, ExitOnRetryFailureEndsAfterTwelveRetries) {
  Simulation simulation;
  simulation.config.template_config.exit_on_retry_failure = true;
  simulation.config.templates[0].contents = R"({{ with secret "kv/none" }}{{ .Data.x }}{{ end }})";
  simulation.start();
  simulation.pass(seconds(303));
  EXPECT_FALSE(simulation.end);
  simulation.pass(seconds(2));
  ASSERT_TRUE(simulation.end);
  EXPECT_EQ(simulation.end->exit_code, 1);
  EXPECT_NE(simulation.end->error.find("no secret exists at kv/none"), std::string::npos) << simulation.end->error;
}

TEST(AgentSimulation, ATemplateErrorEndsWithPositionAndWithoutContent) {
  Simulation simulation;
  simulation.config.template_config.exit_on_retry_failure = true;
  simulation.config.templates[0].contents = "line one\n{{ with secret \"database/creds/app\" }}{{ index .Data.password 99 }}{{ end }}";
  simulation.start();
  simulation.pass(seconds(1));
  ASSERT_TRUE(simulation.end);
  EXPECT_EQ(simulation.end->exit_code, 1);
  EXPECT_NE(simulation.end->error.find(":2:"), std::string::npos) << simulation.end->error;
  EXPECT_EQ(simulation.end->error.find(simulation.vault.last_password()), std::string::npos);
}

TEST(AgentSimulation, AFailingWriteCostsNoLease) {
  Simulation simulation;
  simulation.add_template(R"({{ with secret "database/creds/app" }}x{{ end }})", "token/below-a-file");
  simulation.start();
  simulation.pass(minutes(5));
  EXPECT_EQ(simulation.vault.credentials_made(), 1U);
  EXPECT_TRUE(simulation.file_works()) << "the good template is written all the same";
  EXPECT_FALSE(simulation.end);
  simulation.stop();
}

// Faults at random: whatever happens, a quarter of an hour of peace later the password works.
TEST(AgentSimulation, RandomFaults) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    Simulation simulation({.token_ttl = seconds(120), .token_max = seconds(400), .lease_ttl = seconds(40), .lease_max = seconds(130)}, seed);
    std::minstd_rand engine(seed * 7919);
    const auto roll = [&](unsigned sides) { return engine() % sides; };
    bool peace = false;
    simulation.vault.fault = [&](const test::SeenRequest&) -> std::optional<Result<http::Response>> {
      if (peace || roll(4) != 0) return std::nullopt;
      switch (roll(5)) {
        case 0:
          return Result<http::Response>(transient("connection reset by peer"));
        case 1:
          return test::json_answer(500, R"({"errors":["1 error occurred:\n\t* x\n\n"]})");
        case 2:
          return test::json_answer(429, R"({"errors":["rate limit quota exceeded"]})");
        case 3:
          return test::json_answer(200, "not json");
        default:
          return test::json_answer(204, "");
      }
    };
    simulation.start();
    for (int step = 0; step < 100; ++step) {
      simulation.pass(seconds(1 + roll(20)));
      if (roll(20) == 0) simulation.vault.revoke_all_leases();
      if (roll(30) == 0) simulation.vault.revoke_all_tokens();
      simulation.vault.sealed = roll(10) == 0;
    }
    peace = true;
    simulation.vault.sealed = false;
    simulation.pass(minutes(15));
    EXPECT_TRUE(simulation.file_works()) << "seed " << seed;
    ASSERT_FALSE(simulation.end) << "seed " << seed;
    simulation.stop();
  }
}

}  // namespace
}  // namespace leasehold::agent

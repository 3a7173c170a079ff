// One pod whose agent is killed, restarted and handed over, in virtual time: whatever the moment, the
// password in the file works and the server ends up with one lease.
#include <fstream>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "agent.h"
#include "leasehold/base/encoding.h"
#include "report.h"
#include "typed_output.h"
#include "leasehold/runtime/files.h"
#include "support/killable_pod.h"

namespace leasehold::agent {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::SimulatedVault;

using Pod = KillablePod;

TEST(Crash, ARestartedAgentKeepsTokenAndLease) {
  Pod pod({.token_ttl = minutes(20), .lease_ttl = minutes(2), .lease_max = hours(4)});
  pod.start();
  const std::string password = pod.file();
  for (int i = 0; i < 20; ++i) {
    pod.pass(seconds(37));
    pod.bury();
    pod.start();
  }
  pod.pass(minutes(10));
  EXPECT_EQ(pod.vault.logins(), 1U);
  EXPECT_EQ(pod.vault.credentials_made(), 1U);
  EXPECT_EQ(pod.file(), password);
  EXPECT_TRUE(pod.file_works());
}

TEST(Crash, InitHandsOverToTheSidecar) {
  Pod pod;
  pod.config.revoke_on_shutdown = true;
  pod.start(/*as_init=*/true);
  ASSERT_TRUE(pod.end);
  EXPECT_EQ(pod.end->exit_code, 0);
  EXPECT_TRUE(pod.file_works()) << "what is handed over is not revoked";
  pod.stop();
  pod.start();
  pod.pass(minutes(30));
  EXPECT_EQ(pod.vault.script().count("PUT /v1/auth/kubernetes/login"), pod.vault.logins());
  EXPECT_TRUE(pod.file_works());
  pod.stop();
  EXPECT_EQ(pod.vault.live_leases(), 0U) << "the sidecar revokes its token at the end";
}

TEST(Crash, OneLoginAndOneLeaseForInitAndSidecar) {
  Pod pod({.token_ttl = hours(1), .token_max = hours(24), .lease_ttl = hours(1), .lease_max = hours(24)});
  pod.start(/*as_init=*/true);
  ASSERT_TRUE(pod.end);
  pod.stop();
  pod.start();
  pod.pass(minutes(10));
  EXPECT_EQ(pod.vault.logins(), 1U);
  EXPECT_EQ(pod.vault.credentials_made(), 1U);
  EXPECT_TRUE(pod.file_works());
}

// Killed with the Nth request, answered or not, for every N of a life that renews, rotates and logs in
// anew: afterwards the password works and there is one lease.
TEST(Crash, KilledAtAnyRequestOneLeaseIsLeft) {
  const SimulatedVault::Settings settings{
      .token_ttl = seconds(120), .token_max = seconds(300), .lease_ttl = seconds(40), .lease_max = seconds(100), .may_revoke = true};
  std::size_t requests = 0;
  {
    Pod pod(settings);
    pod.config.template_config.drain = seconds(0);
    pod.start();
    pod.pass(minutes(8));
    requests = pod.vault.script().seen.size();
  }
  ASSERT_GT(requests, 50U);
  for (std::size_t at = 1; at <= requests; ++at) {
    for (const bool heard : {false, true}) {
      Pod pod(settings);
      pod.config.template_config.drain = seconds(0);
      pod.kill_at(at, heard);
      pod.start();
      for (int i = 0; i < 8 * 60 && !pod.was_killed(); ++i) pod.pass(seconds(1));
      ASSERT_TRUE(pod.was_killed()) << at;
      pod.bury();
      pod.start();
      pod.pass(seconds(15));
      ASSERT_TRUE(pod.file_works()) << "request " << at << (heard ? " heard" : "");
      ASSERT_EQ(pod.vault.live_leases(), 1U) << "request " << at << (heard ? " heard: " : ": ")
                                              << pod.vault.script().seen[at - 1].what;
    }
  }
}

TEST(Crash, KilledWhileRecoveringFromAKill) {
  for (std::size_t second = 1; second <= 8; ++second) {
    for (const bool heard : {false, true}) {
      Pod pod({.lease_ttl = minutes(10), .lease_max = hours(1)});
      pod.kill_at(3, true);  // the read of the credentials
      pod.start();
      ASSERT_TRUE(pod.was_killed());
      pod.bury();
      pod.kill_at(3 + second, heard);
      pod.start();
      pod.pass(seconds(5));
      pod.bury();
      pod.start();
      pod.pass(minutes(1));
      EXPECT_TRUE(pod.file_works());
      EXPECT_EQ(pod.vault.live_leases(), 1U) << second << heard;
    }
  }
}

TEST(Crash, AStateOfAnotherPodIsNotUsed) {
  Pod pod;
  pod.start();
  pod.bury();
  pod.write_jwt("uid-of-the-second-pod");
  pod.start();
  pod.pass(seconds(5));
  EXPECT_EQ(pod.vault.logins(), 2U);
  EXPECT_TRUE(pod.file_works());
}

TEST(Crash, ADeadTokenOfTheStateCostsOneLogin) {
  Pod pod;
  pod.start();
  pod.bury();
  pod.vault.revoke_all_tokens();
  pod.start();
  pod.pass(seconds(3));
  EXPECT_EQ(pod.vault.logins(), 2U);
  EXPECT_TRUE(pod.file_works());
}

TEST(Crash, AServerThatIsAwayIsWaitedFor) {
  Pod pod({.token_ttl = minutes(20), .lease_ttl = minutes(10), .lease_max = hours(2)});
  pod.start();
  pod.bury();
  pod.vault.sealed = true;
  pod.start();
  pod.pass(minutes(2));
  pod.vault.sealed = false;
  pod.pass(minutes(5));
  EXPECT_EQ(pod.vault.logins(), 1U);
  EXPECT_EQ(pod.vault.credentials_made(), 1U);
  EXPECT_TRUE(pod.file_works());
}

TEST(Crash, ALeaseRevokedMeanwhileIsReplaced) {
  Pod pod;
  pod.start();
  pod.bury();
  pod.vault.revoke_all_leases();
  pod.start();
  pod.pass(seconds(5));
  EXPECT_EQ(pod.vault.logins(), 1U);
  EXPECT_EQ(pod.vault.credentials_made(), 2U);
  EXPECT_TRUE(pod.file_works());
}

TEST(Crash, AStateThatCannotBeWrittenStopsNothing) {
  Pod pod;
  pod.config.state->path = pod.path("jwt") + "/below-a-file";
  pod.start();
  pod.pass(minutes(5));
  EXPECT_TRUE(pod.file_works());
}

TEST(Crash, HalfAStateFileBeginsAnew) {
  Pod pod;
  pod.start();
  pod.bury();
  const std::string whole = pod.file("state.json");
  std::ofstream(pod.path("state.json"), std::ios::binary) << whole.substr(0, whole.size() / 2);
  pod.start();
  pod.pass(seconds(3));
  EXPECT_EQ(pod.vault.logins(), 2U);
  EXPECT_TRUE(pod.file_works());
}

TEST(Ending, SigtermInInitBeforeAnythingIsRenderedFails) {
  Pod pod;
  pod.config.revoke_on_shutdown = true;
  pod.vault.fault = [](const test::SeenRequest& request) -> std::optional<Result<http::Response>> {
    if (request.what != "GET /v1/database/creds/app") return std::nullopt;
    return test::json_answer(500, R"({"errors":["connection refused"]})");
  };
  pod.start(/*as_init=*/true);
  pod.pass(seconds(3));
  EXPECT_FALSE(pod.end);
  pod.stop();
  EXPECT_EQ(pod.end->exit_code, 1);
  EXPECT_EQ(pod.vault.script().count("PUT /v1/auth/token/revoke-self"), 1U);
}

TEST(Ending, TokensAreNotRevokedUnlessAskedFor) {
  Pod pod;
  pod.start();
  pod.stop();
  EXPECT_EQ(pod.end->exit_code, 0);
  EXPECT_EQ(pod.vault.script().count("PUT /v1/auth/token/revoke-self"), 0U);
  EXPECT_TRUE(pod.file_works());
}

TEST(Telling, AFailingNotificationIsTriedAgainAndCostsNoLease) {
  Pod pod({.lease_ttl = minutes(30), .lease_max = hours(4)});
  int calls = 0;
  pod.notify = NotifyEdges{.processes =
                               [&] {
                                 ++calls;
                                 return calls < 4 ? std::vector<ProcessEntry>()
                                                  : std::vector<ProcessEntry>{{.pid = 7, .parent = 1, .name = "nginx", .executable = "nginx"}};
                               },
                           .send_signal = [](int, int) { return Result<void>(); },
                           .connect = {}};
  pod.config.templates[0].notify.signal = "SIGHUP";
  pod.config.templates[0].notify.process = "nginx";
  pod.start();
  EXPECT_TRUE(pod.file_works());
  pod.pass(minutes(5));
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(pod.vault.credentials_made(), 1U);
}

TEST(Telling, StatusFollowsTheSecrets) {
  Pod pod({.token_ttl = minutes(20), .lease_ttl = seconds(60), .lease_max = hours(4)});
  pod.start();
  EXPECT_TRUE(judge(Probe::Ready, pod.agent().status()).good);
  pod.vault.down = true;
  pod.pass(seconds(61));
  const ProbeAnswer late = judge(Probe::Ready, pod.agent().status());
  EXPECT_FALSE(late.good) << late.text;
  EXPECT_NE(late.text.find("the lease of vault.read(database/creds/app) has ended"), std::string::npos) << late.text;
  EXPECT_NE(pod.agent().metrics().find("leasehold_agent_errors_total{operation=\"renew\",kind=\"transient\"}"),
            std::string::npos);
}

TEST(Telling, ARefusedLoginIsDiagnosed) {
  Pod pod;
  pod.config.state.reset();
  pod.vault.fault = [](const test::SeenRequest&) -> std::optional<Result<http::Response>> {
    return test::json_answer(403, R"({"errors":["service account name not authorized"]})");
  };
  pod.start();
  EXPECT_EQ(pod.agent().status().diagnosis,
            "cannot log in: role app, mount auth/kubernetes, server http://vault.example:8200: 403: service account name not "
            "authorized; the role's bound_service_account_names does not contain the pod's ServiceAccount");
  pod.vault.fault = nullptr;
  pod.pass(minutes(1));
  EXPECT_EQ(pod.agent().status().diagnosis, "");
  EXPECT_TRUE(judge(Probe::Ready, pod.agent().status()).good);
}

TEST(Telling, OutputsShareTheLeaseOfTemplates) {
  Pod pod;
  TemplateBlock block;
  block.output.format = "dotenv";
  block.output.secret = "database/creds/app";
  block.contents = output_template(block.output.secret);
  block.destination = pod.path("env");
  pod.config.templates.push_back(block);
  pod.start();
  EXPECT_EQ(pod.file("env"), "PASSWORD='password-1'\nUSERNAME='u'\n");
  EXPECT_EQ(pod.vault.credentials_made(), 1U);
}

struct DrainRow {
  bool may_revoke;
  seconds drain;
  std::size_t before;  ///< leases alive shortly before the drain time is over
  std::size_t after;
};

TEST(Draining, TheOldLeaseIsGivenUpAfterTheDrainTime) {
  for (const DrainRow& row : {DrainRow{true, seconds(30), 2, 1}, DrainRow{false, seconds(30), 2, 2}, DrainRow{true, seconds(0), 1, 1}}) {
    // A new token makes every secret anew while the old lease lives for an hour.
    Pod pod({.token_ttl = minutes(10), .token_max = minutes(30), .lease_ttl = hours(1), .lease_max = hours(4),
             .may_revoke = row.may_revoke});
    pod.config.template_config.drain = row.drain;
    pod.start();
    while (pod.vault.credentials_made() < 2) pod.pass(milliseconds(500));
    pod.pass(seconds(28));
    EXPECT_EQ(pod.vault.live_leases(), row.before) << row.may_revoke << row.drain.count();
    pod.pass(seconds(4));
    EXPECT_EQ(pod.vault.live_leases(), row.after);
    EXPECT_TRUE(pod.file_works());
    EXPECT_EQ(pod.vault.script().count("PUT /v1/sys/capabilities-self"), 1U);
    EXPECT_EQ(pod.vault.script().count("PUT /v1/sys/leases/revoke"), row.may_revoke ? 1U : 0U);
  }
}

TEST(Draining, GoesOnAfterARestart) {
  Pod pod({.token_ttl = minutes(10), .token_max = minutes(30), .lease_ttl = hours(1), .lease_max = hours(4), .may_revoke = true});
  pod.config.template_config.drain = seconds(30);
  pod.start();
  while (pod.vault.credentials_made() < 2) pod.pass(milliseconds(500));
  pod.pass(seconds(10));
  pod.bury();
  pod.start();
  pod.pass(seconds(15));
  EXPECT_EQ(pod.vault.live_leases(), 2U);
  pod.pass(seconds(10));
  EXPECT_EQ(pod.vault.live_leases(), 1U);
  EXPECT_TRUE(pod.file_works());
}

}  // namespace
}  // namespace leasehold::agent

// What the agent says of itself: probes, metrics, journal, diagnosis.
#include <fstream>

#include <gtest/gtest.h>

#include "agent_metrics.h"
#include "agent_servers.h"
#include "diagnosis.h"
#include "journal.h"
#include "leasehold/runtime/files.h"
#include "report.h"
#include "support/temp_dir.h"
#include "support/virtual_clock.h"

namespace leasehold::agent {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

AgentStatus good_status() {
  AgentStatus status;
  status.authenticated = true;
  status.all_rendered = true;
  status.secrets = {{.name = "vault.read(database/creds/app)",
                     .here = true,
                     .age = minutes(5),
                     .proof = seconds(20),
                     .ends_in = seconds(40)}};
  return status;
}

TEST(Report, ReadyTellsTheAgeOfEachSecret) {
  const ProbeAnswer answer = judge(Probe::Ready, good_status());
  EXPECT_TRUE(answer.good);
  EXPECT_EQ(answer.text, "ready\nsecret vault.read(database/creds/app): read 5m0s ago, last proved 20s ago, ends in 40s\n");
}

TEST(Report, NotReadySaysWhy) {
  AgentStatus status = good_status();
  status.secrets[0].ends_in = seconds(-3);
  EXPECT_EQ(judge(Probe::Ready, status).text.substr(0, 68), "not ready: the lease of vault.read(database/creds/app) has ended\nsec");
  EXPECT_TRUE(judge(Probe::Startup, status).good) << "a pod that has started does not start anew";
  status.all_rendered = false;
  EXPECT_FALSE(judge(Probe::Startup, status).good);
  EXPECT_TRUE(judge(Probe::Live, status).good);
  status.authenticated = false;
  status.diagnosis = "login failed: role app, mount auth/kubernetes: permission denied";
  EXPECT_EQ(judge(Probe::Ready, status).text.substr(0, 60), "not ready: not logged in yet\nlast problem: login failed: rol");
}

TEST(Report, LinesOfTheSocket) {
  const StatusSource from{.status = good_status, .metrics = {}, .check = [] { return "leases are being looked up"; }};
  EXPECT_TRUE(answer_line("ready", from).starts_with("yes ready\n"));
  EXPECT_TRUE(answer_line("startup", from).starts_with("yes "));
  EXPECT_TRUE(answer_line("live", from).starts_with("yes live\n"));
  EXPECT_EQ(answer_line("check", from), "leases are being looked up\n");
  EXPECT_TRUE(answer_line("token", from).starts_with("no "));
}

TEST(Report, Metrics) {
  AgentMetrics counters;
  counters.logged_in();
  counters.login_failed(ErrorKind::Denied);
  counters.read("vault.read(a\"b)");
  counters.renewal_failed(ErrorKind::Transient);
  counters.read_failed(ErrorKind::Cancelled);
  counters.wrote("/vault/secrets/db");
  counters.rendered(std::chrono::microseconds(700));
  const std::string text = metrics_text(counters, good_status(), 1000);
  for (const char* line :
       {"vault_agent_auth_success 1\n", "vault_agent_auth_failure 1\n", "vault_agent_authenticated 1\n",
        "leasehold_agent_ready 1\n", "leasehold_agent_secret_expiry_seconds{secret=\"vault.read(database/creds/app)\"} 40\n",
        "leasehold_agent_secret_last_success_timestamp_seconds{secret=\"vault.read(database/creds/app)\"} 980\n",
        "leasehold_agent_secret_reads_total{secret=\"vault.read(a\\\"b)\"} 1\n",
        "leasehold_agent_errors_total{operation=\"login\",kind=\"denied\"} 1\n",
        "leasehold_agent_errors_total{operation=\"renew\",kind=\"transient\"} 1\n",
        "leasehold_agent_file_rotations_total{path=\"/vault/secrets/db\"} 1\n", "leasehold_agent_render_seconds_count 1\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
  EXPECT_EQ(text.find("cancelled"), std::string::npos);
}

struct NameRow {
  TelemetryConfig telemetry;
  const char* counter;
  const char* gauge;
};

TelemetryConfig telemetry_of(void (*change)(TelemetryConfig&)) {
  TelemetryConfig telemetry;
  change(telemetry);
  return telemetry;
}

TEST(MetricNames, AreWhatTheTelemetryBlockWants) {
  const NameRow rows[] = {
      {telemetry_of([](auto&) {}), "vault_agent_auth_success", "vault_pod_1_agent_authenticated"},
      {telemetry_of([](auto& t) { t.disable_hostname = true; }), "vault_agent_auth_success", "vault_agent_authenticated"},
      {telemetry_of([](auto& t) { t.metrics_prefix = "my.app"; }), "my_app_agent_auth_success", "my_app_pod_1_agent_authenticated"},
      {telemetry_of([](auto& t) { t.enable_hostname_label = true; }), "vault_agent_auth_success", "vault_agent_authenticated"},
      {telemetry_of([](auto& t) { t.prefix_filter = {"-vault.agent.auth"}; }), "", "vault_pod_1_agent_authenticated"},
      {telemetry_of([](auto& t) { t.prefix_filter = {"-vault", "+vault.agent"}; }), "vault_agent_auth_success", ""},
      {telemetry_of([](auto& t) {
         t.filter_default = false;
         t.disable_hostname = true;
         t.prefix_filter = {"+vault.agent.authenticated"};
       }),
       "", "vault_agent_authenticated"},
  };
  for (const NameRow& row : rows) {
    const MetricNames names(row.telemetry, "pod-1");
    EXPECT_EQ(names.counter("agent.auth.success"), row.counter) << row.gauge;
    EXPECT_EQ(names.gauge("agent.authenticated"), row.gauge) << row.counter;
  }
  EXPECT_EQ(MetricNames(std::nullopt, "pod-1").gauge("agent.authenticated"), "vault_agent_authenticated");
}

TEST(MetricNames, TheHostMayBeALabelAndHiddenOnesAreNotWritten) {
  AgentMetrics labelled(MetricNames(telemetry_of([](auto& t) { t.enable_hostname_label = true; }), "pod-1"));
  labelled.logged_in();
  const std::string text = metrics_text(labelled, good_status(), 1000);
  for (const char* line : {"vault_agent_auth_success{host=\"pod-1\"} 1\n", "vault_agent_auth_failure{host=\"pod-1\"} 0\n",
                           "vault_agent_authenticated{host=\"pod-1\"} 1\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  AgentMetrics hidden(MetricNames(telemetry_of([](auto& t) { t.filter_default = false; }), "pod-1"));
  hidden.logged_in();
  hidden.login_failed(ErrorKind::Denied);
  const std::string rest = metrics_text(hidden, good_status(), 1000);
  EXPECT_EQ(rest.find("vault_"), std::string::npos) << rest;
  EXPECT_NE(rest.find("leasehold_agent_errors_total"), std::string::npos);
}

class JournalTest : public testing::Test {
 protected:
  std::string why(const std::string& file) {
    const auto text = runtime::read_file(dir / "journal", 1'000'000);
    const auto journal = parse_journal(text ? *text : "");
    if (!journal) return "error: " + journal.error().message;
    const auto answer = explain_file(*journal, file, clock.wall_now());
    return answer ? *answer : "error: " + answer.error().message;
  }

  test::TempDir dir;
  test::VirtualClock clock;
};

TEST_F(JournalTest, TellsWhereAFileComesFrom) {
  Journal journal(dir / "journal", clock, {});
  journal.load();
  journal.token("granted", "accessor-of-the-token");
  journal.read("vault.read(database/creds/app)", "database/creds/app/lease-1", seconds(60), "first read");
  journal.wrote("/vault/secrets/db", {"vault.read(database/creds/app)"}, "vault.read(database/creds/app): first read");
  journal.renewed("vault.read(database/creds/app)", seconds(60));
  journal.planned("vault.read(database/creds/app)", "renew", seconds(42));
  EXPECT_EQ(why("/vault/secrets/db"),
            "/vault/secrets/db\n"
            "  written:  2026-11-21T09:03:06Z (0s ago), 1 time\n"
            "secret vault.read(database/creds/app)\n"
            "  lease:    database/creds/app/lease-1\n"
            "  token:    accessor accessor-of-the-token\n"
            "  issued:   2026-11-21T09:03:06Z (0s ago), for 1m0s\n"
            "  renewed:  2026-11-21T09:03:06Z (0s ago), 1 times\n"
            "  next:     renew at 2026-11-21T09:03:48Z (in 42s)\n"
            "events\n"
            "  2026-11-21T09:03:06Z  token granted: accessor accessor-of-the-token\n"
            "  2026-11-21T09:03:06Z  vault.read(database/creds/app) read: first read\n"
            "  2026-11-21T09:03:06Z  /vault/secrets/db written: vault.read(database/creds/app): first read\n");
  EXPECT_EQ(why("/vault/secrets/other"),
            "error: this agent does not write /vault/secrets/other; it writes /vault/secrets/db");
}

TEST_F(JournalTest, IsARingAndGoesOn) {
  for (int run = 0; run < 3; ++run) {
    Journal journal(dir / "journal", clock, {});
    journal.load();
    for (int i = 0; i < 150; ++i) journal.note("token", "event", std::to_string(run * 150 + i));
  }
  const auto text = runtime::read_file(dir / "journal", 1'000'000);
  ASSERT_TRUE(text);
  const auto journal = parse_journal(*text);
  ASSERT_TRUE(journal);
  EXPECT_EQ(journal->events.size(), 200U);
  EXPECT_EQ(journal->events.front().cause, "250");
  EXPECT_EQ(journal->events.back().cause, "449");
}

TEST_F(JournalTest, ABrokenOneIsNoReasonToFail) {
  std::ofstream(dir / "journal") << "{\"secrets\":[{\"na";
  Journal journal(dir / "journal", clock, {});
  journal.load();
  journal.wrote("/vault/secrets/db", {}, "cause");
  EXPECT_TRUE(why("/vault/secrets/db").starts_with("/vault/secrets/db\n"));
}

TEST(Diagnosis, OneSecretThatIsReadDoesNotHideAnotherThatIsNot) {
  std::vector<std::string> heard;
  Diagnosis diagnosis("", [&](const std::string& line) { heard.push_back(line); });
  (void)diagnosis.tell("vault.read(a)", "a: denied");
  EXPECT_TRUE(diagnosis.tell("vault.read(b)", "b: denied"));
  diagnosis.settle("vault.read(c)");
  EXPECT_EQ(diagnosis.last(), "b: denied");
  diagnosis.settle("vault.read(b)");
  EXPECT_EQ(diagnosis.last(), "a: denied");
  diagnosis.settle("vault.read(a)");
  EXPECT_EQ(diagnosis.last(), "");
  EXPECT_EQ(heard, (std::vector<std::string>{"a: denied", "b: denied", ""}));
}

TEST(Diagnosis, StandsInTheTerminationMessage) {
  const test::TempDir dir;
  const std::string path = dir / "termination-log";
  const auto content = [&] {
    const auto text = runtime::read_file(path, 10'000);
    return text ? *text : "no file";
  };
  Diagnosis without(path);
  (void)without.tell("login", "nobody made the file");
  EXPECT_EQ(content(), "no file") << "outside of Kubernetes nothing appears";
  std::ofstream(path).close();
  Diagnosis diagnosis(path);
  (void)diagnosis.tell("login", "login failed: role app");
  EXPECT_EQ(content(), "login failed: role app\n");
  EXPECT_EQ(diagnosis.last(), "login failed: role app");
  (void)diagnosis.tell("login", std::string(10'000, 'x'));
  EXPECT_EQ(content().size(), 2048U);
  diagnosis.settle("login");
  EXPECT_EQ(content(), "");
  EXPECT_EQ(diagnosis.last(), "");
}

}  // namespace
}  // namespace leasehold::agent

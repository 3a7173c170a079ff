// Who is chosen, what is sent, and what is said when nobody is there.
#include "notify.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include <gtest/gtest.h>

#include "support/loop.h"
#include "support/vault_script.h"
#include "support/virtual_clock.h"

namespace leasehold::agent {
namespace {

const std::vector<ProcessEntry> kPod = {
    {.pid = 1, .parent = 0, .name = "pause", .executable = "pause"},
    {.pid = 7, .parent = 0, .name = "nginx", .executable = "nginx"},
    {.pid = 8, .parent = 7, .name = "nginx", .executable = "nginx"},
    {.pid = 9, .parent = 7, .name = "nginx", .executable = "nginx"},
    {.pid = 20, .parent = 0, .name = "a-program-with-", .executable = "a-program-with-a-long-name"},
    {.pid = 30, .parent = 0, .name = "leasehold-agent", .executable = "leasehold-agent"},
};

NotifyConfig signal_to(std::string signal, std::string process) {
  NotifyConfig made;
  made.signal = std::move(signal);
  made.process = std::move(process);
  return made;
}

NotifyConfig restart_of(std::string program) {
  NotifyConfig made;
  made.restart = std::move(program);
  return made;
}

NotifyConfig call_of(std::string url, std::string method = "POST") {
  NotifyConfig made;
  made.http = std::move(url);
  made.method = std::move(method);
  return made;
}

TEST(Notify, ChoosesTheMasterAndNeverItself) {
  EXPECT_EQ(choose_processes(kPod, "nginx", 30), (std::vector<int>{7}));
  EXPECT_EQ(choose_processes(kPod, "a-program-with-a-long-name", 30), (std::vector<int>{20}));
  EXPECT_EQ(choose_processes(kPod, "leasehold-agent", 30), (std::vector<int>{}));
  EXPECT_EQ(choose_processes(kPod, "java", 30), (std::vector<int>{}));
}

TEST(Notify, SeesItsOwnProcess) {
  const auto all = list_processes();
  const auto self = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.pid == ::getpid(); });
  ASSERT_NE(self, all.end());
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_FALSE(self->executable.empty());
}

struct CheckRow {
  NotifyConfig notify;
  const char* want;
};

TEST(Notify, BlocksThatMakeNoSense) {
  NotifyConfig both = restart_of("app");
  both.http = "http://127.0.0.1/";
  NotifyConfig unsafe = call_of("http://127.0.0.1/");
  unsafe.tls_skip_verify = true;
  const CheckRow rows[] = {
      {signal_to("SIGHUP", "nginx"), ""},
      {restart_of("app"), ""},
      {call_of("http://127.0.0.1:8080/-/reload"), ""},
      {NotifyConfig(), "needs exactly one of signal with process, restart, http"},
      {signal_to("SIGHUP", ""), "signal and process need each other"},
      {signal_to("", "nginx"), "signal and process need each other"},
      {signal_to("SIGSTOP", "nginx"), "cannot send SIGSTOP"},
      {both, "needs exactly one of signal with process, restart, http"},
      {call_of("https://127.0.0.1/"), ""},
      {call_of("https://"), "http: wants a URL, http://HOST:PORT/PATH or https://HOST:PORT/PATH"},
      {call_of("unix:///run/app"), "http: wants a URL, http://HOST:PORT/PATH or https://HOST:PORT/PATH"},
      {unsafe, "ca_cert, tls_server_name and tls_skip_verify need http = \"https://...\""},
  };
  for (const CheckRow& row : rows) {
    const auto right = check_notify(row.notify);
    EXPECT_EQ(right ? "" : right.error().message, row.want);
  }
}

class NotifyRun : public testing::Test {
 protected:
  Result<void> run(NotifyConfig wanted) {
    NotifyEdges edges{.processes = [] { return kPod; },
                      .send_signal = [this](int pid, int number) -> Result<void> {
                        sent.emplace_back(pid, number);
                        return refused ? Result<void>(denied("operation not permitted")) : Result<void>();
                      },
                      .connect = [this](const http::Url& url, const NotifyConfig&) -> Result<std::unique_ptr<http::Transport>> {
                        called = url.authority();
                        return std::make_unique<test::ScriptedTransport>(script);
                      }};
    return loop.run(notify(std::move(wanted), edges));
  }

  std::vector<std::pair<int, int>> sent;
  bool refused = false;
  std::string called;
  test::VirtualClock clock;
  test::VaultScript script{clock};
  test::Loop loop;
};

TEST_F(NotifyRun, SendsTheSignal) {
  ASSERT_TRUE(run(signal_to("SIGUSR1", "nginx")));
  EXPECT_EQ(sent, (std::vector<std::pair<int, int>>{{7, SIGUSR1}}));
}

TEST_F(NotifyRun, ARestartAsksTheProgramToEnd) {
  ASSERT_TRUE(run(restart_of("nginx")));
  EXPECT_EQ(sent, (std::vector<std::pair<int, int>>{{7, SIGTERM}}));
}

TEST_F(NotifyRun, SaysWhatToDoWhenNobodyIsThere) {
  const auto told = run(signal_to("SIGHUP", "java"));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::Transient);
  EXPECT_NE(told.error().message.find("shareProcessNamespace: true"), std::string::npos);
}

TEST_F(NotifyRun, SaysWhoMayNot) {
  refused = true;
  const auto told = run(signal_to("SIGHUP", "nginx"));
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().message.find("SIGHUP to \"nginx\": operation not permitted (the agent must run as the same user"),
            std::string::npos);
}

TEST_F(NotifyRun, CallsTheUrl) {
  script.answer = [](const test::SeenRequest&) { return test::json_answer(204, ""); };
  ASSERT_TRUE(run(call_of("http://127.0.0.1:8080/-/reload?now=1")));
  EXPECT_EQ(called, "127.0.0.1:8080");
  ASSERT_EQ(script.seen.size(), 1U);
  EXPECT_EQ(script.seen[0].what, "POST /-/reload?now=1");
}

TEST_F(NotifyRun, AnswersThatAreNoYesAreTriedAgain) {
  script.answer = [](const test::SeenRequest&) { return test::json_answer(500, ""); };
  const auto told = run(call_of("http://127.0.0.1:8080/-/reload", "PUT"));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().message, "notify: PUT http://127.0.0.1:8080/-/reload: answer 500");
  EXPECT_EQ(told.error().kind, ErrorKind::Transient);
}

}  // namespace
}  // namespace leasehold::agent

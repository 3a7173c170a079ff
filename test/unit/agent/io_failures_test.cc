// Every call of transport, files, child processes and clock has a name, and each was made to fail: for a
// while, after which all is well again, and for ever, after which the agent still ends in order. A call
// that appears and is not in the table fails the test, and so does a name that nothing fails any more.
#include <unistd.h>

#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "support/agent_simulation.h"
#include "support/failing_calls.h"

namespace leasehold::agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::FailingCalls;

struct Row {
  const char* name;
  /// Fails as well, so that the call comes up at all.
  const char* companion = "";
};

const Row kCalls[] = {
    // transport
    {"PUT /v1/auth/kubernetes/login"},
    {"PUT /v1/auth/token/renew-self"},
    {"GET /v1/sys/internal/ui/mounts/database/creds/app"},
    {"GET /v1/sys/internal/ui/mounts/secret/app"},
    {"GET /v1/database/creds/app"},
    {"GET /v1/secret/data/app"},
    {"PUT /v1/sys/leases/lookup"},
    {"PUT /v1/sys/capabilities-self"},
    {"PUT /v1/sys/leases/renew"},
    {"GET /v1/auth/token/lookup-self", "PUT /v1/sys/leases/lookup"},
    // files: the credential
    {"open jwt"},
    {"fstat jwt"},
    {"read jwt"},
    {"close jwt"},
    // files: what is written
    {"mkdir sub"},
    {"open temporary"},
    {"stat sub/password"},
    {"fchown temporary"},
    {"fchmod temporary"},
    {"write temporary"},
    {"fsync temporary"},
    {"close temporary"},
    {"rename sub/password"},
    {"rename token"},
    {"rename kv"},
    {"unlink temporary", "rename sub/password"},
    {"link sub/password.bak"},
    {"unlink sub/password.bak"},
    // files: is the text there already?
    {"lstat sub/password"},
    {"open sub/password"},
    {"fstat sub/password"},
    {"read sub/password"},
    {"close sub/password"},
    // child processes
    {"spawn command"},
    {"pidfd command"},
    {"exit command"},
    // the clock
    {"clock sleeps too long"},
    {"clock wall jumps a day ahead"},
    {"clock wall jumps a day back"},
};

/// What the table leaves out: the same calls on files where they prove nothing new.
bool is_covered_elsewhere(const std::string& name) {
  static const std::set<std::string> kSame = {
      "lstat kv",  "open kv",  "fstat kv",  "read kv",   "close kv",     "stat kv",  "stat token",
      "mkdir kv",  "stat sub"};
  const bool probe = name.find(".tmp.") != std::string::npos;  // the write check at start, agent_bad_input
  return probe || kSame.contains(name);
}

bool is_of_transport(const std::string& name) { return name.find("/v1/") != std::string::npos; }

class IoFailures : public ::testing::Test {
 protected:
  IoFailures()
      : simulation_({.token_ttl = minutes(10), .token_max = hours(10), .lease_ttl = seconds(60), .lease_max = seconds(150)}) {
    auto& config = simulation_.config;
    config.template_config.static_secret_render_interval = seconds(20);
    auto& block = config.templates[0];
    block.destination = simulation_.path("sub/password");
    block.backup = true;
    block.gid = ::getegid();
    block.command = {"touch " + simulation_.path("ran")};
    simulation_.add_template(R"({{ with secret "secret/app" }}{{ .Data.data.value }}{{ end }})", "kv");
    simulation_.vault.fault = [this](const test::SeenRequest& request) { return on_request(request.what); };
  }

  ~IoFailures() override { FailingCalls::instance().stop(); }

  std::optional<Result<http::Response>> on_request(const std::string& what) {
    ++seen_[what];
    const auto found = to_fail_.find(what);
    if (found == to_fail_.end() || found->second == 0) return std::nullopt;
    --found->second;
    ++failed_[what];
    if (refuse_) return test::json_answer(403, R"({"errors":["1 error occurred:\n\t* permission denied\n\n"]})");
    return Result<http::Response>(transient("connection reset by peer"));
  }

  void fail(const std::string& name, int times) {
    if (name.empty()) return;
    if (is_of_transport(name)) {
      to_fail_[name] = times;
    } else {
      FailingCalls::instance().fail(name, times);
    }
  }

  // Children run in real time, everything else in virtual time.
  void pass(std::chrono::seconds duration) {
    constexpr seconds kStep(5);
    for (seconds at(0); at < duration && !simulation_.end; at += kStep) {
      simulation_.pass(kStep);
      for (int i = 0; i < 10'000 && FailingCalls::instance().children() > 0; ++i) {
        ::usleep(200);
        simulation_.pass(seconds(0));
      }
    }
  }

  void run(const Row& row, int times) {
    FailingCalls::instance().watch(simulation_.path("").substr(0, simulation_.path("").size() - 1));
    const std::string name = row.name;
    // The look-up of the token follows a refused look-up of a lease.
    refuse_ = std::string_view(row.companion) == "PUT /v1/sys/leases/lookup";
    // What fails before it runs ends the agent at once; agent_bad_input has those.
    simulation_.prepared = [&] {
      fail(row.companion, times);
      if (!name.starts_with("clock")) fail(name, times);
    };
    simulation_.start();
    pass(minutes(1));
    if (name.find("ahead") != std::string::npos) simulation_.clock.jump = hours(24);
    if (name.find("back") != std::string::npos) simulation_.clock.jump = -hours(24);
    if (name.find("sleeps") != std::string::npos) simulation_.clock.late = times < 100 ? seconds(40) : hours(1);
    if (name.starts_with("clock")) failed_[name] = 1;
    simulation_.vault.kv_version = 2;
    pass(minutes(5));
    simulation_.clock.late = seconds(0);
  }

  [[nodiscard]] int failures_of(const std::string& name) const {
    const auto& failed = is_of_transport(name) || name.starts_with("clock") ? failed_ : FailingCalls::instance().failed();
    const auto found = failed.find(name);
    return found == failed.end() ? 0 : found->second;
  }

  [[nodiscard]] std::set<std::string> names_seen() const {
    std::set<std::string> names;
    for (const auto& [name, count] : seen_) names.insert(name);
    for (const auto& [name, count] : FailingCalls::instance().seen()) names.insert(name);
    return names;
  }

  [[nodiscard]] std::vector<std::string> temporary_files() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(simulation_.path(""))) {
      if (entry.path().filename().string().starts_with(".lh.")) found.push_back(entry.path());
    }
    return found;
  }

  Simulation simulation_;
  std::map<std::string, int> seen_;
  std::map<std::string, int> failed_;
  std::map<std::string, int> to_fail_;
  bool refuse_ = false;
};

TEST_F(IoFailures, EveryCallHasAName) {
  run({.name = ""}, 0);
  EXPECT_EQ(simulation_.file("kv"), "v2");
  EXPECT_TRUE(std::filesystem::exists(simulation_.path("ran")));
  std::set<std::string> table;
  for (const Row& row : kCalls) table.insert(row.name);
  for (const std::string& name : names_seen()) {
    EXPECT_TRUE(table.contains(name) || is_covered_elsewhere(name)) << "no row for the call: " << name;
  }
  simulation_.stop();
}

class EachCall : public IoFailures, public ::testing::WithParamInterface<Row> {};

TEST_P(EachCall, ForAWhile) {
  const Row& row = GetParam();
  run(row, 2);
  EXPECT_GE(failures_of(row.name), 1) << "nothing makes this call any more: take it out of the table";
  EXPECT_TRUE(simulation_.vault.works(simulation_.file("sub/password"))) << simulation_.file("sub/password");
  EXPECT_EQ(simulation_.file("kv"), "v2");
  EXPECT_EQ(simulation_.file("token").substr(0, 14), "s.token-number");
  EXPECT_LE(simulation_.vault.credentials_made(), 10U) << "a local failure costs no lease";
  if (std::string_view(row.name) != "unlink temporary") EXPECT_EQ(temporary_files().size(), 0U);
  ASSERT_FALSE(simulation_.end);
  simulation_.stop();
  EXPECT_EQ(simulation_.end->exit_code, 0);
}

TEST_P(EachCall, ForEver) {
  const Row& row = GetParam();
  run(row, 1'000'000);
  EXPECT_LE(simulation_.vault.credentials_made(), 12U);
  EXPECT_LE(simulation_.vault.script().seen.size(), 600U) << "no storm";
  if (!simulation_.end) simulation_.stop();
  ASSERT_TRUE(simulation_.end);
  EXPECT_EQ(simulation_.end->exit_code, 0) << simulation_.end->error;
}

INSTANTIATE_TEST_SUITE_P(Calls, EachCall, ::testing::ValuesIn(kCalls), [](const auto& info) {
  std::string name = std::string(info.param.name);
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

}  // namespace
}  // namespace leasehold::agent

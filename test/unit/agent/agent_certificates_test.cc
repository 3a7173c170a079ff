// pkiCert: the file of an earlier run serves while it is good, and a clock that is wrong makes no storm
// (spec/agent.md 9.5).
#include <gtest/gtest.h>

#include "leasehold/json/writer.h"
#include "support/agent_simulation.h"
#include "support/authority.h"

namespace leasehold::agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kIssue = "PUT /v1/pki/issue/app";

class Certificates : public ::testing::Test {
 protected:
  Certificates() {
    simulation_.config.templates.clear();
    simulation_.add_template(
        R"({{ with pkiCert "pki/issue/app" "common_name=x" }}{{ .Cert }}{{ .Key }}{{ end }})", "cert");
    simulation_.vault.fault = [this](const test::SeenRequest& request) -> std::optional<Result<http::Response>> {
      if (request.what != kIssue) return std::nullopt;
      return issued(simulation_.clock.wall_now() - simulation_.clock.jump);  // by the server's clock
    };
  }

  [[nodiscard]] test::Leaf leaf(runtime::Clock::WallTime now) const {
    const std::time_t from = std::chrono::system_clock::to_time_t(now);
    return authority_.issue("DNS:x", from, from + life_.count());
  }

  [[nodiscard]] Result<http::Response> issued(runtime::Clock::WallTime now) const {
    const test::Leaf made = leaf(now);
    const auto expires = std::chrono::system_clock::to_time_t(now) + life_.count();
    return test::json_answer(200, R"({"data":{"certificate":)" + json::quoted(made.certificate_pem) + R"(,"private_key":)" +
                                      json::quoted(made.key_pem) + R"(,"expiration":)" + std::to_string(expires) + "}}");
  }

  [[nodiscard]] std::size_t asked() { return simulation_.vault.script().count(kIssue); }

  std::chrono::seconds life_{60};
  test::Authority authority_;
  Simulation simulation_;
};

TEST_F(Certificates, AreReplacedAfterNineTenths) {
  simulation_.start();
  EXPECT_NE(simulation_.file("cert").find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_NE(simulation_.file("cert").find("PRIVATE KEY"), std::string::npos);
  simulation_.pass(seconds(53));
  EXPECT_EQ(asked(), 1U);
  simulation_.pass(seconds(2));
  EXPECT_EQ(asked(), 2U);
  simulation_.stop();
}

TEST_F(Certificates, TheFileOfAnEarlierRunServes) {
  const test::Leaf made = leaf(simulation_.clock.wall_now() - seconds(20));
  const std::string text = made.certificate_pem + made.key_pem;
  std::ofstream(simulation_.path("cert")) << text;
  simulation_.start();
  simulation_.pass(seconds(35));
  EXPECT_EQ(asked(), 0U);
  EXPECT_EQ(simulation_.file("cert"), text);
  simulation_.pass(seconds(5));
  EXPECT_EQ(asked(), 1U);
  EXPECT_NE(simulation_.file("cert"), text);
  simulation_.stop();
}

TEST_F(Certificates, AFileThatEndedDoesNot) {
  std::ofstream(simulation_.path("cert")) << leaf(simulation_.clock.wall_now() - hours(1)).certificate_pem;
  simulation_.start();
  EXPECT_EQ(asked(), 1U);
  simulation_.stop();
}

TEST_F(Certificates, AClockThatJumpsADayMakesNoStorm) {
  life_ = hours(1);
  simulation_.start();
  for (const auto jump : {hours(24), hours(-24)}) {
    const auto before = asked();
    simulation_.clock.jump = jump;
    simulation_.pass(hours(10));
    EXPECT_GE(asked() - before, 8U) << jump.count();
    EXPECT_LE(asked() - before, 14U) << jump.count();
  }
  simulation_.stop();
}

}  // namespace
}  // namespace leasehold::agent

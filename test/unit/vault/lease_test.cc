#include "leasehold/vault/lease.h"

#include <gtest/gtest.h>

namespace leasehold::vault {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Clock::TimePoint kStart{};

double seconds_of(nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

TEST(PlanNext, RenewsAt70To73PercentOfTheGrant) {
  for (const double dice : {0.0, 0.5, 0.999}) {
    const auto lease = granted_lease("id-of-a-lease", true, seconds(30), kStart, dice);
    const auto plan = plan_next(lease, kStart, 0.3);
    EXPECT_EQ(plan.then, LeaseStep::Renew);
    EXPECT_GE(seconds_of(plan.wait), 21.0 - 0.001);
    EXPECT_LE(seconds_of(plan.wait), 22.0);
  }
}

// The worked example of spec/agent.md 8.1.
TEST(PlanNext, ReplacesWhenTheMaximumIsNear) {
  auto lease = granted_lease("id-of-a-lease", true, hours(1), kStart, 0.5);
  EXPECT_EQ(lease.grace, seconds(540));
  EXPECT_EQ(plan_next(lease, kStart, 0).wait, seconds(2580));
  auto now = kStart + seconds(25800);
  renewed(lease, true, seconds(3000), now, 0.9);
  EXPECT_EQ(lease.grace, seconds(540)) << "a grant that shrinks keeps the grace";
  EXPECT_EQ(plan_next(lease, now, 0).wait, seconds(2180));
  EXPECT_EQ(plan_next(lease, now, 0).then, LeaseStep::Renew);
  now += seconds(2180);
  renewed(lease, true, seconds(820), now, 0.9);
  const auto plan = plan_next(lease, now, 0);
  EXPECT_EQ(plan.then, LeaseStep::Replace);
  EXPECT_EQ(plan.wait.count(), 0);
}

TEST(PlanNext, NotRenewableIsReplacedInTime) {
  const auto lease = granted_lease("", false, seconds(30), kStart, 0.5);
  const auto plan = plan_next(lease, kStart, 0);
  EXPECT_EQ(plan.then, LeaseStep::Replace);
  EXPECT_GE(seconds_of(plan.wait), 21.0);
  EXPECT_LE(seconds_of(plan.wait), 22.0);
}

TEST(Plan, NearTheMaximumTheOldSecretIsKeptForThoseWhoUseIt) {
  auto lease = granted_lease("id-of-a-lease", true, seconds(20), kStart, 0);  // grace 2 s
  lease.keep = seconds(8);
  EXPECT_EQ(plan_next(lease, kStart, 0).then, LeaseStep::Renew) << "a whole grant is renewed as ever";
  renewed(lease, true, seconds(19), kStart, 0);
  EXPECT_EQ(plan_next(lease, kStart, 0).then, LeaseStep::Renew) << "rounding";
  renewed(lease, true, seconds(12), kStart, 0);
  EXPECT_EQ(plan_next(lease, kStart, 0).wait, seconds(4));
  EXPECT_EQ(plan_next(lease, kStart, 0).then, LeaseStep::Replace);
  lease.keep = hours(1);
  EXPECT_EQ(plan_next(lease, kStart, 0).wait, seconds(0)) << "what is left is less than 0.8 of a grant";
  lease.keep = seconds(0);
  EXPECT_EQ(plan_next(lease, kStart, 0).then, LeaseStep::Renew);
}

TEST(PlanNext, FailedRenewalsBackOffUntilGrace) {
  auto lease = granted_lease("id-of-a-lease", true, seconds(60), kStart, 0);  // grace 6 s
  const auto now = kStart + seconds(40);
  nanoseconds most{0};
  for (lease.failures = 1; lease.failures < 20; ++lease.failures) {
    const auto plan = plan_next(lease, now, 0.999);
    ASSERT_EQ(plan.then, LeaseStep::Renew);
    EXPECT_GT(plan.wait.count(), 0) << "never a busy loop";
    EXPECT_LE(plan.wait, seconds(14)) << "what is left before the grace";
    EXPECT_GE(plan.wait, most) << "pauses grow";
    most = plan.wait;
  }
  EXPECT_EQ(plan_next(lease, kStart + seconds(54), 0.5).then, LeaseStep::Replace);
  EXPECT_LE(plan_next(lease, kStart + seconds(53), 0.999).wait, seconds(1)) << "the last try is before the grace";
  EXPECT_GT(plan_next(lease, now, 0.0).wait.count(), 0);
}

Answer answer_with(std::map<std::string, std::string, std::less<>> facts, seconds duration = seconds(0)) {
  Answer answer;
  answer.status = 200;
  answer.facts = std::move(facts);
  answer.lease_duration = duration;
  return answer;
}

TEST(PlanRefresh, Rows) {
  const RefreshPolicy policy;
  const Clock::WallTime now{seconds(1000)};
  const auto wait = [&](const Answer& answer) { return seconds_of(plan_refresh(answer, policy, now, 0.5)); };
  EXPECT_DOUBLE_EQ(wait(answer_with({})), 270.0) << "static: 90 % of the interval";
  EXPECT_DOUBLE_EQ(wait(answer_with({}, seconds(100))), 90.0);
  EXPECT_DOUBLE_EQ(wait(answer_with({{"rotation_period", "20"}, {"ttl", "16"}})), 17.0) << "exactly ttl + 1";
  EXPECT_DOUBLE_EQ(wait(answer_with({{"certificate", ""}, {"expiration", "1060"}})), 54.0);
  EXPECT_DOUBLE_EQ(wait(answer_with({{"secret_id", ""}, {"secret_id_ttl", "99"}})), 90.0);
}

TEST(RetryPause, DoublesToTheBound) {
  EXPECT_EQ(retry_pause(1, milliseconds(250), seconds(60)), milliseconds(250));
  EXPECT_EQ(retry_pause(4, milliseconds(250), seconds(60)), seconds(2));
  EXPECT_EQ(retry_pause(100, milliseconds(250), seconds(60)), seconds(60));
}

TEST(LoginBackoffTest, DoublesAndResets) {
  LoginBackoff backoff(seconds(1), seconds(300));
  EXPECT_EQ(backoff.current(), seconds(1));
  backoff.failed(0);
  EXPECT_EQ(backoff.current(), seconds(2));
  backoff.failed(0.999);
  EXPECT_GE(backoff.current(), seconds(3));
  for (int i = 0; i < 50; ++i) backoff.failed(0);
  EXPECT_EQ(backoff.current(), seconds(300));
  backoff.reset();
  EXPECT_EQ(backoff.current(), seconds(1));
}

// spec/agent.md 9.5
TEST(PlanCertificate, NineTenthsOfTheRest) {
  EXPECT_EQ(plan_certificate(seconds(60), seconds(60), 0.5), seconds(54));
  EXPECT_EQ(plan_certificate(seconds(6), seconds(60), 0.5), std::nullopt) << "5 s are less than a tenth of its life";
  EXPECT_EQ(plan_certificate(seconds(8), seconds(60), 0.5), seconds(7));
  EXPECT_EQ(plan_certificate(-hours(24), hours(1), 0.5), std::nullopt) << "ended, or our clock has jumped";
  EXPECT_EQ(plan_certificate(hours(25), seconds(60), 0.5), seconds(54)) << "our clock is behind";
  EXPECT_EQ(plan_certificate(hours(1), hours(1), 0.0), seconds(3240) - seconds(97));
  EXPECT_EQ(plan_certificate(hours(1), hours(1), 0.51), seconds(3240));
  EXPECT_EQ(plan_certificate(hours(1), hours(1), 0.99), seconds(3240) + seconds(64));
}

}  // namespace
}  // namespace leasehold::vault

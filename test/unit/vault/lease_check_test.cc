#include "leasehold/vault/lease_check.h"

#include <gtest/gtest.h>

namespace leasehold::vault {
namespace {

using runtime::Clock;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Clock::TimePoint kStart = Clock::TimePoint(std::chrono::hours(1));

KnownLease lease(const std::string& id, seconds granted, Clock::TimePoint checked = kStart) {
  return {.id = id, .renewable = true, .granted = granted, .checked_at = checked};
}

Answer lookup(unsigned status, std::map<std::string, std::string, std::less<>> facts, std::vector<std::string> errors = {}) {
  Answer answer;
  answer.status = status;
  answer.has_data = status == 200;
  answer.facts = std::move(facts);
  answer.errors = std::move(errors);
  return answer;
}

TEST(JudgeLookup, Rows) {
  KnownLease known = lease("database/creds/app/1", seconds(60));
  known.expire_time = Clock::WallTime(seconds(1'795'251'786));  // 2026-11-21T09:03:06Z
  const struct { const char* name; Answer answer; LeaseVerdict want; } rows[] = {
      {"alive", lookup(200, {{"ttl", "30"}, {"renewable", "true"}, {"expire_time", "2026-11-21T09:03:06Z"}}), LeaseVerdict::Alive},
      {"renewed meanwhile", lookup(200, {{"ttl", "60"}, {"expire_time", "2026-11-21T09:04:06Z"}}), LeaseVerdict::Alive},
      {"revoked", lookup(400, {}, {"invalid lease"}), LeaseVerdict::Gone},
      {"expired", lookup(200, {{"ttl", "0"}, {"renewable", "true"}}), LeaseVerdict::Gone},
      {"negative", lookup(200, {{"ttl", "-3"}}), LeaseVerdict::Gone},
      {"pending revocation", lookup(200, {{"ttl", "30"}, {"renewable", "false"}}), LeaseVerdict::Gone},
      {"earlier end", lookup(200, {{"ttl", "30"}, {"renewable", "true"}, {"expire_time", "2026-11-21T09:02:06Z"}}), LeaseVerdict::Gone},
      {"rounding", lookup(200, {{"ttl", "30"}, {"expire_time", "2026-11-21T09:03:05.5Z"}}), LeaseVerdict::Alive},
      {"dead token", lookup(403, {}, {"permission denied"}), LeaseVerdict::Refused},
      {"quota", lookup(429, {}), LeaseVerdict::Overloaded},
      {"sealed", lookup(503, {}, {"Vault is sealed"}), LeaseVerdict::Overloaded},
      {"other 400", lookup(400, {}, {"lease_id must be specified"}), LeaseVerdict::Unknown},
      {"500", lookup(500, {}), LeaseVerdict::Unknown},
  };
  for (const auto& row : rows) EXPECT_EQ(judge_lookup(known, row.answer), row.want) << row.name;
}

TEST(Pace, FollowsTheShortestTtl) {
  const struct { seconds ttl; seconds want; } rows[] = {
      {seconds(10), seconds(3)}, {seconds(60), seconds(3)}, {seconds(600), seconds(30)}, {seconds(7200), seconds(60)},
  };
  for (const auto& row : rows) {
    LeaseCheck check(std::nullopt);
    check.add(lease("long", seconds(100'000)));
    check.add(lease("this", row.ttl));
    EXPECT_EQ(check.interval(), row.want) << row.ttl.count();
    EXPECT_EQ(check.pause(0), nanoseconds(row.want) * 8 / 10);
    EXPECT_EQ(check.pause(0.5), nanoseconds(row.want));
  }
}

TEST(Pace, SettingWinsAndOffIsOff) {
  LeaseCheck fixed(seconds(7));
  fixed.add(lease("a", seconds(7200)));
  EXPECT_EQ(fixed.interval(), seconds(7));
  EXPECT_FALSE(fixed.off());
  EXPECT_TRUE(LeaseCheck(nanoseconds(0)).off());
  EXPECT_TRUE(fixed.checks_leases());
  fixed.stop_leases();
  EXPECT_FALSE(fixed.checks_leases());
  EXPECT_FALSE(fixed.off()) << "the token is still looked up";
}

TEST(Pace, TheTokensTurnDoesNotWaitForLongLeases) {
  LeaseCheck check(std::nullopt);
  check.add(lease("a", seconds(7200)));
  EXPECT_LT(check.token_pause(0.999), milliseconds(4400));
  check.slow_down();
  EXPECT_EQ(check.token_pause(0.5), milliseconds(7200)) << "a busy server is asked less";
  EXPECT_EQ(LeaseCheck(seconds(30)).token_pause(0.5), seconds(30));
}

TEST(Pace, BusyServersAreAskedLess) {
  LeaseCheck check(std::nullopt);
  check.add(lease("a", seconds(60)));
  check.slow_down();
  EXPECT_EQ(check.interval(), seconds(6));
  check.slow_down();
  EXPECT_EQ(check.interval(), seconds(12));
  for (int i = 0; i < 10; ++i) check.answered(milliseconds(5));
  EXPECT_EQ(check.interval(), milliseconds(9600)) << "ten good answers shorten it by a fifth";
  for (int i = 0; i < 100; ++i) check.slow_down();
  EXPECT_EQ(check.interval(), minutes(5));
  for (int i = 0; i < 1000; ++i) check.answered(milliseconds(5));
  EXPECT_EQ(check.interval(), seconds(3)) << "never faster than the TTL asks";
  for (int i = 0; i < 3; ++i) check.answered(seconds(2));
  EXPECT_GT(check.interval(), seconds(3)) << "smoothed latency over 250 ms";
}

TEST(Pace, OneStallDoesNotSlowForLong) {
  LeaseCheck check(std::nullopt);
  check.add(lease("a", seconds(60)));
  check.answered(seconds(1));
  EXPECT_EQ(check.interval(), seconds(3)) << "one answer of a second: the average is still low";
  check.answered(seconds(4));
  EXPECT_EQ(check.interval(), seconds(6)) << "the second one counts";
  for (int i = 0; i < 9; ++i) check.answered(milliseconds(5));
  EXPECT_EQ(check.interval(), seconds(6)) << "quick answers after it do not double it again";
}

TEST(Pace, AnOutageSlowsUntilTheServerIsBack) {
  LeaseCheck check(std::nullopt);
  check.add(lease("a", seconds(60)));
  for (int i = 0; i < 20; ++i) check.unreachable();
  EXPECT_GE(check.interval(), minutes(4));
  EXPECT_LE(check.interval(), minutes(5));
  check.answered(milliseconds(5));
  EXPECT_EQ(check.interval(), seconds(3));
}

TEST(Turns, NewestFirstThenTheOneThatWaitsLongest) {
  LeaseCheck check(std::nullopt);
  check.add(lease("first", seconds(60)));
  check.add(lease("second", seconds(60)));
  check.add(lease("third", seconds(60)));
  auto now = kStart + seconds(3);
  EXPECT_EQ(check.next(now), "third");
  check.looked_up("third", lookup(200, {}), now);
  now += seconds(3);
  EXPECT_EQ(check.next(now), "second");
  check.looked_up("second", lookup(200, {}), now);
  now += seconds(3);
  EXPECT_EQ(check.next(now), "first");
  check.proved_alive("first", seconds(60), now);
  EXPECT_EQ(check.next(now + seconds(3)), "third");
  check.remove("third");
  EXPECT_EQ(check.next(now + seconds(3)), "second");
}

TEST(Turns, ARenewalCountsAsACheck) {
  LeaseCheck check(std::nullopt);
  check.add(lease("a", seconds(60)));
  check.proved_alive("a", seconds(60), kStart + seconds(3));
  EXPECT_EQ(check.next(kStart + seconds(3)), std::nullopt);
  EXPECT_EQ(check.next(kStart + seconds(4)), "a");
}

TEST(Turns, ARenewalThatShortensIsNoRevocation) {
  LeaseCheck check(std::nullopt);
  check.add(lease("a", seconds(60)));
  check.looked_up("a", lookup(200, {{"expire_time", "2026-11-21T09:03:06Z"}}), kStart);
  check.proved_alive("a", seconds(10), kStart);
  const Answer shorter = lookup(200, {{"ttl", "9"}, {"renewable", "true"}, {"expire_time", "2026-11-21T09:02:06Z"}});
  EXPECT_EQ(judge_lookup(*check.find("a"), shorter), LeaseVerdict::Alive);
}

}  // namespace
}  // namespace leasehold::vault

#include "leasehold/vault/outage.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace leasehold::vault {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using TimePoint = Outage::TimePoint;

TEST(Outage, AnyoneMayAskAServerThatAnswers) {
  Outage outage;
  EXPECT_TRUE(outage.take_turn(TimePoint{}, 0.5));
  outage.answered();
  EXPECT_EQ(outage.recoveries(), 0U);
  EXPECT_FALSE(outage.down());
}

TEST(Outage, OneTurnAtATime) {
  Outage outage;
  const TimePoint start{};
  outage.failed(start, 0.5, seconds(0));
  EXPECT_FALSE(outage.take_turn(start, 0.5));
  const TimePoint turn = outage.next_turn();
  EXPECT_EQ(turn, start + milliseconds(125));
  EXPECT_TRUE(outage.take_turn(turn, 0.5));
  EXPECT_FALSE(outage.take_turn(turn, 0.5)) << "the second one waits";
  outage.answered();
  EXPECT_TRUE(outage.take_turn(turn, 0.5));
  EXPECT_EQ(outage.recoveries(), 1U);
}

TEST(Outage, RetryAfterIsObeyed) {
  Outage outage;
  outage.failed(TimePoint{}, 0.5, seconds(30));
  EXPECT_FALSE(outage.take_turn(TimePoint{} + seconds(29), 0.5));
  EXPECT_TRUE(outage.take_turn(TimePoint{} + seconds(30), 0.5));
}

// The figures that the header names, from a thousand outages of ten minutes.
TEST(Outage, AfterAMinuteOneRequestInFiveSecondsAndSoonBack) {
  std::minstd_rand engine(7);
  std::uniform_real_distribution<double> dice(0, 1);
  std::vector<double> waits;
  std::size_t asked = 0;
  for (int i = 0; i < 1000; ++i) {
    Outage outage;
    outage.failed(TimePoint{}, dice(engine), seconds(0));
    const auto back = TimePoint{} + seconds(60) + milliseconds(static_cast<int>(dice(engine) * 540'000));
    TimePoint now = outage.next_turn();
    while (now < back) {
      ASSERT_TRUE(outage.take_turn(now, dice(engine)));
      if (now >= TimePoint{} + seconds(60)) ++asked;
      now = outage.next_turn();
    }
    waits.push_back(std::chrono::duration<double>(now - back).count());
  }
  std::ranges::sort(waits);
  EXPECT_LE(static_cast<double>(asked), 1000 * 270.0 / 5) << "540 s on average halve";
  EXPECT_LE(waits[waits.size() / 2], 3.0);
  EXPECT_LE(waits.back(), 10.0);
}

TEST(Outage, WhatCountsAsOne) {
  struct Row {
    unsigned status;
    const char* body;
    bool want;
  };
  for (const Row& row : {Row{503, R"({"errors":["Vault is sealed"]})", true}, Row{502, "<html>", true}, Row{504, "", true},
                         Row{500, R"({"errors":["no active Vault instance found"]})", true},
                         Row{500, R"({"errors":["local node not active but active cluster node not found"]})", true},
                         Row{500, R"({"errors":["1 error occurred:\n\t* database is down\n\n"]})", false},
                         Row{429, "", false}, Row{472, "", false}, Row{473, "", false}, Row{412, "", false},
                         Row{403, "", false}, Row{200, "", false}}) {
    EXPECT_EQ(is_outage(row.status, row.body), row.want) << row.status << " " << row.body;
  }
  EXPECT_TRUE(is_outage(Result<http::Response>(transient("connection refused"))));
  EXPECT_FALSE(is_outage(Result<http::Response>(invalid("certificate signed by unknown authority"))));
  EXPECT_FALSE(is_outage(Result<http::Response>(cancelled("x"))));
}

}  // namespace
}  // namespace leasehold::vault

#include "watch_plan.h"

#include <gtest/gtest.h>

namespace leasehold::kube {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WatchPlan::TimePoint kStart{seconds(1000)};

TEST(WatchPlanTest, ListsFirstThenWatchesFromThere) {
  WatchPlan plan(minutes(10));
  EXPECT_TRUE(plan.next(kStart, 0.5).list);
  EXPECT_EQ(plan.next(kStart, 0.5).pause.count(), 0);
  plan.listed("7", kStart);
  const WatchStep step = plan.next(kStart, 0.5);
  EXPECT_FALSE(step.list);
  EXPECT_EQ(step.version, "7");
  EXPECT_EQ(step.lasting, seconds(450));
}

TEST(WatchPlanTest, BookmarksMoveThePlace) {
  WatchPlan plan(minutes(10));
  plan.listed("7", kStart);
  plan.reached("12");
  plan.ended(Ending::Fine);
  EXPECT_EQ(plan.next(kStart + minutes(1), 0).version, "12");
}

TEST(WatchPlanTest, TheWatchEndsWhenAResyncIsDue) {
  WatchPlan plan(minutes(10));
  plan.listed("7", kStart);
  EXPECT_EQ(plan.next(kStart + minutes(9), 0.9).lasting, minutes(1));
  EXPECT_TRUE(plan.next(kStart + minutes(10), 0.9).list);
}

TEST(WatchPlanTest, AfterGoneEverythingIsListedAnew) {
  WatchPlan plan(minutes(10));
  plan.listed("7", kStart);
  plan.ended(Ending::Expired);
  EXPECT_TRUE(plan.next(kStart, 0).list);
  EXPECT_EQ(plan.next(kStart, 0).pause.count(), 0);
}

TEST(WatchPlanTest, AServerThatAlwaysSaysGoneIsNotAskedInALoop) {
  WatchPlan plan(minutes(10));
  for (int i = 0; i < 5; ++i) {
    plan.listed("7", kStart);
    plan.ended(Ending::Expired);
  }
  EXPECT_GE(plan.next(kStart, 0).pause, seconds(1));
}

TEST(WatchPlanTest, FailuresBackOffUpToABoundAndAreForgotten) {
  WatchPlan plan(minutes(10));
  std::chrono::nanoseconds last{0};
  for (int i = 0; i < 100; ++i) {
    plan.ended(Ending::Failed);
    const auto pause = plan.next(kStart, 0.99).pause;
    EXPECT_GE(pause, last);
    EXPECT_LE(pause, seconds(30));
    last = pause;
  }
  plan.listed("1", kStart);
  EXPECT_LT(plan.next(kStart, 0.99).pause, seconds(1));
}

}  // namespace
}  // namespace leasehold::kube

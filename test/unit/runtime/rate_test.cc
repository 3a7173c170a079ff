#include "leasehold/runtime/rate.h"

#include <gtest/gtest.h>

namespace leasehold::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RateTest, ABurstIsFreeThenOneATurn) {
  Bucket bucket({.per_second = 5, .burst = 3});
  const runtime::Clock::TimePoint start{seconds(100)};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(start).count(), 0);
  EXPECT_EQ(bucket.take(start), milliseconds(200));
  EXPECT_EQ(bucket.take(start), milliseconds(400));
}

TEST(RateTest, TokensComeBackWithTimeButNotWithoutBound) {
  Bucket bucket({.per_second = 5, .burst = 3});
  runtime::Clock::TimePoint now{seconds(100)};
  for (int i = 0; i < 3; ++i) (void)bucket.take(now);
  now += seconds(1000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(now).count(), 0);
  EXPECT_GT(bucket.take(now).count(), 0);
}

}  // namespace
}  // namespace leasehold::runtime

#include "leasehold/runtime/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "leasehold/runtime/clock.h"
#include "leasehold/runtime/condition.h"

namespace leasehold::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

net::awaitable<void> sleep_and_note(RealClock& clock, std::chrono::nanoseconds wait, std::vector<std::string>& notes) {
  notes.push_back(co_await clock.sleep_for(wait) ? "slept" : "cancelled");
}

net::awaitable<void> cancel_all(TaskGroup& group, RealClock& clock, std::vector<std::string>& notes) {
  group.spawn("short", sleep_and_note(clock, milliseconds(1), notes));
  group.spawn("long", sleep_and_note(clock, hours(1), notes));
  group.spawn("long", sleep_and_note(clock, hours(1), notes));
  co_await clock.sleep_for(milliseconds(20));
  group.cancel();
  co_await group.join();
}

TEST(TaskGroupTest, JoinWaitsForCancelledChildren) {
  net::io_context io{1};
  RealClock clock;
  TaskGroup group(io.get_executor());
  std::vector<std::string> notes;
  auto done = net::co_spawn(io, cancel_all(group, clock, notes), net::use_future);
  io.run();
  done.get();
  EXPECT_TRUE(group.empty());
  EXPECT_EQ(notes, (std::vector<std::string>{"slept", "cancelled", "cancelled"}));
}

net::awaitable<Result<int>> answer_after(RealClock& clock, std::chrono::nanoseconds wait) {
  if (!co_await clock.sleep_for(wait)) co_return cancelled("inner");
  co_return 42;
}

TEST(WithDeadline, InTimeAndTooLate) {
  net::io_context io{1};
  RealClock clock;
  auto fast = net::co_spawn(
      io, with_deadline<int>("ask", std::chrono::seconds(20), answer_after(clock, milliseconds(1))), net::use_future);
  auto slow = net::co_spawn(io, with_deadline<int>("ask", milliseconds(5), answer_after(clock, hours(1))),
                            net::use_future);
  io.run();
  EXPECT_EQ(*fast.get(), 42);
  const auto late = slow.get();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::Transient);
  EXPECT_EQ(late.error().message, "ask: no answer within 5ms");
}

net::awaitable<void> wait_twice(Condition& condition, RealClock& clock, std::vector<std::string>& notes) {
  const auto name = [](Wake wake) {
    return wake == Wake::Notified ? "notified" : wake == Wake::TimedOut ? "timed out" : "cancelled";
  };
  notes.emplace_back(name(co_await condition.wait_for(clock, hours(1))));
  notes.emplace_back(name(co_await condition.wait_for(clock, milliseconds(1))));
  notes.emplace_back(name(co_await condition.wait_for(clock, hours(1))));
}

net::awaitable<void> notify_then_cancel(Condition& condition, RealClock& clock, std::vector<std::string>& notes,
                                        TaskGroup& group) {
  group.spawn("waiter", wait_twice(condition, clock, notes));
  co_await clock.sleep_for(milliseconds(5));
  condition.notify_all();
  co_await clock.sleep_for(milliseconds(50));
  group.cancel();
  co_await group.join();
}

TEST(ConditionTest, NotifiedTimedOutCancelled) {
  net::io_context io{1};
  RealClock clock;
  Condition condition(io.get_executor());
  TaskGroup group(io.get_executor());
  std::vector<std::string> notes;
  auto done = net::co_spawn(io, notify_then_cancel(condition, clock, notes, group), net::use_future);
  io.run();
  done.get();
  EXPECT_EQ(notes, (std::vector<std::string>{"notified", "timed out", "cancelled"}));
}

}  // namespace
}  // namespace leasehold::runtime

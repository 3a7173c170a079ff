#include "leasehold/runtime/process.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace leasehold::runtime {
namespace {

Result<void> run(Command command) {
  net::io_context io{1};
  RealClock clock;
  auto done = net::co_spawn(io, run_command(std::move(command), clock), net::use_future);
  io.run();
  return done.get();
}

TEST(RunCommand, Success) { EXPECT_TRUE(run({.argv = {"true"}, .environment = {"PATH=/usr/bin:/bin"}})); }

TEST(RunCommand, TheEnvironmentIsTheGivenOne) {
  EXPECT_TRUE(run({.argv = {"sh", "-c", "test \"$LH_X\" = yes && test -z \"$HOME\""}, .environment = {"LH_X=yes"}}));
}

TEST(RunCommand, ExitStatusIsAnError) {
  const auto done = run({.argv = {"sh", "-c", "exit 3"}, .environment = {}});
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("child: command exited with a non-zero exit status"), std::string::npos);
  EXPECT_NE(done.error().message.find("exit status 3"), std::string::npos);
}

TEST(RunCommand, NotThere) {
  const auto done = run({.argv = {"/nope/program"}, .environment = {}});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "fork/exec /nope/program: no such file or directory");
}

TEST(RunCommand, TimeOutKillsTheGroup) {
  const auto start = std::chrono::steady_clock::now();
  const auto done = run({.argv = {"sh", "-c", "sleep 30; true"},
                         .environment = {"PATH=/usr/bin:/bin"},
                         .timeout = std::chrono::milliseconds(200),
                         .own_process_group = true});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "command did not exit within time limit (\"200ms\"):\n    sh -c sleep 30; true");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace leasehold::runtime

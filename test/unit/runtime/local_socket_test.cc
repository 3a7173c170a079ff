#include "leasehold/runtime/local_socket.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "support/loop.h"
#include "support/temp_dir.h"

namespace leasehold::runtime {
namespace {

class LocalSocket : public testing::Test {
 protected:
  // The question blocks its thread, so the server gets the loop.
  Result<std::string> ask(const std::string& line) {
    std::optional<Result<std::string>> answer;
    std::atomic<bool> done = false;
    std::thread asker([&] {
      answer.emplace(ask_local(path, line, std::chrono::seconds(5)));
      done = true;
    });
    while (!done) loop.context().run_for(std::chrono::milliseconds(5));
    asker.join();
    return *answer;
  }

  test::TempDir dir;
  std::string path = dir / "below/agent.sock";
  test::Loop loop;
};

TEST_F(LocalSocket, AnswersALine) {
  LocalServer server(loop.executor(), path, [](const std::string& line) { return "you said " + line + "\n"; });
  ASSERT_TRUE(server.listen());
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0660U);
  loop.tasks().spawn("server", server.run());
  for (const char* line : {"ready", "", "check"}) {
    const auto answer = ask(line);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, "you said " + std::string(line) + "\n");
  }
  const auto too_long = ask(std::string(1000, 'x'));
  EXPECT_TRUE(!too_long || too_long->empty());
  loop.cancel(loop.tasks());
}

TEST_F(LocalSocket, TakesThePlaceOfAStaleSocketAndOfNothingElse) {
  {
    LocalServer dead(loop.executor(), path, [](const std::string&) { return ""; });
    ASSERT_TRUE(dead.listen());
    ASSERT_EQ(::rename(path.c_str(), (path + ".kept").c_str()), 0);
  }
  ASSERT_EQ(::rename((path + ".kept").c_str(), path.c_str()), 0);
  {
    LocalServer next(loop.executor(), path, [](const std::string&) { return ""; });
    EXPECT_TRUE(next.listen());
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "removed at the end";
  std::ofstream(path) << "a file";
  LocalServer other(loop.executor(), path, [](const std::string&) { return ""; });
  EXPECT_FALSE(other.listen());
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
}

TEST_F(LocalSocket, SaysThatNobodyAnswers) {
  const auto answer = ask_local(path, "ready", std::chrono::seconds(1));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("no agent answers at"), std::string::npos);
  EXPECT_FALSE(ask_local(std::string(200, 'p'), "ready", std::chrono::seconds(1)));
}

}  // namespace
}  // namespace leasehold::runtime

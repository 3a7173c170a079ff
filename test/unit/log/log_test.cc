#include "leasehold/log/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "leasehold/log/log_file.h"
#include "support/temp_dir.h"

namespace leasehold::log {
namespace {

constexpr std::int64_t kTime = 1'795'251'786'223'456'789;  // 2026-11-21T09:03:06.223456789Z

TEST(Format, Standard) {
  EXPECT_EQ(format_line(Format::Standard, kTime, Level::Info, "agent.sink.file", "token written",
                        {{"path", "/home/vault/.vault-token"}}),
            "2026-11-21T09:03:06.223Z [INFO]  agent.sink.file: token written: path=/home/vault/.vault-token\n");
  EXPECT_EQ(format_line(Format::Standard, kTime, Level::Error, "a", "m", {{"k", "has space"}, {"e", ""}, {"n", 3}}),
            "2026-11-21T09:03:06.223Z [ERROR] a: m: k=\"has space\" e=\"\" n=3\n");
}

TEST(Format, LineFeedsBecomeABlock) {
  EXPECT_EQ(format_line(Format::Standard, kTime, Level::Error, "a", "m", {{"error", "one\ntwo"}, {"backoff", "1s"}}),
            "2026-11-21T09:03:06.223Z [ERROR] a: m:\n  error=\n  | one\n  | two\n   backoff=1s\n");
}

TEST(Format, AValueCannotForgeALine) {
  const auto line = format_line(Format::Standard, kTime, Level::Info, "a", "m", {{"k", "x\x1b[2J\r"}});
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\r'), std::string::npos);
}

TEST(Format, Json) {
  EXPECT_EQ(format_line(Format::Json, kTime, Level::Warn, "agent", "m <", {{"mode", 416}, {"ok", true}, {"p", "x"}}),
            "{\"@level\":\"warn\",\"@message\":\"m \\u003c\",\"@module\":\"agent\",\"@timestamp\":"
            "\"2026-11-21T09:03:06.223456Z\",\"mode\":416,\"ok\":true,\"p\":\"x\"}\n");
}

TEST(Levels, NamesAndErrors) {
  EXPECT_EQ(*parse_level(" Notice "), Level::Info);
  EXPECT_EQ(*parse_level("ERR"), Level::Error);
  EXPECT_EQ(parse_level("loud").error().message, "unknown log level: loud");
  EXPECT_EQ(*parse_format("JSON"), Format::Json);
  EXPECT_EQ(parse_format("xml").error().message, "unknown log format: xml");
}

TEST(LoggerTest, WritesWholeLinesFromItsLevelOn) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  const Logger logger(make_sink({.level = Level::Warn, .descriptor = pipe_ends[1]}), "agent");
  logger.info("hidden");
  logger.named("auth").warn("shown");
  ::close(pipe_ends[1]);
  std::array<char, 512> buffer{};
  const ssize_t count = ::read(pipe_ends[0], buffer.data(), buffer.size());
  ::close(pipe_ends[0]);
  ASSERT_GT(count, 0);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(count));
  EXPECT_NE(text.find("[WARN]  agent.auth: shown\n"), std::string_view::npos);
  EXPECT_EQ(text.find("hidden"), std::string_view::npos);
}

class LogFileTest : public testing::Test {
 protected:
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string text(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  test::TempDir folder_;
};

TEST_F(LogFileTest, RotatesBeforeTheLineThatComesAfterTheLimit) {
  auto file = LogFile::open({.path = folder_ / "a.txt", .bytes_max = 8, .age_max = {}, .archives_max = 0});
  ASSERT_TRUE(file);
  const std::chrono::nanoseconds now(1'795'251'786'223'456'789);
  (*file)->write("12345678\n", now);
  (*file)->write("next\n", now);
  EXPECT_EQ(files(), (std::vector<std::string>{"a-1795251786223456789.txt", "a.txt"}));
  EXPECT_EQ(text("a-1795251786223456789.txt"), "12345678\n");
  EXPECT_EQ(text("a.txt"), "next\n");
  EXPECT_EQ(std::filesystem::status(folder_ / "a.txt").permissions(), std::filesystem::perms(0640));
}

TEST_F(LogFileTest, KeepsTheNewestArchives) {
  std::ofstream(folder_ / "agent-notes.log") << "mine";
  auto file = LogFile::open({.path = folder_.path() + "/", .bytes_max = 0, .age_max = std::chrono::seconds(10), .archives_max = 2});
  ASSERT_TRUE(file);
  const auto start = std::chrono::system_clock::now().time_since_epoch();
  for (int i = 0; i < 5; ++i) (*file)->write(std::to_string(i) + "\n", start + std::chrono::seconds(11 * (i + 1)));
  const auto names = files();
  ASSERT_EQ(names.size(), 4U) << "two archives, the file, and what is none of them";
  EXPECT_EQ(text("agent.log"), "4\n");
  EXPECT_EQ(text("agent-notes.log"), "mine");
  EXPECT_EQ(text(names[1]), "3\n");
  EXPECT_EQ(text(names[0]), "2\n");
}

TEST_F(LogFileTest, AMissingFolderIsAnError) {
  const auto file = LogFile::open({.path = folder_ / "no/a.log", .bytes_max = 0, .age_max = {}, .archives_max = 0});
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("No such file or directory"), std::string::npos);
}

}  // namespace
}  // namespace leasehold::log

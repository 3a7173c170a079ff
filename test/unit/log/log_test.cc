#include "leasehold/log/log.h"

#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace leasehold::log

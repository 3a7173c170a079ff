#include "leasehold/flags/flags.h"

#include <gtest/gtest.h>

namespace leasehold::flags {
namespace {

constexpr Row kRows[] = {
    {"config", Kind::List, "", "", "A file."},
    {"verbose", Kind::Boolean, "false", "X_VERBOSE", "Say more."},
    {"level", Kind::Text, "info", "X_LEVEL,Y_LEVEL", "How much."},
    {"secret-flag", Kind::Text, "", "", "Hidden.", true},
};

Result<Parsed> parse_words(std::vector<std::string> words) { return parse(kRows, words); }

TEST(Parse, AllForms) {
  const auto got = parse_words({"-config", "a", "--config=b", "-verbose", "--level", "warn", "rest", "-verbose=false"});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->given.at("config"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(got->last("verbose"), "true");
  EXPECT_EQ(got->last("level"), "warn");
  EXPECT_EQ(got->positional, (std::vector<std::string>{"rest", "-verbose=false"}));
  EXPECT_FALSE(got->has("secret-flag"));
}

TEST(Parse, Ends) {
  EXPECT_EQ(parse_words({"--", "-verbose"})->positional, (std::vector<std::string>{"-verbose"}));
  EXPECT_EQ(parse_words({"-", "x"})->positional, (std::vector<std::string>{"-", "x"}));
  EXPECT_TRUE(parse_words({"-h"})->help);
  EXPECT_TRUE(parse_words({"--help"})->help);
}

TEST(Parse, Errors) {
  const struct { std::vector<std::string> in; std::string_view want; } rows[] = {
      {{"-nope"}, "flag provided but not defined: -nope"},
      {{"-level"}, "flag needs an argument: -level"},
      {{"-verbose=foo"}, "invalid boolean value \"foo\" for -verbose: parse error"},
      {{"-=x"}, "bad flag syntax: -=x"},
      {{"---x"}, "bad flag syntax: ---x"},
  };
  for (const auto& row : rows) {
    const auto got = parse_words(row.in);
    ASSERT_FALSE(got) << row.want;
    EXPECT_EQ(got.error().message, row.want);
  }
}

TEST(Usage, ShowsDefaultsAndEnvironmentButNotHiddenRows) {
  const std::string text = usage(kRows);
  EXPECT_NE(text.find("-level=<value>\n      How much. Default: info. Environment: X_LEVEL, Y_LEVEL.\n"),
            std::string::npos);
  EXPECT_EQ(text.find("secret-flag"), std::string::npos);
}

}  // namespace
}  // namespace leasehold::flags

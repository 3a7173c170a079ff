#include "leasehold/base/scalars.h"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

using std::chrono::nanoseconds;

TEST(Durations, Accepted) {
  const struct { std::string_view in; std::int64_t want; } rows[] = {
      {"0", 0}, {"5s", 5'000'000'000}, {"1h30m", 5'400'000'000'000}, {"1.5s", 1'500'000'000}, {".5s", 500'000'000},
      {"1.s", 1'000'000'000}, {"2m0.003922337s", 120'003'922'337}, {"-2ms", -2'000'000}, {"+3us", 3'000}, {"4\xc2\xb5s", 4'000}, {"4\xce\xbcs", 4'000},
      {"9223372036854775807ns", 9'223'372'036'854'775'807}, {"1m0.25s", 60'250'000'000},
  };
  for (const auto& row : rows) {
    const auto got = parse_duration(row.in);
    ASSERT_TRUE(got) << row.in << ": " << got.error().message;
    EXPECT_EQ(got->count(), row.want) << row.in;
  }
}

TEST(Durations, Refused) {
  const struct { std::string_view in, want; } rows[] = {
      {"", "time: invalid duration \"\""},
      {"s", "time: invalid duration \"s\""},
      {"10", "time: missing unit in duration \"10\""},
      {"1d", "time: unknown unit \"d\" in duration \"1d\""},
      {"5 minutes", "time: unknown unit \" minutes\" in duration \"5 minutes\""},
      {"9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""},
      {"3000000h", "time: invalid duration \"3000000h\""},
      {".s", "time: invalid duration \".s\""},
      {"1\xc3\xa9", "time: unknown unit \"\\xc3\\xa9\" in duration \"1\\xc3\\xa9\""},
  };
  for (const auto& row : rows) {
    const auto got = parse_duration(row.in);
    ASSERT_FALSE(got) << row.in;
    EXPECT_EQ(got.error().message, row.want);
  }
}

TEST(VaultDurations, SecondsAndDays) {
  EXPECT_EQ(*parse_vault_duration("90"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_vault_duration("2d"), std::chrono::hours(48));
  EXPECT_EQ(*parse_vault_duration(""), nanoseconds(0));
  EXPECT_EQ(parse_vault_duration("1.5").error().message, "time: missing unit in duration \"1.5\"");
}

TEST(Durations, Format) {
  const struct { std::int64_t in; std::string_view want; } rows[] = {
      {0, "0s"}, {1, "1ns"}, {1'500, "1.5\xc2\xb5s"}, {250'000'000, "250ms"}, {2'500'000'000, "2.5s"},
      {60'000'000'000, "1m0s"}, {3'600'000'000'000, "1h0m0s"}, {-1'000'000'000, "-1s"},
  };
  for (const auto& row : rows) EXPECT_EQ(format_duration(nanoseconds(row.in)), row.want);
}

TEST(Booleans, GoSpellings) {
  for (const auto yes : {"1", "t", "T", "TRUE", "true", "True"}) EXPECT_TRUE(*parse_bool(yes));
  for (const auto no : {"0", "f", "F", "FALSE", "false", "False"}) EXPECT_FALSE(*parse_bool(no));
  EXPECT_EQ(parse_bool("yes").error().message, "strconv.ParseBool: parsing \"yes\": invalid syntax");
  EXPECT_FALSE(*parse_bool_lenient(""));
  EXPECT_EQ(parse_bool_lenient("tRuE").error().message,
            "cannot parse '' as bool: strconv.ParseBool: parsing \"tRuE\": invalid syntax");
}

TEST(Integers, LimitsAndErrors) {
  EXPECT_EQ(*parse_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*parse_int("+007"), 7);
  EXPECT_EQ(parse_int("9223372036854775808").error().message,
            "strconv.ParseInt: parsing \"9223372036854775808\": value out of range");
  for (const auto bad : {"", "+", "-", "+-1", " 1", "1 ", "0x1", "1_0"}) EXPECT_FALSE(parse_int(bad)) << bad;
  EXPECT_EQ(*parse_uint("644", 8), 0644U);
  EXPECT_FALSE(parse_uint("-1"));
  EXPECT_FALSE(parse_uint("8", 8));
}

TEST(Floats, Forms) {
  EXPECT_EQ(*parse_float("1e3"), 1000);
  EXPECT_EQ(*parse_float("0x1p-2"), 0.25);
  for (const auto bad : {"", " 1", "0x10", "nan(1)", "1x"}) EXPECT_FALSE(parse_float(bad)) << bad;
  EXPECT_EQ(parse_float("1e999").error().message, "strconv.ParseFloat: parsing \"1e999\": value out of range");
}

TEST(Times, Rfc3339) {
  const auto base = parse_rfc3339("2026-11-21T10:03:27.969863442Z");
  ASSERT_TRUE(base);
  EXPECT_EQ(format_rfc3339_nano(*base), "2026-11-21T10:03:27.969863442Z");
  EXPECT_EQ(*parse_rfc3339("2026-11-21T11:03:27.969863442+01:00"), *base);
  EXPECT_EQ(format_rfc3339_nano(*parse_rfc3339("1970-01-01T00:00:00Z")), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339_nano(*parse_rfc3339("4052-01-02T00:00:00Z")), "2261-12-31T00:00:00Z") << "beyond 64 bits of ns";
  EXPECT_EQ(format_rfc3339_nano(*parse_rfc3339("0001-01-01T00:00:00Z")), "1679-01-01T00:00:00Z");
  for (const auto bad : {"", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-21", "2026-11-21T10:03:27"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

}  // namespace
}  // namespace leasehold

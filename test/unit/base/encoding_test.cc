#include "leasehold/base/encoding.h"

#include <gtest/gtest.h>

namespace leasehold {
namespace {

TEST(Base64, KnownVectors) {
  const struct { std::string_view plain, coded; } rows[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(base64_encode(row.plain), row.coded);
    const auto back = base64_decode(row.coded);
    ASSERT_TRUE(back) << row.coded;
    EXPECT_EQ(*back, row.plain);
  }
}

TEST(Base64, LineBreaksAreSkipped) { EXPECT_EQ(*base64_decode("Zm9v\r\nYmFy\n"), "foobar"); }

TEST(Base64, Errors) {
  const struct { std::string_view in, want; } rows[] = {
      {"Zg", "illegal base64 data at input byte 0"},
      {"Z*==", "illegal base64 data at input byte 1"},
      {"Zg==x", "illegal base64 data at input byte 4"},
      {"=", "illegal base64 data at input byte 0"},
  };
  for (const auto& row : rows) {
    const auto got = base64_decode(row.in);
    ASSERT_FALSE(got) << row.in;
    EXPECT_EQ(got.error().message, row.want) << row.in;
  }
}

TEST(Base64Url, NoPadding) {
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
  EXPECT_EQ(*base64url_decode("-_8"), "\xfb\xff");
  EXPECT_FALSE(base64url_decode("-_8="));
}

TEST(Hex, RoundTrip) {
  const std::string bytes("\x00\xff", 2);
  EXPECT_EQ(hex_encode(bytes), "00ff");
  EXPECT_EQ(*hex_decode("00fF"), bytes);
  EXPECT_FALSE(hex_decode("0"));
  EXPECT_FALSE(hex_decode("0g"));
}

TEST(Percent, Decode) {
  EXPECT_EQ(*percent_decode("a%20b%2Fc"), "a b/c");
  EXPECT_EQ(percent_decode("a%zz/b").error().message, "invalid URL escape \"%zz\"");
  EXPECT_EQ(percent_decode("a%2").error().message, "invalid URL escape \"%2\"");
  EXPECT_EQ(percent_encode("a b/ü", "/"), "a%20b/%C3%BC");
}

}  // namespace
}  // namespace leasehold

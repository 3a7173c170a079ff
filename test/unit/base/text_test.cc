#include "leasehold/base/text.h"

#include <gtest/gtest.h>

#include "leasehold/base/json_text.h"

namespace leasehold {
namespace {

TEST(GoQuote, Escapes) {
  const struct { std::string_view in, want; } rows[] = {
      {"plain", "\"plain\""}, {"a\"b\\c", "\"a\\\"b\\\\c\""}, {"\t\n\x01", "\"\\t\\n\\x01\""},
      {"\xff", "\"\\xff\""}, {"\xc3\xbc", "\"\xc3\xbc\""}, {"\xe2\x80\xa8", "\"\\u2028\""}, {"\x7f", "\"\\x7f\""},
      {"\xed\xa0\x80", "\"\\xed\\xa0\\x80\""},
  };
  for (const auto& row : rows) EXPECT_EQ(go_quote(row.in), row.want);
}

TEST(JsonText, EscapesAsGo) {
  std::string out;
  append_json_quoted(out, "<a&b>\"\\\x01\xe2\x80\xa8\xff\xc3\xbc");
  EXPECT_EQ(out, "\"\\u003ca\\u0026b\\u003e\\\"\\\\\\u0001\\u2028\\ufffd\xc3\xbc\"");
}

TEST(Paths, CleanAndJoin) {
  const struct { std::string_view in, want; } rows[] = {
      {"", "."}, {"a//b", "a/b"}, {"/../a", "/a"}, {"a/../..", ".."}, {"./a/.", "a"}, {"/", "/"}, {"a/b/../../..", ".."},
  };
  for (const auto& row : rows) EXPECT_EQ(path_clean(row.in), row.want) << row.in;
  EXPECT_EQ(path_join("/vault/secrets", "../../etc/x"), "/etc/x");
  EXPECT_EQ(path_join("", ""), "");
}

TEST(Text, SplitTrimReplace) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(trim_space(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim_space(" \n"), "");
  EXPECT_EQ(replace_all("aXbX", "X", "XX"), "aXXbXX");
}

TEST(Text, NearestSuggestsTypos) {
  const std::vector<std::string_view> keys = {"address", "ca_cert", "ca_path"};
  EXPECT_EQ(nearest("adress", keys), "address");
  EXPECT_EQ(nearest("cacert", keys), "ca_cert");
  EXPECT_EQ(nearest("listener", keys), "");
  const std::vector<std::string_view> more = {"mount_path", "destination", "path", "uid"};
  EXPECT_EQ(nearest("mount", more), "mount_path");
  EXPECT_EQ(nearest("token_path", more), "path");
  EXPECT_EQ(nearest("dest", more), "destination");
  EXPECT_EQ(nearest("ui", more), "uid");
  EXPECT_EQ(nearest("de", more), "");
}

TEST(Text, Utf8) {
  EXPECT_TRUE(is_utf8("\xf0\x9f\x98\x80"));
  EXPECT_FALSE(is_utf8("\xc0\x80"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xe2\x82"));
}

}  // namespace
}  // namespace leasehold

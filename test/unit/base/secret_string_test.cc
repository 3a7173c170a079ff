#include "leasehold/base/secret_string.h"

#include <cstring>
#include <type_traits>

#include <gtest/gtest.h>

namespace leasehold {
namespace {

static_assert(!std::is_copy_constructible_v<SecretString>);
static_assert(!std::is_convertible_v<SecretString, std::string_view>);

TEST(SecretStringTest, MovesAndCompares) {
  SecretString a("a token that is longer than a short string");
  SecretString b = std::move(a);
  EXPECT_EQ(b.size(), 42U);
  EXPECT_TRUE(b == b.clone());
  EXPECT_FALSE(b == SecretString("a token that is longer than a short strinG"));
  EXPECT_FALSE(b == SecretString("x"));
}

TEST(SecretStringTest, WipeOverwrites) {
  char bytes[] = "s.canary";
  wipe(bytes, sizeof(bytes));
  for (const char c : bytes) EXPECT_EQ(c, 0);
}

TEST(SecretStringTest, AppendAndRelease) {
  SecretString text("abc");
  text.append("def");
  const SecretBytes bytes = text.release();
  EXPECT_EQ(std::string_view(bytes.data(), bytes.size()), "abcdef");
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace leasehold

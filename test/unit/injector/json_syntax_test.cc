// Texts recorded with Go's encoding/json.
#include "json_syntax.h"

#include <gtest/gtest.h>

namespace leasehold::injector {
namespace {

TEST(JsonSyntaxTest, Texts) {
  struct Row {
    std::string_view text;
    std::string_view want;
  };
  constexpr std::string_view kEnd = "unexpected end of JSON input";
  const Row rows[] = {
      {"", kEnd},
      {" ", kEnd},
      {"[", kEnd},
      {"{\"a\"", kEnd},
      {"\"a", kEnd},
      {"x", "invalid character 'x' looking for beginning of value"},
      {"[1,]", "invalid character ']' looking for beginning of value"},
      {"{1:2}", "invalid character '1' looking for beginning of object key string"},
      {"{\"a\" 1}", "invalid character '1' after object key"},
      {"{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"},
      {"[1 2]", "invalid character '2' after array element"},
      {"[] x", "invalid character 'x' after top-level value"},
      {"'a'", "invalid character '\\'' looking for beginning of value"},
      {"none", "invalid character 'o' in literal null (expecting 'u')"},
      {"tru", "invalid character ' ' in literal true (expecting 'e')"},
      {"-", "invalid character ' ' in numeric literal"},
      {"1.x", "invalid character 'x' after decimal point in numeric literal"},
      {"1e+", "invalid character ' ' in exponent of numeric literal"},
      {"01", "invalid character '1' after top-level value"},
      {"\"a\nb\"", "invalid character '\\n' in string literal"},
      {"\"\\x\"", "invalid character 'x' in string escape code"},
      {"\"\\u00g0\"", "invalid character 'g' in \\u hexadecimal character escape"},
      {"\xC3\xBC", "invalid character '\xC3\x83' looking for beginning of value"},
      {"{\"a\":[1,-0.5e3,true,false,null,\"\\u00fc\\n\"]} ", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(json_syntax_error(row.text), row.want) << row.text;
}

}  // namespace
}  // namespace leasehold::injector

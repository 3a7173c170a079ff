// Rows of the grammar (spec/agent.md 3) that the golden corpus does not have: bounds, bad bytes,
// positions, selections. What the language means is held by golden-hcl.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "leasehold/base/limits.h"
#include "leasehold/hcl/parser.h"
#include "leasehold/hcl/value.h"

namespace leasehold::hcl {
namespace {

/// JSON text of what was decoded, or `error: ...`.
std::string outcome(const std::string& text, RepeatedKeys repeated_keys = RepeatedKeys::Merge) {
  const Result<Document> document = parse(text, {.repeated_keys = repeated_keys});
  if (!document) return "error: " + document.error().message;
  const Result<Map> map = decode(*document);
  return map ? to_json(*map) : "error: " + map.error().message;
}

std::string repeat(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

struct Case {
  const char* name;
  std::string input;
  std::string want;
};

TEST(Hcl, DecodesRows) {
  const std::vector<Case> cases = {
      {"block and label", "listener \"tcp\" {\n  tls_disable = true\n}\n", R"({"listener":[{"tcp":[{"tls_disable":true}]}]})"},
      {"float keeps its point", "a = 1e3 b = 5.", R"({"a":1000.0,"b":5.0})"},
      {"octal and hex", "a = 0640 b = 0x1F c = -0x1f", R"({"a":416,"b":31,"c":-31})"},
      {"interpolation keeps quotes", R"(a = "${f("x")} y")", R"({"a":"${f(\"x\")} y"})"},
      {"heredoc without indentation", "a = <<-EOT\n    one\n      two\n    EOT\n", "{\"a\":\"one\\n  two\\n\"}"},
      {"lists in lists need no comma", "a = [[1] [2]]", R"({"a":[[1],[2]]})"},
      {"list grows", "a = [1]\na = [2]", R"({"a":[1,2]})"},
      {"last scalar wins", "a = 1\na = 2", R"({"a":2})"},
      {"second scalar takes the first one's type", "a = 1\na = \"0x10\"", R"({"a":16})"},
      {"json: array of objects", R"({"sink":[{"type":"a"},{"type":"b"}]})", R"({"sink":[{"type":"a"},{"type":"b"}]})"},
      {"json: object of objects is labels", R"({"a":{"x":{"k":1},"y":{"k":2}}})", R"({"a":[{"x":[{"k":1}]},{"y":[{"k":2}]}]})"},
      {"json: surrogate halves", R"({"a":"\ud83d\ude00"})", "{\"a\":\"\xF0\x9F\x98\x80\"}"},
      {"json: booleans in lists vanish", R"({"a":[true,"x"]})", R"({"a":["x"]})"},
  };
  for (const Case& one : cases) EXPECT_EQ(outcome(one.input), one.want) << one.name;
}

TEST(Hcl, RefusesRows) {
  const std::vector<Case> cases = {
      {"unclosed object", "a {\n b = 1\n", "error: At 3:2: object expected closing RBRACE got: EOF"},
      {"unclosed heredoc", "a = <<EOT\nx\n", "error: At 3:1: heredoc not terminated"},
      {"unclosed string", "a = \"x", "error: At 1:7: literal not terminated"},
      {"unclosed comment", "/* a", "error: At 1:5: comment not terminated"},
      {"NUL", std::string("a = 1\0", 6), "error: At 1:6: unexpected null character (0x00)"},
      {"invalid UTF-8", "a = \"\xFF\"", "error: At 1:6: illegal UTF-8 encoding"},
      {"overlong UTF-8", "a = \"\xC0\x80\"", "error: At 1:7: illegal UTF-8 encoding"},
      {"byte order mark", "\xEF\xBB\xBF" "a = 1", "error: At 1:1: illegal char"},
      {"word as value", "log_level = debug", "error: At 1:13: Unknown token: 1:13 IDENT debug"},
      {"duration without quotes", "a = 30s", "error: At 1:9: key 's' expected start of object ('{') or assignment ('=')"},
      {"int out of range", "a = 9223372036854775808",
       "error: strconv.ParseInt: parsing \"9223372036854775808\": value out of range"},
      {"float out of range", "a = 1e999", "error: strconv.ParseFloat: parsing \"1e999\": value out of range"},
      {"scalar then block", "a = 1\na { b = 2 }", "error: At 2:3: root.a: unknown type *ast.ObjectType"},
      {"labelled block after a list", "a = [1]\na \"x\" { }", "error: root.a[0]: cannot decode into interface: *ast.ObjectItem"},
      {"json: escaped slash", R"({"a":"http:\/\/x"})", "error: 1:15: illegal char escape"},
      {"json: number with a leading zero", R"({"a": 01})", "error: 1:8: numbers cannot start with 0"},
  };
  for (const Case& one : cases) EXPECT_EQ(outcome(one.input), one.want) << one.name;
}

TEST(Hcl, RefusesRepeatedAttributesWhenAsked) {
  EXPECT_EQ(outcome("a = 1\na = 2", RepeatedKeys::Refuse),
            "error: The argument \"a\" at 2:1 was already set. Each argument can only be defined once");
  EXPECT_EQ(outcome("a { }\na { }", RepeatedKeys::Refuse), R"({"a":[{},{}]})");
}

TEST(Hcl, BoundsNesting) {
  constexpr std::size_t kDeep = 10'000;
  const std::vector<Case> cases = {
      {"objects", repeat("a {", kDeep), "nested too deeply"},
      {"lists", "a = " + repeat("[", kDeep), "nested too deeply"},
      {"objects in lists", "a = " + repeat("[{a=", kDeep), "nested too deeply"},
      {"labels", "a " + repeat("\"x\" ", kDeep) + "{ }", "too many keys"},
      {"json objects", repeat("{\"a\":", kDeep), "nested too deeply"},
      {"json arrays", "{\"a\":" + repeat("[{\"b\":", kDeep), "nested too deeply"},
      {"json keys", "{" + repeat("\"x\" ", kDeep), "too many keys"},
  };
  for (const Case& one : cases) {
    const std::string got = outcome(one.input);
    EXPECT_TRUE(got.starts_with("error: ")) << one.name;
    EXPECT_NE(got.find(one.want), std::string::npos) << one.name << ": " << got.substr(0, 200);
    EXPECT_NE(got.find(std::to_string(limits::kHclDepthMax)), std::string::npos) << one.name;
  }
}

TEST(Hcl, AcceptsNestingBelowTheBound) {
  constexpr std::size_t kDepth = limits::kHclDepthMax - 1;
  EXPECT_TRUE(outcome(repeat("a {", kDepth) + repeat("}", kDepth)).starts_with("{\"a\":[{\"a\":["));
  EXPECT_TRUE(outcome(repeat("{\"a\":", kDepth) + "1" + repeat("}", kDepth)).starts_with("{\"a\":[{\"a\":["));
}

TEST(Hcl, TellsWhereJsonIsWrong) {
  Position at;
  const auto document = parse("{\n  \"a\" 1\n}", {.error_at = &at});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().message, "expected: STRING got: NUMBER");
  EXPECT_EQ(at.str(), "2:7");
}

TEST(Hcl, SelectionsFollowKeys) {
  const auto document = parse("sink \"file\" { a = 1 }\nSINK { a = 2 }\nother { }\n");
  ASSERT_TRUE(document);
  const Selection sinks = select(items_of(document->root), "sink");
  ASSERT_EQ(sinks.size(), 2U);
  EXPECT_EQ(labelled(sinks).size(), 1U);
  EXPECT_EQ(labelled(sinks)[0].key(0).name, "file");
  EXPECT_EQ(labelled(sinks)[0].at().str(), "1:6");
  ASSERT_EQ(unlabelled(sinks).size(), 1U);
  EXPECT_EQ(unlabelled(sinks)[0].value().items.size(), 1U);
  EXPECT_EQ(unlabelled(sinks)[0].at().str(), "-");
}

TEST(Hcl, PositionsInThePeersStyle) {
  const auto document = parse("a { b = 1 }");
  ASSERT_TRUE(document);
  const Source value{&document->root.items[0].value, {}};
  const Source keys{nullptr, items_of(document->root)};
  struct Row {
    PositionStyle style;
    const char* of_value;
    const char* of_key;
  };
  const Row rows[] = {
      {{}, "1:3", "1:1"},
      {{false, "x.hcl"}, "1:3", "x.hcl:1:1"},
      {{true, ""}, "-", "-"},
      {{true, "x.json"}, "-", "x.json"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(row.style.of(value), row.of_value);
    EXPECT_EQ(row.style.of(keys), row.of_key);
  }
}

TEST(Hcl, ParsesIntegersAsGoDoes) {
  struct Row {
    const char* text;
    const char* want;
  };
  const Row rows[] = {
      {"0", "0"},       {"-0", "0"},          {"0x1F", "31"},    {"0b11", "3"},      {"0o17", "15"},
      {"017", "15"},    {"+5", "5"},          {"0x_1", "1"},     {"0_7", "7"},       {"1_000", "invalid syntax"},
      {"08", "invalid syntax"}, {"0x", "invalid syntax"}, {"", "invalid syntax"},   {"-", "invalid syntax"},
      {"1 ", "invalid syntax"}, {"--1", "invalid syntax"}, {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"}, {"9223372036854775808", "value out of range"},
      {"-9223372036854775809", "value out of range"}, {"99999999999999999999999", "value out of range"},
  };
  for (const Row& row : rows) {
    const auto number = parse_any_int(row.text);
    if (number) {
      EXPECT_EQ(std::to_string(*number), row.want) << row.text;
    } else {
      EXPECT_EQ(number.error().message, "strconv.ParseInt: parsing \"" + std::string(row.text) + "\": " + row.want);
    }
  }
}

}  // namespace
}  // namespace leasehold::hcl

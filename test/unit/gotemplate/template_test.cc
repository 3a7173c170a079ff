// The door for other programs: own functions, data, errors with their position.
#include "leasehold/gotemplate/template.h"

#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace leasehold::gotemplate {
namespace {

std::string half_of(int number) { return std::to_string(number / 2); }

Functions own_functions() {
  Functions functions;
  functions.add("shout", [](const std::string& text) { return text + "!"; })
      .add("half", &half_of)
      .add("first", [](std::string_view text, std::span<const Value> rest) { return rest.empty() ? to_value(text) : rest[0]; })
      .add("pick", [](bool yes, double number, const Value& other) { return yes ? to_value(number) : other; })
      .add("small", [](std::uint8_t number) { return number; })
      .add("positive", [](std::int64_t number) -> Result<std::int64_t> {
        if (number <= 0) return invalid("not positive");
        return number;
      })
      .add("count", [calls = 0]() mutable { return ++calls; });
  return functions;
}

std::string render(std::string_view text, const Value& dot = {}) {
  const auto parsed = Template::parse(text, own_functions(), {.name = "t"});
  if (!parsed) return "error: " + parsed.error().str();
  const auto output = parsed->render(dot);
  return output ? *output : "error: " + output.error().str();
}

struct Row {
  std::string text;
  std::string want;
};

TEST(Template, CallsOwnFunctions) {
  const Row rows[] = {
      {"{{ .name | shout }}", "Ada!"},
      {"{{ half .port }} {{ half 7 }}", "4040 3"},
      {"{{ first \"a\" }}{{ first \"a\" 1 \"b\" }}", "a1"},
      {"{{ pick true 2 nil }}{{ pick false 2.5 .name }}", "2Ada"},
      {"{{ positive 3 }}{{ small 255 }}", "3255"},
      {"{{ count }}{{ count }}", "12"},
      {"{{ len \"four\" }}{{ printf \"%q\" .name }}", "4\"Ada\""},
      {"{{ small 256 }}", "error: t:1:4: <small 256>: error calling small: number out of range"},
      {"{{ half 5000000000 }}", "error: t:1:4: <half 5000000000>: error calling half: number out of range"},
      {"a\n {{ positive 0 }}", "error: t:2:5: <positive 0>: error calling positive: not positive"},
      {"{{ shout 1 }}", "error: t:1:10: <1>: expected string; found 1"},
      {"{{ shout }}", "error: t:1:4: <shout>: wrong number of args for shout: want 1 got 0"},
      {"{{ half .name }}", "error: t:1:9: <.name>: wrong type for value; expected int; got string"},
  };
  const Value dot = object({{"name", "Ada"}, {"port", 8080}});
  for (const Row& row : rows) EXPECT_EQ(render(row.text, dot), row.want) << row.text;
}

TEST(Template, TellsWhereTheSyntaxIsWrong) {
  const Row rows[] = {
      {"a\n  {{ nosuch }}", "error: t:2:6: function \"nosuch\" not defined"},
      {"{{ if 1 }}\nx", "error: t:2:2: unexpected EOF"},
      {"{{ if }}x{{ end }}", "error: t:1:7: missing value for if"},
      {"x {{ \"a }}", "error: t:1:6: unterminated quoted string"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.text), row.want) << row.text;
}

TEST(Template, ErrorsHavePartsOfTheirOwn) {
  const auto parsed = Template::parse("{{ define \"p\" }}\n{{ len .a.b }}{{ end }}{{ template \"p\" . }}", {}, {.name = "f"});
  ASSERT_TRUE(parsed.has_value());
  const auto output = parsed->render(object({{"a", nullptr}}));
  ASSERT_FALSE(output.has_value());
  EXPECT_EQ(output.error().file, "f");
  EXPECT_EQ(output.error().at.line, 2U);
  EXPECT_EQ(output.error().at.column, 10U);
  EXPECT_EQ(output.error().part, "p");
  EXPECT_EQ(output.error().node, ".a.b");
  EXPECT_EQ(output.error().reason, "nil pointer evaluating interface {}.b");
}

TEST(Template, RendersPartsAndMore) {
  const auto parsed = Template::parse("main{{ define \"p\" }}<{{ . }}>{{ end }}");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed->render_part("p", to_value(1)), "<1>");
  EXPECT_EQ(*parsed->render(), "main");
  EXPECT_EQ(parsed->render_part("q").error().reason, "template: no template \"q\"");
  const Template copy = *parsed;
  EXPECT_EQ(*copy.render(), "main");
}

TEST(Template, ObeysItsOptions) {
  const auto parsed = Template::parse("<< .x >>", {}, {.left_delimiter = "<<", .right_delimiter = ">>"});
  EXPECT_EQ(*parsed->render(object({})), "<no value>");
  const auto strict = Template::parse("{{ .x }}", {}, {.error_on_missing_key = true});
  EXPECT_EQ(strict->render(object({})).error().reason, "map has no entry for key \"x\"");
  const auto bounded = Template::parse("{{ range 1000 }}x{{ end }}", {}, {.statements_max = 100});
  EXPECT_FALSE(bounded->render().has_value());
}

TEST(Template, LaterFunctionsHideEarlierOnesAndBuiltins) {
  Functions functions;
  functions.add("f", [] { return 1; }).add("f", [] { return 2; }).add("len", [](const Value& /*any*/) { return 3; });
  const auto parsed = Template::parse("{{ f }}{{ len \"x\" }}", functions);
  functions.add("f", [] { return 4; });
  EXPECT_EQ(*parsed->render(), "23");
}

TEST(ToValue, KeepsKinds) {
  const std::map<std::string, std::vector<int>> map = {{"b", {1, 2}}, {"a", {}}};
  const Value all = array({true, 1, std::numeric_limits<std::uint64_t>::max(), 1.5, "x", std::string("y"), map, nullptr});
  EXPECT_EQ(*Template::parse("{{ range . }}{{ printf \"%T=%v \" . . }}{{ end }}")->render(all),
            "bool=true int=1 uint64=18446744073709551615 float64=1.5 string=x string=y "
            "map[string]interface {}=map[a:[] b:[1 2]] <nil>=<nil> ");
}

}  // namespace
}  // namespace leasehold::gotemplate

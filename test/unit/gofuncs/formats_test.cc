// The formats below the functions: JSON, YAML, TOML, times, versions, decimals, words.
#include <string>

#include <gtest/gtest.h>

#include "decimal.h"
#include "json_input.h"
#include "json_output.h"
#include "leasehold/gotemplate/print.h"
#include "go_regex.h"
#include "semver.h"
#include "sprig_words.h"
#include "time_value.h"
#include "toml_output.h"
#include "leasehold/gofuncs/yaml_text.h"

namespace leasehold::gofuncs {
namespace {

struct Row {
  std::string text;
  std::string want;
};

template <class T, class Show>
std::string shown(const Result<T>& result, Show show) {
  return result ? show(*result) : "error: " + result.error().message;
}

const auto kAsIs = [](const std::string& text) { return text; };

TEST(ParseJson, WordsErrorsLikeGo) {
  const Row rows[] = {
      {R"({"a":[1,"x",null]})", "map[a:[1 x <nil>]]"},
      {"", "error: unexpected end of JSON input"},
      {"{", "error: unexpected end of JSON input"},
      {"{a", "error: invalid character 'a' looking for beginning of object key string"},
      {R"({"a")", "error: unexpected end of JSON input"},
      {"[1 2]", "error: invalid character '2' after array element"},
      {"nul", "error: invalid character ' ' in literal null (expecting 'l')"},
      {"01", "error: invalid character '1' after top-level value"},
      {R"("\x")", "error: invalid character 'x' in string escape code"},
      {R"("\ud800")", "\uFFFD"},
      {"1e400", "error: json: cannot unmarshal number 1e400 into Go value of type float64"},
      {std::string(1001, '['), "error: exceeded max depth"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(shown(parse_json(row.text, JsonNumbers::AsFloat), gotemplate::to_text), row.want) << row.text;
  }
}

TEST(ToYaml, ChoosesTheStyle) {
  const Row rows[] = {
      {R"({"b":[1,{"k":"v"}],"a":"true"})", "a: \"true\"\nb:\n- 1\n- k: v"},
      {R"({"a10":1,"a9":2})", "a9: 2\na10: 1"},
      {R"(["a: b","- a","#x","","1.5","yes","plain text"])",
       "- 'a: b'\n- '- a'\n- '#x'\n- \"\"\n- \"1.5\"\n- \"yes\"\n- plain text"},
      {R"({"m":"l1\nl2\n","t":"a\tb","e":"😀"})", "e: \"\\U0001F600\"\nm: |\n  l1\n  l2\nt: \"a\\tb\""},
      {R"([[],{},null,1e21])", "- []\n- {}\n- null\n- 1e+21"},
      {"{\"\uFEFFk\":\"\uFEFFa b\\n\u00e9\uE000\U0001F600\",\"x\":\"\uE0000\uE000\",\"y\":\"a\uFEFF\"}",
       "\"\\uFEFF\\x6B\": \"\\uFEFF\\x61\\x20\\x62\\n\\xE9\\uE000\\U0001F600\"\n"
       "x: \uE0000\uE000\n\"y\": \"a\\uFEFF\""},
  };
  for (const Row& row : rows) {
    const auto value = parse_json(row.text, JsonNumbers::AsFloat);
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(shown(to_yaml(*value), kAsIs), row.want) << row.text;
  }
}

TEST(ParseYaml, ResolvesLikeYamlV2) {
  const Row rows[] = {
      {"a: 1\nb: [x, 2.5, yes, ~]", "map[a:1 b:[x 2.5 true <nil>]]"},
      {"[0x1F, 017, 0o17, 1_000, 1:30, 2020-01-02]", "[31 15 15 1000 1:30 2020-01-02]"},
      {"a: &x {k: v}\nb: {<<: *x, z: 1}", "map[a:map[k:v] b:map[k:v z:1]]"},
      {"a: [", "error: yaml: line 1: did not find expected node content"},
      {"a: *no", "error: yaml: unknown anchor 'no' referenced"},
      {"? [a]\n: b", "error: yaml: invalid map key: []interface {}{\"a\"}"},
  };
  for (const Row& row : rows) EXPECT_EQ(shown(parse_yaml(row.text), gotemplate::to_text), row.want) << row.text;
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int level = 1; level < 10; ++level) {
    const std::string before = "*a" + std::to_string(level - 1);
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + before;
    for (int copy = 1; copy < 10; ++copy) bomb += "," + before;
    bomb += "]\n";
  }
  EXPECT_EQ(shown(parse_yaml(bomb), gotemplate::to_text), "error: yaml: document contains excessive aliasing");
}

TEST(ToToml, PutsKeysBeforeTables) {
  const auto value = parse_json(R"({"z":1.5,"t":{"k":"v","s":{"x":[1,2]}},"l":[{"a":true}]})", JsonNumbers::AsFloat);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(shown(to_toml(*value), kAsIs),
            "z = 1.5\n\n[[l]]\n  a = true\n\n[t]\n  k = \"v\"\n  [t.s]\n    x = [1.0, 2.0]");
}

TEST(FormatTime, FollowsTheLayout) {
  auto time = parse_time(kRfc3339Seconds, "2024-05-06T07:08:09.12+02:00");
  ASSERT_TRUE(time.has_value());
  const Row rows[] = {
      {"2006-01-02 15:04:05", "2024-05-06 07:08:09"},
      {"Mon Jan _2 3:04PM", "Mon May  6 7:08AM"},
      {".000 .999999 Z07:00 -0700", ".120 .12 +02:00 +0200"},
      {"Janu 002 06", "Janu 127 24"},
  };
  for (const Row& row : rows) EXPECT_EQ(format_time(*time, row.text), row.want) << row.text;
  EXPECT_EQ(shown(parse_time("2006-01-02", "2024-02-30"), [](const Time&) { return std::string(); }),
            "error: parsing time \"2024-02-30\": day out of range");
}

struct ConstraintRow {
  std::string constraint;
  std::string version;
  bool want;
};

TEST(Satisfies, KnowsTheOperators) {
  const ConstraintRow rows[] = {
      {"^1.2.0", "1.9.9", true},  {"^1.2.0", "2.0.0", false}, {"^0.2.3", "0.2.9", true}, {"^0.2.3", "0.3.0", false},
      {"~1.2", "1.2.9", true},    {"~1.2.3", "1.3.0", false}, {"1.x", "1.9.9", true},    {"*", "9.9.9", true},
      {">=1.0, <2.0", "1.5.0", true}, {"1.2 - 1.4", "1.4.9", true}, {"1.2 - 1.4", "1.5.0", false},
      {">1.2", "1.2.9", false},   {"<=1", "1.9.0", true},     {"!=1.0.0", "1.0.1", true}, {"1 || 3", "3.1.0", true},
      {">=1.0.0", "1.1.0-beta", false}, {">=1.0.0-0", "1.1.0-beta", true},
  };
  for (const ConstraintRow& row : rows) {
    const auto version = parse_version(row.version);
    ASSERT_TRUE(version.has_value());
    const auto fits = satisfies(row.constraint, *version);
    ASSERT_TRUE(fits.has_value()) << row.constraint;
    EXPECT_EQ(*fits, row.want) << row.constraint << " " << row.version;
  }
  EXPECT_FALSE(satisfies("nonsense", Version()).has_value());
}

TEST(Decimal, IsExact) {
  const auto number = [](double value) { return *Decimal::from(value); };
  EXPECT_EQ(number(0.1).plus(number(0.2)).to_double(), 0.3);
  EXPECT_EQ(number(7.5).minus(number(5)).to_double(), 2.5);
  EXPECT_EQ(number(5).minus(number(7.5)).to_double(), -2.5);
  EXPECT_EQ(number(-1.5).times(number(1.1)).to_double(), -1.65);
  EXPECT_EQ(number(1).divided_by(number(3))->to_double(), 0.3333333333333333);
  EXPECT_EQ(number(2).divided_by(number(3))->to_double(), 0.6666666666666667);
  EXPECT_EQ(number(1e300).plus(number(1e-300)).to_double(), 1e300);
  EXPECT_FALSE(number(1).divided_by(number(0)).has_value());
}

TEST(JoinedCase, CutsWords) {
  const Row rows[] = {
      {"FirstName", "first_name"}, {"HTTPServer", "http_server"}, {"NoHTTPS", "no_https"},
      {"http2xx", "http_2xx"},     {"Bld4Floor3rd", "bld4_floor_3rd"}, {"a.B,c", "a.b,c"},
  };
  for (const Row& row : rows) EXPECT_EQ(joined_case(row.text, '_'), row.want);
  EXPECT_EQ(camel_case("HTTPServer_url"), "HttpserverUrl");
}

TEST(Regex, ReplacesLikeGo) {
  const auto regex = Regex::create("x*");
  ASSERT_TRUE(regex.has_value());
  EXPECT_EQ(regex->replace("abxc", "-", true), "-a-b-c-");
  const auto groups = Regex::create("(?<n>a)(b)");
  ASSERT_TRUE(groups.has_value());
  EXPECT_EQ(groups->replace("ab", "${2}$n$$ $1W", true), "ba$ ");
  EXPECT_EQ(Regex::create("(").error().message, "error parsing regexp: missing closing ): `(`");
}

}  // namespace
}  // namespace leasehold::gofuncs

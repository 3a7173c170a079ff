#include "leasehold/gotemplate/print.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "leasehold/gotemplate/numeric.h"
#include "literal.h"

namespace leasehold::gotemplate {
namespace {

struct FormatRow {
  std::string pattern;
  Items values;
  std::string want;
};

TEST(Format, FollowsGo) {
  const Value five = Value::integer(5);
  const Value text = Value::string("héy");
  const FormatRow rows[] = {
      {"%d|%5d|%-5d|%05d|%+d|%x|%#x|%b|%o", {five, five, five, five, five, five, five, five, five},
       "5|    5|5    |00005|+5|5|0x5|101|5"},
      {"%s|%6s|%-6s|%.2s|%q|%x", {text, text, text, text, text, text}, "héy|   héy|héy   |hé|\"héy\"|68c3a979"},
      {"%v %d", {five}, "5 %!d(MISSING)"},
      {"%d", {text}, "%!d(string=héy)"},
      {"%s", {five}, "%!s(int=5)"},
      {"%s", {Value()}, "%!s(<nil>)"},
      {"x", {five, text}, "x%!(EXTRA int=5, string=héy)"},
      {"100%", {}, "100%!(NOVERB)"},
      {"%%|%é", {five}, "%|%!é(int=5)"},
      {"%[2]d %[1]d", {five, Value::integer(6)}, "6 5"},
      {"%[3]d", {five}, "%!d(BADINDEX)"},
      {"%*d|%.*f", {Value::integer(4), five, Value::integer(1), Value::floating(0.25)}, "   5|0.2"},
      {"%T %T %T", {five, Value::number("1"), Value()}, "int json.Number <nil>"},
      {"%t %v", {Value::boolean(true), Value::boolean(false)}, "true false"},
      {"%e %g %.3f %6.2f|%g", {Value::floating(1.5), Value::floating(1e21), Value::floating(1.0 / 3), Value::floating(2.5), Value::floating(100000)},
       "1.500000e+00 1e+21 0.333   2.50|100000"},
      {"%c %U %#U", {Value::integer(0x263A), Value::integer(65), Value::integer(65)}, "☺ U+0041 U+0041 'A'"},
      {"%v %+v %#v", {Value::strings({"a"}), Value::strings({"a"}), Value::strings({"a"})}, "[a] [a] []string{\"a\"}"},
      {"%#v", {Value::list({Value(), five, text})}, "[]interface {}{interface {}(nil), 5, \"héy\"}"},
      {"%d", {Value::list({five, Value(), Value::floating(1)})}, "[5 <nil> %!d(float64=1)]"},
  };
  for (const FormatRow& row : rows) EXPECT_EQ(format(row.pattern, row.values), row.want) << row.pattern;
}

struct FloatRow {
  double value;
  std::string want;
};

TEST(Format, ShowsWhatNoVerbAskedForAsAnotherType) {
  const Items values = {Value::integer(5), Value::string("%!(EXTRA "), Value()};
  EXPECT_EQ(format("%d", values, "*w"), "5%!(EXTRA *w=%!(EXTRA , *w=<nil>)");
}

TEST(FormatFloat, ShortestWithExponentFromAMillionOn) {
  const FloatRow rows[] = {
      {0, "0"},         {-0.0, "-0"},      {1, "1"},          {1.5, "1.5"},     {100000, "100000"},
      {1e6, "1e+06"},   {0.0001, "0.0001"}, {0.00001, "1e-05"}, {12345678, "1.2345678e+07"},
      {1e300, "1e+300"}, {std::numeric_limits<double>::infinity(), "+Inf"},
  };
  for (const FloatRow& row : rows) EXPECT_EQ(format_float(row.value), row.want);
}

TEST(Print, PutsSpacesBetweenWhatIsNoText) {
  const Value one = Value::integer(1);
  const Value a = Value::string("a");
  EXPECT_EQ(print(std::vector<Value>{one, one, a, one, a, a, Value()}), "1 1a1aa<nil>");
  EXPECT_EQ(print_line(std::vector<Value>{one, a}), "1 a\n");
}

TEST(Print, SortsMapsAndShowsNil) {
  Value map = Value::map();
  map.set("b", Value());
  map.set("a", Value::list({Value::integer(1), Value::string("x")}));
  EXPECT_EQ(to_text(map), "map[a:[1 x] b:<nil>]");
  EXPECT_EQ(to_output(Value()), "<no value>");
}

struct NumberRow {
  std::string text;
  bool is_int;
  bool is_float;
  std::string error;
};

TEST(ParseNumber, ReadsGoLiterals) {
  const NumberRow rows[] = {
      {"0x1F", true, true, ""},   {"017", true, true, ""},   {"0b11", true, true, ""}, {"1_000", true, true, ""},
      {"4.0", true, true, ""},    {"4.5", false, true, ""},  {"1e3", true, true, ""},  {"0x1p4", true, true, ""},
      {"-0", true, true, ""},     {"089", false, false, "integer overflow: \"089\""},
      {"1__0", false, false, "illegal number syntax: \"1__0\""},
      {"1e309", false, false, "illegal number syntax: \"1e309\""},
      {"18446744073709551616", false, false, "integer overflow: \"18446744073709551616\""},
  };
  for (const NumberRow& row : rows) {
    const auto number = parse_number(row.text);
    EXPECT_EQ(number ? "" : number.error().message, row.error) << row.text;
    if (!number) continue;
    EXPECT_EQ(number->is_int, row.is_int) << row.text;
    EXPECT_EQ(number->is_float, row.is_float) << row.text;
  }
  EXPECT_FALSE(read_int("9223372036854775808").has_value());
  EXPECT_EQ(read_int("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read_float("1e-400"), 0.0);
  EXPECT_FALSE(read_float("0x10").has_value());
}

TEST(Value, SharesContainersAndFindsRings) {
  Value map = Value::map();
  const Value alias = map;
  map.set("k", Value::integer(1));
  ASSERT_NE(alias.find("k"), nullptr);
  EXPECT_EQ(alias.find("k")->as_int(), 1);
  const Value list = Value::list({map});
  EXPECT_TRUE(reaches(list, map));
  EXPECT_FALSE(reaches(Value::list({}), map));
  const Value copy = deep_copy(map);
  map.set("k", Value::integer(2));
  EXPECT_EQ(copy.find("k")->as_int(), 1);
}

}  // namespace
}  // namespace leasehold::gotemplate

#include "leasehold/yaml/document.h"

#include <string>

#include <gtest/gtest.h>

namespace leasehold::yaml {
namespace {

struct JsonRow {
  std::string_view yaml;
  std::string_view json;
};

TEST(Yaml, TreesBecomeJson) {
  const JsonRow rows[] = {
      {"a: 1", R"({"a":1})"},
      {"a: '1'", R"({"a":"1"})"},
      {"a: 012", R"({"a":"012"})"},
      {"a: -1.5e3", R"({"a":-1.5e3})"},
      {"a: 1.", R"({"a":"1."})"},
      {"a: True", R"({"a":true})"},
      {"a:", R"({"a":null})"},
      {"a: ~", R"({"a":null})"},
      {"a: [x, {y: z}]", R"({"a":["x",{"y":"z"}]})"},
      {"a: |\n  one\n  two\n", R"({"a":"one\ntwo\n"})"},
      {"a: &x {b: c}\nd: *x", R"({"a":{"b":"c"},"d":{"b":"c"}})"},
      {"{\"a\": [1, true, null, \"x\"]}", R"({"a":[1,true,null,"x"]})"},
  };
  for (const JsonRow& row : rows) {
    const auto documents = parse(row.yaml);
    ASSERT_TRUE(documents.has_value()) << row.yaml << ": " << documents.error().message;
    ASSERT_EQ(documents->size(), 1U) << row.yaml;
    EXPECT_EQ(to_json(documents->front()), row.json) << row.yaml;
  }
}

TEST(Yaml, ValuesKnowTheirPlaces) {
  const auto documents = parse("# comment\nmeta:\n  ä: x\n  list:\n    - one\n---\nb: 'q'\n");
  ASSERT_TRUE(documents.has_value());
  ASSERT_EQ(documents->size(), 2U);
  const Node& meta = *(*documents)[0].find("meta");
  EXPECT_EQ(meta.entries[0].value.line, 3U);
  EXPECT_EQ(meta.entries[0].value.column, 6U);  // characters, not bytes
  EXPECT_EQ(meta.find("list")->elements[0].line, 5U);
  const Node& quoted = *(*documents)[1].find("b");
  EXPECT_EQ(quoted.style, Style::Quoted);
  EXPECT_EQ(quoted.line, 7U);
  EXPECT_EQ((*documents)[1].find("c"), nullptr);
}

TEST(Yaml, TheLastOfRepeatedKeysCounts) {
  const auto documents = parse("a: 1\na: 2\n");
  ASSERT_TRUE(documents.has_value());
  EXPECT_EQ(documents->front().find("a")->text, "2");
}

TEST(Yaml, ErrorsHaveAPlace) {
  Place at;
  EXPECT_FALSE(parse("a: b\nc: [\n", &at).has_value());
  EXPECT_EQ(at.line, 3U);
  EXPECT_FALSE(parse("a: *nowhere", &at).has_value());
  EXPECT_EQ(at.column, 4U);
  EXPECT_FALSE(parse("\x01\x02", &at).has_value());
}

TEST(Yaml, IsBounded) {
  EXPECT_FALSE(parse(std::string(100000, '[')).has_value());
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 0; n < 9; ++n) bomb += "," + before;
    bomb += "]\n";
  }
  const auto documents = parse(bomb);
  ASSERT_FALSE(documents.has_value());
  EXPECT_EQ(documents.error().message, "more than 1000000 values");
}

TEST(Yaml, AnEmptyTextHasNoDocument) {
  const auto documents = parse("");
  ASSERT_TRUE(documents.has_value());
  EXPECT_TRUE(documents->empty());
}

TEST(Json, IsReadWithItsEscapes) {
  const auto tree = parse_json(R"({"a":"\ud83d\ude00","b":[1e999,{"c":[]}]})");
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->find("a")->text, "\xF0\x9F\x98\x80");
  EXPECT_EQ(to_json(*tree->find("b")), R"([1e999,{"c":[]}])");
  EXPECT_FALSE(parse_json("{").has_value());
}

}  // namespace
}  // namespace leasehold::yaml

#include <gtest/gtest.h>

#include "leasehold/json/reader.h"
#include "leasehold/json/writer.h"

namespace leasehold::json {
namespace {

/// Writes down what it was told.
class Recorder : public Visitor {
 public:
  std::string seen;
  bool null_value() override { return add("null"); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  bool number(std::string_view literal) override { return add("n:" + std::string(literal)); }
  bool string(std::string_view value) override { return add("s:" + std::string(value)); }
  bool key(std::string_view name) override { return add("k:" + std::string(name)); }
  bool begin_object() override { return add("{"); }
  bool end_object() override { return add("}"); }
  bool begin_array() override { return add("["); }
  bool end_array() override { return add("]"); }

 private:
  bool add(const std::string& what) {
    seen += what + " ";
    return what != "s:stop";
  }
};

TEST(Reader, KeepsTheTextOfNumbers) {
  Recorder recorder;
  ASSERT_TRUE(read(R"( {"a":[1.0,-0,1e999,12345678901234567890],"b":null,"c\n":true} )", recorder));
  EXPECT_EQ(recorder.seen, "{ k:a [ n:1.0 n:-0 n:1e999 n:12345678901234567890 ] k:b null k:c\n true } ");
}

TEST(Reader, LongStringsArriveWhole) {
  Recorder recorder;
  const std::string text = "\"" + std::string(10000, 'x') + "\\n" + std::string(10000, 'y') + "\"";
  ASSERT_TRUE(read(text, recorder));
  EXPECT_EQ(recorder.seen.size(), 20001U + 3);
}

TEST(Reader, Errors) {
  const struct { std::string_view in, want; } rows[] = {
      {"", "JSON: "}, {"{", "JSON: "}, {"{}x", "JSON: extra data at byte 2"}, {"[1,]", "JSON: "}, {"\"\x01\"", "JSON: "},
      {"[\"stop\"]", "JSON: stopped"},
  };
  for (const auto& row : rows) {
    Recorder recorder;
    const auto got = read(row.in, recorder);
    ASSERT_FALSE(got) << row.in;
    EXPECT_EQ(got.error().message.substr(0, row.want.size()), row.want) << row.in;
  }
}

TEST(Reader, DepthIsBounded) {
  Recorder recorder;
  EXPECT_FALSE(read(std::string(100000, '['), recorder));
}

TEST(Writer, ObjectInOrder) {
  ObjectWriter body;
  body.member("jwt", "a\"b").member("increment", std::int64_t{5}).member("sync", true).raw_member("x", "[]");
  EXPECT_EQ(body.finish().expose(), R"({"jwt":"a\"b","increment":5,"sync":true,"x":[]})");
}

}  // namespace
}  // namespace leasehold::json

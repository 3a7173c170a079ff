// Every format with every character that has a meaning in it; dotenv also through a real shell.
#include "typed_output.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

#include "leasehold/json/writer.h"
#include "support/temp_dir.h"

namespace leasehold::agent {
namespace {

std::string written(const OutputConfig& output, std::string_view json) {
  const auto text = format_output(output, json);
  return text ? std::string(text->expose()) : "error: " + text.error().message;
}

OutputConfig output(std::string format) {
  OutputConfig out;
  out.format = std::move(format);
  out.host = "db.example";
  out.port = "5432";
  out.database = "app";
  return out;
}

std::string login(std::string_view password) {
  return R"({"password":)" + json::quoted(password) + R"(,"username":"v-app:1"})";
}

struct Row {
  const char* format;
  const char* json;
  const char* want;
};

TEST(TypedOutput, Formats) {
  const Row rows[] = {
      {"dotenv", R"({"password":"a'b$c\"","user-name":"u","port":5432,"on":true,"none":null,"2nd":"x"})",
       "PASSWORD='a'\\''b$c\"'\nUSER_NAME='u'\nPORT='5432'\nON='true'\nNONE='null'\n_2ND='x'\n"},
      {"dotenv", R"({"a-b":"1","a_b":"2"})", "error: output \"dotenv\": \"a-b\" and \"a_b\" both become A_B"},
      {"dotenv", R"({"a":"x\u0000y"})", "error: output \"dotenv\" cannot hold a NUL byte, which the value of \"a\" has"},
      {"json", R"({"b":"<&>","a":1e999,"c":{"d":[1,"x",null]}})",
       "{\"b\":\"\\u003c\\u0026\\u003e\",\"a\":1e999,\"c\":{\"d\": [1, \"x\", null]}}\n"},
      {"yaml", R"({"no":"yes","n":-0,"t":"a: b #c\n\u0085\u007f","l":["x",{"y":1}]})",
       "\"no\": \"yes\"\n\"n\": -0\n\"t\": \"a: b #c\\n\\u0085\\u007f\"\n\"l\": [\"x\", {\"y\": 1}]\n"},
      {"yaml", "{}", "{}\n"},
      {"properties", R"({"a b=c:#!":" x\\y\n","ü":"\ud83d\ude00"})",
       "a\\ b\\=c\\:\\#\\!=\\ x\\\\y\\n\n\\u00fc=\\ud83d\\ude00\n"},
      {"pgpass", R"({"username":"v-app:1","password":"p:\\q"})", "db.example:5432:app:v-app\\:1:p\\:\\\\q\n"},
      {"pgpass", R"({"username":"u","password":"p\nq"})",
       "error: output \"pgpass\" cannot hold a line feed or NUL byte, which the value of \"password\" has"},
      {"pgpass", R"({"token":"u"})",
       "error: output \"pgpass\" needs a secret with username and password, such as database/creds/ROLE"},
      {"pg_service", R"({"username":"u","password":"p=#;"})",
       "[app]\nhost=db.example\nport=5432\ndbname=app\nuser=u\npassword=p=#;\n"},
      {"pg_service", R"({"username":"u","password":"p "})",
       "error: output \"pg_service\" cannot hold a blank at an end, which the value of \"password\" has"},
      {"jdbc", R"({"username":"u@x","password":"p&=%+ ü"})",
       "jdbc:postgresql://db.example:5432/app?user=u%40x&password=p%26%3D%25%2B%20%C3%BC\n"},
      {"json", R"({"data":{"x":"1"},"metadata":{"version":2}})", "{\"x\":\"1\"}\n"},
      {"json", R"({"data":null,"metadata":{"version":2}})", "error: this version of the secret is deleted"},
      {"json", R"({"data":"plain","metadata":1})", "{\"data\":\"plain\",\"metadata\":1}\n"},
      {"json", "", "error: the secret is no object of names and values"},
      {"json", "[1]", "error: the secret is no object of names and values"},
      {"json", "7", "error: the secret is no object of names and values"},
      {"toml", "{}", "error: unknown output \"toml\""},
  };
  for (const Row& row : rows) EXPECT_EQ(written(output(row.format), row.json), row.want) << row.format << " " << row.json;
}

TEST(TypedOutput, PrefixOfNames) {
  OutputConfig out = output("dotenv");
  out.prefix = "DB_";
  EXPECT_EQ(written(out, R"({"password":"x"})"), "DB_PASSWORD='x'\n");
}

TEST(TypedOutput, EveryWordIsAFormat) {
  EXPECT_EQ(output_formats().size(), 7U);
  for (const OutputFormat& format : output_formats()) {
    EXPECT_TRUE(is_output_format(format.name));
    EXPECT_NE(written(output(std::string(format.name)), login("x")).find('x'), std::string::npos) << format.name;
  }
}

// What a shell prints of the variable after `. ./file`.
std::string through_shell(const test::TempDir& dir, std::string_view file) {
  std::ofstream(dir / "env", std::ios::binary) << file;
  const std::string command = "set -eu; . '" + (dir / "env") + "'; printf %s \"$PASSWORD\"";
  std::ofstream(dir / "script") << command;
  std::FILE* shell = ::popen(("sh '" + (dir / "script") + "'").c_str(), "r");
  std::string text;
  for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) text += static_cast<char>(c);
  return ::pclose(shell) == 0 ? text : "the shell failed: " + text;
}

TEST(TypedOutput, ASourcedDotenvSurvivesEveryCharacter) {
  const test::TempDir dir;
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  for (const std::string& password :
       {all, std::string("'"), std::string("''x''"), std::string("$(id) `id` \\ \" ! ~ *"), std::string("\n\n"),
        std::string("ü€😀"), std::string("-n"), std::string(), std::string("trailing\n"), std::string(" a  b ")}) {
    EXPECT_EQ(through_shell(dir, written(output("dotenv"), login(password))), password);
  }
}

}  // namespace
}  // namespace leasehold::agent

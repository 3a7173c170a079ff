// Parser, executor and their error texts, over the builtins alone.
#include "leasehold/gotemplate/program.h"

#include <string>

#include <gtest/gtest.h>

namespace leasehold::gotemplate {
namespace {

class NoContext final : public Context {};

std::string run(std::string_view text, ExecuteOptions options = {}) {
  FunctionSet functions;
  functions.add(builtin_functions());
  const auto program =
      Program::parse({.text = text, .left_delimiter = "", .right_delimiter = ""}, functions);
  if (!program) return program.error().message;
  NoContext context;
  SecretBytes out;
  const auto failure = (*program)->execute(options, context, out);
  if (failure != nullptr) {
    EXPECT_LT(failure->text_offset, failure->message.size());
    return failure->message;
  }
  return {out.data(), out.size()};
}

struct Row {
  std::string text;
  std::string want;
};

TEST(Program, Runs) {
  const Row rows[] = {
      {"{{ 1 }}{{ .x }}{{ print nil }}", "1<no value><nil>"},
      {"{{ if 0 }}a{{ else if 1 }}b{{ else }}c{{ end }}", "b"},
      {"{{ with 5 }}{{ . }}{{ else }}x{{ end }}{{ with \"\" }}a{{ else }}b{{ end }}", "5b"},
      {"{{ range slice \"x\" }}{{ end }}",
       "template: :1:15: executing \"\" at <\"x\">: range can't iterate over x"},
      {"{{ range 3 }}{{ . }}{{ if eq . 1 }}{{ break }}{{ end }}{{ end }}", "01"},
      {"{{ range 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}", "02"},
      {"{{ define \"t\" }}<{{ . }}{{ $ }}>{{ end }}{{ template \"t\" 1 }}{{ template \"t\" }}", "<11><<no value><no value>>"},
      {"{{ block \"b\" 2 }}{{ . }}{{ end }}{{ template \"b\" 3 }}", "23"},
      {"{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"},
      {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"},
      // What `or` passes over declares nothing, though the parser saw it.
      {"{{ $x := 1 }}{{ or true ($x := 2) }}{{ $x }}", "true1"},
      {"{{ and false ($y := 3) }}{{ $z := 9 }}{{ $z }}", "false9"},
      {"{{ if and true ($q := 5) }}{{ $q }}{{ end }}", "5"},
      {"{{ \"a\" | printf \"%s-%s\" \"b\" | len }}", "3"},
      {"{{ and 1 0 2 }}{{ or 0 \"\" \"x\" }}{{ not 1 }}", "0xfalse"},
      {"{{ index \"abc\" 1 }} {{ slice \"abcd\" 1 3 }} {{ html \"<\" }} {{ urlquery \"a b\" }}", "98 bc &lt; a+b"},
      {"{{ eq 1 2 1 }}{{ lt 1 2 }}{{ ge \"b\" \"a\" }}", "truetruetrue"},
  };
  for (const Row& row : rows) EXPECT_EQ(run(row.text), row.want) << row.text;
}

TEST(Program, NamesNodeAndPosition) {
  const Row rows[] = {
      {"{{ index \"a\" 5 }}",
       "template: :1:3: executing \"\" at <index \"a\" 5>: error calling index: index out of range: 5"},
      {"\n {{ len 5 }}", "template: :2:4: executing \"\" at <len 5>: error calling len: len of type int"},
      {"{{ nil }}", "template: :1:3: executing \"\" at <nil>: nil is not a command"},
      {"{{ 1 2 }}", "template: :1:3: executing \"\" at <1>: can't give argument to non-function 1"},
      {"{{ printf 5 }}", "template: :1:10: executing \"\" at <5>: expected string; found 5"},
      {"{{ 5 | printf }}", "template: :1:7: executing \"\" at <printf>: wrong type for value; expected string; got int"},
      {"{{ eq 1 \"a\" }}",
       "template: :1:3: executing \"\" at <eq 1 \"a\">: error calling eq: incompatible types for comparison: int and string"},
      {"{{ template \"no\" }}", "template: :1:12: executing \"\" at <{{template \"no\"}}>: template \"no\" not defined"},
      {"{{ $x = 1 }}", "template: :1:8: executing \"\" at <1>: undefined variable: $x"},
      {"{{ not }}", "template: :1:3: executing \"\" at <not>: wrong number of args for not: want 1 got 0"},
      {"{{ 1 | not 2 }}", "template: :1:7: executing \"\" at <not>: wrong number of args for not: want 1 got 2"},
  };
  for (const Row& row : rows) EXPECT_EQ(run(row.text), row.want) << row.text;
}

TEST(Program, RefusesBadSyntax) {
  const Row rows[] = {
      {"{{ if 1 }}", "template: :1: unexpected EOF"},
      {"\n{{ end }}", "template: :2: unexpected {{end}}"},
      {"{{ nosuch }}", "template: :1: function \"nosuch\" not defined"},
      {"{{ $y }}", "template: :1: undefined variable \"$y\""},
      {"{{ }}", "template: :1: missing value for command"},
      {"{{ 1 | 2 }}", "template: :1: non executable command in pipeline stage 2"},
      {"{{ true.x }}", "template: :1: unexpected . after term \"true\""},
      {"{{ break }}", "template: :1: {{break}} outside {{range}}"},
      {"a\n{{ print\n \"x }}", "template: :3: unterminated quoted string in action started at :2"},
      {"{{ if 1 }}{{ else }}{{ else }}{{ end }}", "template: :1: expected end; found {{else}}"},
  };
  for (const Row& row : rows) EXPECT_EQ(run(row.text), row.want) << row.text;
}

TEST(Program, BoundsDepthAndLoops) {
  const std::string parens = "{{ " + std::string(1001, '(') + "1" + std::string(1001, ')') + " }}";
  EXPECT_EQ(run(parens), "template: :1: max expression depth exceeded");
  EXPECT_EQ(run("{{ " + std::string(1000, '(') + "1" + std::string(1000, ')') + " }}"), "1");
  std::string blocks;
  for (int depth = 0; depth < 1000; ++depth) blocks += "{{ if 1 }}";
  blocks += "x";
  for (int depth = 0; depth < 1000; ++depth) blocks += "{{ end }}";
  EXPECT_EQ(run(blocks), "x");
  EXPECT_NE(run("{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}")
                .find("exceeded maximum template depth (100000)"),
            std::string::npos);
  EXPECT_NE(run("{{ range 1000000 }}{{ end }}", {.error_on_missing_key = false, .statements_max = 1000})
                .find("more than 1000 statements"),
            std::string::npos);
}

TEST(Program, MissingKeysFailOnlyWhenAsked) {
  EXPECT_EQ(run("{{ .x }}"), "<no value>");
  EXPECT_EQ(run("{{ .x }}", {.error_on_missing_key = true, .statements_max = kStatementsMax}),
            "template: :1:3: executing \"\" at <.x>: nil data; no entry for key \"x\"");
}

}  // namespace
}  // namespace leasehold::gotemplate

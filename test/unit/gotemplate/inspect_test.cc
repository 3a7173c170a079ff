#include "leasehold/gotemplate/inspect.h"

#include <string>

#include <gtest/gtest.h>

#include "leasehold/base/text.h"

namespace leasehold::gotemplate {
namespace {

Result<Value> nothing(Call& /*call*/) { return Value(); }

constexpr Function kFunctions[] = {
    {"secret", types<kString>, true, &nothing, ""},
    {"toUpper", types<kAny>, true, &nothing, ""},
    {"default", types<kAny>, true, &nothing, ""},
};

Inspection look(std::string_view text) {
  FunctionSet functions;
  functions.add(kFunctions);
  functions.add(builtin_functions());
  static constexpr std::string_view kTraced[] = {"secret"};
  return inspect({.text = text, .left_delimiter = {}, .right_delimiter = {}}, functions, kTraced);
}

/// `secret(p)@5: .Data.x@20 .y@24?` with offsets, ? tested, * ranged.
std::string shown(const TracedCall& call) {
  std::string out = call.function + "(";
  for (const auto& argument : call.arguments) out += argument.value_or("…") + ",";
  if (out.back() == ',') out.pop_back();
  out += ")@" + std::to_string(call.offset);
  for (const Access& access : call.accesses) {
    out += " ";
    for (const std::string& name : access.names) out += "." + name;
    out += "@" + std::to_string(access.offsets.back());
    if (access.tested) out += "?";
    if (access.ranged) out += "*";
  }
  return out;
}

struct TraceRow {
  std::string_view text;
  std::string_view want;
};

TEST(Inspect, FollowsResultsOfCalls) {
  const TraceRow rows[] = {
      {R"({{ (secret "p").Data.x }})", "secret(p)@4 .Data.x@20"},
      {R"({{ with secret "p" }}{{ .Data.x }}{{ end }})", "secret(p)@8 .Data.x@29"},
      {R"({{ with $s := secret "p" }}{{ $s.Data.data.x }}{{ end }})", "secret(p)@14 .Data.data.x@42"},
      {R"({{ with (secret "p").Data }}{{ .x }}{{ end }})", "secret(p)@9 .Data@20? .Data.x@31"},
      {R"({{ range $k, $v := (secret "p").Data }}{{ $v.x }}{{ end }})", "secret(p)@20 .Data@31*"},
      {R"({{ with secret "p" }}{{ index .Data.data "a-b" }}{{ end }})", "secret(p)@8 .Data.data.a-b@41"},
      {R"({{ $p := "kv/x" }}{{ with secret $p }}{{ .Data }}{{ end }})", "secret(kv/x)@26 .Data@41"},
      {R"({{ "kv/x" | secret }})", "secret(kv/x)@12"},
      {R"({{ secret (print "a" "b") "k=v" }})", "secret(…,k=v)@3"},
      {R"({{ with secret "p" }}{{ if .Data.x }}{{ .Data.x }}{{ end }}{{ end }})", "secret(p)@8 .Data.x@32? .Data.x@45"},
      {R"({{ with secret "p" }}{{ .Data.x | default "y" }}{{ end }})", "secret(p)@8 .Data.x@29?"},
      {R"({{ with secret "p" }}{{ template "t" . }}{{ end }}{{ define "t" }}{{ .Data.x }}{{ end }})", "secret(p)@8 .Data.x@74"},
      {R"({{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" secret "p" }})", "secret(p)@61"},
  };
  for (const TraceRow& row : rows) {
    const Inspection found = look(row.text);
    ASSERT_TRUE(found.problems.empty()) << row.text << ": " << found.problems[0].message;
    ASSERT_EQ(found.calls.size(), 1U) << row.text;
    EXPECT_EQ(shown(found.calls[0]), row.want) << row.text;
  }
}

struct ProblemRow {
  std::string_view text;
  std::string_view want;  ///< offset:message, separated by |
};

TEST(Inspect, TellsAllUndefinedFunctionsAndTheFirstOtherError) {
  const ProblemRow rows[] = {
      {"{{ a }}{{ b 1 }}{{ a }}", "3:function \"a\" not defined|10:function \"b\" not defined|19:function \"a\" not defined"},
      {"{{ a }}{{ if }}", "3:function \"a\" not defined|13:missing value for if"},
      {"text {{ if true }}", "18:unexpected EOF"},
      {"{{ $x }}", "3:undefined variable \"$x\""},
  };
  for (const ProblemRow& row : rows) {
    std::string got;
    for (const SyntaxProblem& problem : look(row.text).problems) {
      got += (got.empty() ? "" : "|") + std::to_string(problem.offset) + ":" + problem.message;
    }
    EXPECT_EQ(got, row.want) << row.text;
  }
}

TEST(Inspect, IsBounded) {
  std::string calls;
  for (int i = 0; i < 30; ++i) {
    const std::string next = "\"t" + std::to_string(i + 1) + "\"";
    calls += "{{ define \"t" + std::to_string(i) + "\" }}{{ template " + next + " . }}{{ template " + next + " . }}{{ end }}";
  }
  EXPECT_TRUE(look(calls + "{{ define \"t30\" }}{{ end }}{{ template \"t0\" . }}").problems.empty());
  std::string unknown;
  for (int i = 0; i < 300; ++i) unknown += "{{ f" + std::to_string(i) + " }}";
  EXPECT_EQ(look(unknown).problems.size(), 300U);
}

}  // namespace
}  // namespace leasehold::gotemplate

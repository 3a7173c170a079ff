// render: sample data, passes, and how errors are placed. All without I/O.
#include "render_once.h"

#include <string>

#include <gtest/gtest.h>

#include "command_line.h"
#include "sample_data.h"
#include "template_text.h"

namespace leasehold::agent {
namespace {

constexpr std::string_view kSamples = R"(
secret/data/app: {data: {data: {user: anna, path: secret/data/deep}, metadata: {version: 1}}}
secret/data/deep: {data: {data: {value: 7}, metadata: {}}}
kv/plain: {user: bob}
LIST secret/metadata: [b, a]
put pki/issue/x: {data: {certificate: none}}
file /etc/motd: hello
)";

SampleData samples(std::string_view text = kSamples) {
  SampleData data;
  const auto added = data.add("s.yaml", text);
  EXPECT_TRUE(added.has_value()) << added.error().message;
  return data;
}

RenderJob job(std::string text) {
  RenderJob made;
  made.label = "t.tmpl";
  gofuncs::TemplateOptions options;
  options.contents = std::move(text);
  made.parsed = gofuncs::Template::create(std::move(options), {});
  return made;
}

struct RenderRow {
  std::string_view name;
  std::string text;
  std::string_view want;  ///< the text, or `! error`
};

TEST(Render, UsesSampleData) {
  const RenderRow rows[] = {
      {"plain text", "x", "x"},
      {"KV v2", R"({{ with secret "secret/data/app" }}{{ .Data.data.user }}{{ end }})", "anna"},
      {"the path without data/", R"({{ with secret "secret/app" }}{{ .Data.data.user }}{{ end }})", "anna"},
      {"the short form", R"({{ with secret "/kv/plain/" }}{{ .Data.user }}{{ end }})", "bob"},
      {"unguarded", R"({{ (secret "kv/plain").Data.user | toUpper }})", "BOB"},
      {"a list", R"({{ range secrets "secret/metadata/" }}{{ . }}{{ end }})", "ab"},
      {"a file", R"({{ file "/etc/motd" }})", "hello"},
      {"a path out of a secret", R"({{ with secret "secret/data/app" }}{{ with secret .Data.data.path }}{{ .Data.data.value }}{{ end }}{{ end }})", "7"},
      {"no sample", R"({{ with secret "kv/plan" }}{{ end }})",
       "! t.tmpl: the sample data has nothing for vault.read(kv/plan); did you mean \"kv/plain\"?"},
      {"a syntax error", "a\n{{ if }}", "! t.tmpl:2: missing value for if"},
      {"an error with data", R"({{ with secret "kv/plain" }}{{ .Data.user | parseInt }}{{ end }})", "! t.tmpl:1:45: "},
  };
  const SampleData data = samples();
  for (const RenderRow& row : rows) {
    std::vector<RenderJob> jobs;
    jobs.push_back(job(row.text));
    render_once(jobs, [&](const gofuncs::Dependency& wanted) { return data.answer(wanted); }, {});
    if (row.want.starts_with("! ")) {
      ASSERT_FALSE(jobs[0].errors.empty()) << row.name;
      EXPECT_FALSE(jobs[0].text.has_value()) << row.name;
      EXPECT_TRUE(jobs[0].errors[0].starts_with(row.want.substr(2))) << row.name << ": " << jobs[0].errors[0];
    } else {
      ASSERT_TRUE(jobs[0].text.has_value()) << row.name << ": " << (jobs[0].errors.empty() ? "" : jobs[0].errors[0]);
      EXPECT_EQ(jobs[0].text->expose(), row.want) << row.name;
    }
  }
}

TEST(Render, ShowsPassesAndAsksOnceForEach) {
  std::vector<RenderJob> jobs;
  jobs.push_back(job(R"({{ with secret "kv/plain" }}{{ .Data.user }}{{ end }})"));
  jobs.push_back(job(R"({{ with secret "kv/plain" }}{{ .Data.user }}!{{ end }})"));
  const SampleData data = samples();
  int asked = 0;
  std::string shown;
  render_once(
      jobs, [&](const gofuncs::Dependency& wanted) { return ++asked, data.answer(wanted); },
      [&](const std::string& line) { shown += line + "\n"; });
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(shown,
            "pass 1\n"
            "  t.tmpl waits for vault.read(kv/plain)\n"
            "  got vault.read(kv/plain)\n"
            "  t.tmpl rendered, uses vault.read(kv/plain)\n"
            "pass 2\n"
            "  t.tmpl rendered, uses vault.read(kv/plain)\n");
}

TEST(Render, EndsWhenATemplateAlwaysAsksForMore) {
  std::vector<RenderJob> jobs;
  // Each answer names the next path.
  jobs.push_back(job(R"({{ $p := "a" }}{{ range loop 1 200 }}{{ with secret $p }}{{ $p = .Data.next }}{{ end }}{{ end }})"));
  int number = 0;
  render_once(
      jobs,
      [&](const gofuncs::Dependency&) {
        return gofuncs::parse_secret(R"({"data":{"next":"p)" + std::to_string(++number) + R"("}})");
      },
      {});
  ASSERT_EQ(jobs[0].errors.size(), 1U);
  EXPECT_EQ(jobs[0].errors[0], "t.tmpl: still asks for new secrets after 100 passes");
}

struct BadRow {
  std::string_view text;
  std::string_view want;
};

TEST(SampleData, SaysWhatIsWrong) {
  const BadRow rows[] = {
      {"", "s.yaml:1:1: sample data must be one map"},
      {"[a]", "s.yaml:1:1: sample data must be one map"},
      {"a: [", "s.yaml:2:1: sample data is neither YAML nor JSON"},
      {"a/b: 7", "s.yaml:1:6: the answer for \"a/b\" must be a map"},
      {"'': {a: b}", "s.yaml:1:1: a path is wanted here"},
      {"{\"a\": ", "s.yaml: sample data is not JSON"},
  };
  for (const BadRow& row : rows) {
    SampleData data;
    const auto added = data.add("s.yaml", row.text);
    ASSERT_FALSE(added.has_value()) << row.text;
    EXPECT_TRUE(added.error().message.starts_with(row.want)) << added.error().message;
  }
}

struct PlaceRow {
  std::string_view error;
  std::size_t line;
  std::size_t column;
  std::string_view text;
};

TEST(Errors, ArePlaced) {
  const PlaceRow rows[] = {
      {"parse: template: :3: unexpected EOF", 3, 0, "unexpected EOF"},
      {"execute: template: :1:24: executing \"\" at <x>: no", 1, 25, "executing \"\" at <x>: no"},
      {"execute: template: t:2:0: executing \"t\"", 2, 1, "executing \"t\""},
      {"parse: something else", 0, 0, "something else"},
      {"template: :", 0, 0, "template: :"},
      {"", 0, 0, ""},
  };
  for (const PlaceRow& row : rows) {
    const PlacedError placed = place_of(row.error);
    EXPECT_EQ(placed.line, row.line) << row.error;
    EXPECT_EQ(placed.column, row.column) << row.error;
    EXPECT_EQ(placed.text, row.text) << row.error;
  }
}

TEST(CommandLine, FlagsMayFollowFiles) {
  constexpr flags::Row kRows[] = {{"o", flags::Kind::Text, "", "", ""}, {"b", flags::Kind::Boolean, "", "", ""}};
  const std::vector<std::string> words = {"f1", "-o", "json", "-", "-b", "--", "-o"};
  const auto given = parse_interleaved(kRows, words);
  ASSERT_TRUE(given.has_value());
  EXPECT_EQ(given->positional, (std::vector<std::string>{"f1", "-", "-o"}));
  EXPECT_EQ(given->last("o"), "json");
  EXPECT_TRUE(is_on(*given, "b"));
  const std::vector<std::string> wrong = {"f1", "-nope"};
  EXPECT_FALSE(parse_interleaved(kRows, wrong).has_value());
}

}  // namespace
}  // namespace leasehold::agent

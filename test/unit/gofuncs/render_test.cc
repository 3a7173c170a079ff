#include "leasehold/gofuncs/render.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "denylist.h"

namespace leasehold::gofuncs {
namespace {

using gotemplate::Value;

class MapData final : public DataSource {
 public:
  [[nodiscard]] const Value* find(const Dependency& dependency) const override {
    const auto place = values.find(dependency.name);
    return place == values.end() ? nullptr : &place->second;
  }
  std::map<std::string, Value> values;
};

std::unique_ptr<Template> make(std::string text, Host host = {}) {
  TemplateOptions options;
  options.contents = std::move(text);
  return Template::create(std::move(options), std::move(host));
}

Value secret_of(std::string_view body) {
  auto secret = parse_secret(body);
  EXPECT_TRUE(secret.has_value());
  return *secret;
}

TEST(Render, ListsWhatIsMissingAndUsesWhatIsThere) {
  const auto parsed = make("{{ with secret \"/kv/data/app/ \" }}{{ .Data.data.user }}{{ end }}{{ secrets \"kv/metadata\" }}");
  MapData data;
  Pass pass = parsed->render(data);
  EXPECT_FALSE(pass.error.has_value());
  ASSERT_EQ(pass.missing.size(), 2U);
  EXPECT_EQ(pass.missing[0].name, "vault.read(kv/data/app)");
  EXPECT_EQ(pass.missing[0].path, "kv/data/app");
  EXPECT_EQ(pass.missing[1].kind, Dependency::Kind::List);

  data.values["vault.read(kv/data/app)"] = secret_of(R"({"data":{"data":{"user":"alice"}}})");
  data.values["vault.list(kv/metadata)"] = *parse_list(R"({"data":{"keys":["b","a/"]}})");
  pass = parsed->render(data);
  EXPECT_EQ(pass.text.expose(), "alice[a/ b]");
  EXPECT_TRUE(pass.missing.empty());
  EXPECT_EQ(pass.used.size(), 2U);
}

TEST(Render, KeepsTheDependenciesOfAFailedPass) {
  const auto parsed = make("{{ (secret \"p\").Data.user | toUpper }}");
  MapData data;
  Pass pass = parsed->render(data);
  EXPECT_EQ(pass.error.value_or(""),
            "execute: template: :1:28: executing \"\" at <toUpper>: invalid value; expected string");
  ASSERT_EQ(pass.missing.size(), 1U);
  data.values["vault.read(p)"] = secret_of(R"({"data":{"user":"bob"}})");
  pass = parsed->render(data);
  EXPECT_EQ(pass.text.expose(), "BOB");
}

TEST(Render, NamesWritesByTheirArguments) {
  const auto parsed = make("{{ secret \"p\" \"b=2\" \"a=1\" }}{{ secret \"p\" \"a=1\" \"b=2\" }}{{ secret \"p\" \"\" }}");
  const Pass pass = parsed->render(MapData());
  ASSERT_EQ(pass.used.size(), 2U);
  EXPECT_EQ(pass.used[0].name, "vault.write(p -> 7342b7a6)");
  EXPECT_EQ(pass.used[0].arguments.size(), 2U);
  EXPECT_EQ(pass.used[1].name, "vault.write(p -> da39a3ee)");
}

TEST(Render, HidesSecretsInErrors) {
  const auto parsed = make("{{ with secret \"p\" }}{{ parseInt .Data.data.pass }}{{ end }}");
  MapData data;
  data.values["vault.read(p)"] = secret_of(R"({"data":{"data":{"pass":"hunter2-longer","list":["other-secret"]}}})");
  const Pass pass = parsed->render(data);
  EXPECT_EQ(pass.error.value_or(""),
            "execute: template: :1:24: executing \"\" at <parseInt .Data.data.pass>: error calling parseInt: "
            "parseInt: strconv.ParseInt: parsing \"[redacted]\": invalid syntax");
}

TEST(Render, TheReplacedAgentShowsNestedValues) {
  TemplateOptions options;
  options.contents = "{{ with secret \"p\" }}{{ parseInt .Data.data.pass }}{{ end }}";
  options.redaction = Redaction::TopLevel;
  MapData data;
  data.values["vault.read(p)"] = secret_of(R"({"data":{"data":{"pass":"nested-value"}}})");
  const Pass pass = Template::create(std::move(options), {})->render(data);
  EXPECT_NE(pass.error.value_or("").find("parsing \"nested-value\""), std::string::npos);
}

TEST(Render, HermeticSetLacksSeventeenFunctions) {
  const auto error_of = [](std::string_view name, SprigSet set) {
    TemplateOptions options;
    options.contents = "{{ if false }}{{ " + std::string(name) + " }}{{ end }}";
    options.sprig = set;
    return Template::create(std::move(options), {})->render(MapData()).error.value_or("");
  };
  const std::string_view names[] = {
      "sprig_now",          "sprig_date",       "sprig_dateInZone",  "sprig_date_in_zone", "sprig_dateModify",
      "sprig_date_modify",  "sprig_htmlDate",   "sprig_htmlDateInZone", "sprig_randAlphaNum", "sprig_randAlpha",
      "sprig_randAscii",    "sprig_randNumeric", "sprig_randBytes",  "sprig_uuidv4",       "sprig_env",
      "sprig_expandenv",    "sprig_getHostByName"};
  for (const std::string_view name : names) {
    EXPECT_EQ(error_of(name, SprigSet::Full), "") << name;
    EXPECT_EQ(error_of(name, SprigSet::Hermetic),
              "parse: template: :1: function \"" + std::string(name) + "\" not defined");
  }
  EXPECT_EQ(error_of("sprig_upper", SprigSet::Hermetic), "");
  std::size_t missing = 0;
  for (const Subject& subject : subjects()) missing += subject.hermetic ? 0 : subject.rows.size();
  EXPECT_EQ(missing, std::size(names));
}

TEST(Render, ChangesOfMapsEndWithThePass) {
  const auto parsed = make("{{ with secret \"p\" }}{{ $_ := sprig_set .Data \"new\" 1 }}{{ len .Data }}{{ end }}");
  MapData data;
  data.values["vault.read(p)"] = secret_of(R"({"data":{"a":"1"}})");
  EXPECT_EQ(parsed->render(data).text.expose(), "2");
  EXPECT_EQ(parsed->render(data).text.expose(), "2");
  EXPECT_EQ(make("{{ len (secret \"p\").Data }}")->render(data).text.expose(), "1");
}

TEST(Render, SyntaxErrorsComeWithEveryPass) {
  const auto parsed = make("{{ nosuch }}");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(parsed->render(MapData()).error.value_or(""), "parse: template: :1: function \"nosuch\" not defined");
  }
}

TEST(Render, NumbersOfSecretsKeepTheirText) {
  const auto parsed = make("{{ with secret \"p\" }}{{ .Data.a }} {{ .Data.b }} {{ toJSON .Data }} {{ .Data.c.Int64 }}{{ end }}");
  MapData data;
  data.values["vault.read(p)"] = secret_of(R"({"data":{"a":1.0,"b":12345678901234567890123,"c":7}})");
  EXPECT_EQ(parsed->render(data).text.expose(),
            "1.0 12345678901234567890123 {\"a\":1.0,\"b\":12345678901234567890123,\"c\":7} 7");
}

TEST(Render, RecursionOfExecuteTemplateEnds) {
  const Pass pass = make("{{ executeTemplate \"\" }}")->render(MapData());
  ASSERT_TRUE(pass.error.has_value());
  EXPECT_NE(pass.error->find("exceeded maximum template depth"), std::string::npos);
}

TEST(Render, RefusesRings) {
  const Pass pass = make("{{ $m := sprig_dict }}{{ sprig_set $m \"self\" $m }}")->render(MapData());
  EXPECT_TRUE(pass.error.has_value());
}

TEST(ParseSecret, SaysNothingAboutTheContent) {
  const auto broken = parse_secret("{\"data\":{\"password\":\"hunter2");
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().message.find("hunter2"), std::string::npos);
  const auto nothing = parse_secret("");
  ASSERT_TRUE(nothing.has_value());
  EXPECT_TRUE(nothing->is_nil());
}

struct GlobRow {
  std::string pattern;
  std::string name;
  bool want;
};

TEST(MatchesGlob, TakesStarsOnly) {
  const GlobRow rows[] = {
      {"plugin", "plugin", true},   {"plugin", "plugins", false},        {"*", "x", true},
      {"sprig_*", "sprig_a", true}, {"sprig_*Json", "sprig_toJson", true}, {"*a*b", "xaybzb", true},
      {"*a*b", "xayb?", false},     {"", "x", false},                    {"p?", "pa", false},
  };
  for (const GlobRow& row : rows) EXPECT_EQ(matches_glob(row.pattern, row.name), row.want) << row.pattern;
}

}  // namespace
}  // namespace leasehold::gofuncs

// Values, fields, durations, versions, setup files, SQL plans: everything that needs no core.
#include <gtest/gtest.h>

#include "credentials.h"
#include "crypto.h"
#include "fields.h"
#include "jwt.h"
#include "kv2_secret.h"
#include "lifecycle.h"
#include "password_policy.h"
#include "quotas.h"
#include "setup.h"
#include "sql_plan.h"
#include "ttl.h"

namespace leasehold::devvault {
namespace {

TEST(JsonValue, KeepsTheSpellingOfNumbers) {
  const char* text = R"({"big":12345678901234567890,"e":1e3,"f":1.10,"huge":1e999,"i":7,"minus":-0})";
  const auto parsed = parse_json(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(to_text(*parsed), text);
}

TEST(JsonValue, GoesThroughDoublesAsGoDoes) {
  struct Row {
    const char* in;
    const char* out;
  };
  for (const Row& row : {Row{"12345678901234567890", "12345678901234567000"}, Row{"1.10", "1.1"}, Row{"1e3", "1000"},
                         Row{"1e21", "1e+21"}, Row{"1e-7", "1e-7"}, Row{"0.000001", "0.000001"}, Row{"-0.5", "-0.5"},
                         Row{"7", "7"}, Row{"0", "0"}, Row{"123456.789", "123456.789"}}) {
    EXPECT_EQ(to_text(through_doubles(*parse_json(row.in))), row.out) << row.in;
  }
}

TEST(JsonValue, EscapesAsGoDoesAndRefusesWhatIsNoJson) {
  EXPECT_EQ(to_text(Json("<&>\n")), R"("\u003c\u0026\u003e\n")");
  for (const char* bad : {"", "{", "[1,]", "{\"a\"}", "1 2", "nul"}) {
    EXPECT_FALSE(parse_json(bad)) << bad;
  }
}

struct FieldRow {
  FieldType type;
  const char* in;
  const char* out;  ///< null = refused
};

class FieldConversion : public testing::TestWithParam<FieldRow> {};

TEST_P(FieldConversion, IsLenient) {
  const auto converted = convert_value(GetParam().type, *parse_json(GetParam().in));
  if (GetParam().out == nullptr) {
    EXPECT_FALSE(converted);
    return;
  }
  ASSERT_TRUE(converted) << converted.error().message;
  EXPECT_EQ(to_text(*converted), GetParam().out);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, FieldConversion,
    testing::Values(FieldRow{FieldType::Text, "5", "\"5\""}, FieldRow{FieldType::Text, "true", "\"1\""},
                    FieldRow{FieldType::Text, "[]", nullptr}, FieldRow{FieldType::Integer, "\"12\"", "12"},
                    FieldRow{FieldType::Integer, "\"x\"", nullptr}, FieldRow{FieldType::Boolean, "\"true\"", "true"},
                    FieldRow{FieldType::Boolean, "1", "true"}, FieldRow{FieldType::Boolean, "\"maybe\"", nullptr},
                    FieldRow{FieldType::Duration, "90", "90"}, FieldRow{FieldType::Duration, "\"90\"", "90"},
                    FieldRow{FieldType::Duration, "\"1h30m\"", "5400"}, FieldRow{FieldType::Duration, "\"1d\"", "86400"},
                    FieldRow{FieldType::Duration, "-5", nullptr}, FieldRow{FieldType::Duration, "\"1w\"", nullptr},
                    FieldRow{FieldType::TextList, "\"a, b,,c\"", R"(["a","b","c"])"},
                    FieldRow{FieldType::TextArray, "\"a,b\"", R"(["a,b"])"}, FieldRow{FieldType::TextList, "[1,\"x\"]", R"(["1","x"])"},
                    FieldRow{FieldType::Map, "{\"a\":1}", "{\"a\":1}"}, FieldRow{FieldType::Map, "\"x\"", nullptr},
                    FieldRow{FieldType::TextMap, "\"k=v\"", R"({"k":"v"})"}, FieldRow{FieldType::LowerText, "\"AbC\"", "\"abc\""}));

struct TtlRow {
  const char* name;
  TtlRequest request;
  std::int64_t ttl;
  const char* warning;
};

class Ttl : public testing::TestWithParam<TtlRow> {};

TEST_P(Ttl, IsGranted) {
  const auto grant = grant_ttl(GetParam().request);
  if (GetParam().ttl < 0) {
    ASSERT_FALSE(grant);
    EXPECT_EQ(grant.error().message, GetParam().warning);
    return;
  }
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->ttl.count(), GetParam().ttl);
  EXPECT_EQ(grant->warnings.empty() ? "" : grant->warnings.front(), GetParam().warning);
}

constexpr const char* kCapped1h = R"(TTL of "2h" exceeded the effective max_ttl of "1h"; TTL value is capped accordingly)";
INSTANTIATE_TEST_SUITE_P(
    Rows, Ttl,
    testing::Values(
        TtlRow{"system_default", TtlRequest(), 2764800, ""},
        TtlRow{"role", {.role_ttl = seconds(60), .issued = WallTime(), .now = WallTime()}, 60, ""},
        TtlRow{"increment_wins", {.increment = seconds(30), .role_ttl = seconds(600), .issued = WallTime(), .now = WallTime()}, 30, ""},
        TtlRow{"capped", {.increment = seconds(7200), .role_max = seconds(3600), .issued = WallTime(), .now = WallTime()}, 3600, kCapped1h},
        TtlRow{"rest_only",
               {.increment = seconds(7200), .role_max = seconds(7200), .issued = WallTime(), .now = WallTime(seconds(3600))},
               3600, kCapped1h},
        TtlRow{"past", {.role_max = seconds(60), .issued = WallTime(), .now = WallTime(seconds(61))}, -1, "past the max TTL, cannot renew"},
        TtlRow{"period", {.increment = seconds(9), .role_max = seconds(90), .period = seconds(40), .issued = WallTime(), .now = WallTime(seconds(9999))}, 40, ""},
        TtlRow{"period_capped", {.explicit_max = seconds(300), .period = seconds(600), .issued = WallTime(), .now = WallTime()}, 300,
               R"(period of "10m" exceeded the effective max_ttl of "5m"; period value is capped accordingly)"}),
    [](const auto& row) { return row.param.name; });

TEST(Ttl, DurationsAreShort) {
  EXPECT_EQ(short_duration(seconds(3600000)), "1000h");
  EXPECT_EQ(short_duration(seconds(7198)), "1h59m58s");
  EXPECT_EQ(short_duration(seconds(60)), "1m");
  EXPECT_EQ(short_duration(seconds(0)), "0s");
}

TEST(Kv2, DropsOldVersionsAndChecksAndSets) {
  Kv2Secret secret;
  const Kv2Settings mount{.max_versions = 2, .cas_required = false, .delete_version_after = seconds(0)};
  for (int i = 1; i <= 3; ++i) {
    add_version(secret, Json(i), mount, WallTime());
  }
  EXPECT_EQ(secret.version(1), nullptr);
  EXPECT_EQ(secret.oldest, 2);
  EXPECT_EQ(secret.version(0)->data, 3);
  EXPECT_TRUE(check_and_set(*parse_json(R"({"cas":3})"), &secret, true));
  EXPECT_FALSE(check_and_set(*parse_json(R"({"cas":2})"), &secret, false));
  EXPECT_FALSE(check_and_set(Json(), &secret, true));
  EXPECT_TRUE(check_and_set(*parse_json(R"({"cas":0})"), nullptr, true));
  Json target = *parse_json(R"({"a":{"b":1,"c":2},"d":3})");
  merge_patch(target, *parse_json(R"({"a":{"b":null},"d":null,"e":[1]})"));
  EXPECT_EQ(to_text(target), R"({"a":{"c":2},"e":[1]})");
}

TEST(Setup, ReadsLinesContinuationsAndVariables) {
  const Variables variables = [](std::string_view name) -> std::optional<std::string> {
    return name == "V" ? std::optional<std::string>("a\"b\nc") : std::nullopt;
  };
  const auto requests = parse_setup("# c\n\nPOST a/b {\"x\": \\\n  \"${V}\"}\nDELETE /v1/c\n", variables);
  ASSERT_TRUE(requests) << requests.error().message;
  ASSERT_EQ(requests->size(), 2U);
  EXPECT_EQ(requests->front().line, 3U);
  EXPECT_EQ(to_text(*parse_json(requests->front().body)), R"({"x":"a\"b\nc"})");
  EXPECT_EQ(requests->back().path, "c");
  struct Row {
    const char* text;
    const char* error;
  };
  for (const Row& row : {Row{"GETT x", "line 1: unknown method \"GETT\""}, Row{"POST", "line 1: a path is missing after POST"},
                         Row{"POST x {", "line 1: body is not JSON"}, Row{"POST x ${W}", "line 1: ${W} is not set"},
                         Row{"\nPOST x \\", "line 2: the file ends after a '\\'"}}) {
    const auto refused_file = parse_setup(row.text, variables);
    ASSERT_FALSE(refused_file) << row.text;
    EXPECT_EQ(refused_file.error().message.substr(0, std::string(row.error).size()), row.error);
  }
}

/// Answers by script and fails the Nth statement.
class ScriptedSession final : public SqlSession {
 public:
  explicit ScriptedSession(std::size_t fail_at = 0) : fail_at_(fail_at) {}
  std::vector<std::string> seen;
  Result<std::vector<std::string>> query(const std::string& sql, const std::vector<std::string>& /*parameters*/) override {
    seen.push_back(sql);
    if (seen.size() == fail_at_) {
      return invalid("ERROR: no (SQLSTATE 00000)");
    }
    if (sql.starts_with("SELECT exists")) {
      return std::vector<std::string>{"t"};
    }
    if (sql.starts_with("SELECT DISTINCT")) {
      return std::vector<std::string>{"odd\"schema"};
    }
    return sql.starts_with("SELECT current_database") ? std::vector<std::string>{"app"} : std::vector<std::string>{};
  }

 private:
  std::size_t fail_at_;
};

TEST(SqlPlan, ATransactionLeavesNothingBehindWhereverItFails) {
  const SqlPlan plan{.kind = SqlPlan::Kind::Transaction, .statements = {"A", "B"}, .username = ""};
  ScriptedSession good;
  EXPECT_TRUE(run_plan(good, plan));
  EXPECT_EQ(good.seen, (std::vector<std::string>{"BEGIN", "A", "B", "COMMIT"}));
  for (std::size_t nth = 1; nth <= 4; ++nth) {
    ScriptedSession failing(nth);
    const auto done = run_plan(failing, plan);
    ASSERT_FALSE(done) << nth;
    EXPECT_EQ(done.error().message, "failed to execute query: ERROR: no (SQLSTATE 00000)");
    EXPECT_EQ(failing.seen.back() == "ROLLBACK", nth == 2 || nth == 3) << nth;
  }
}

TEST(SqlPlan, RevokesGrantsBeforeItDropsTheRole) {
  const SqlPlan plan{.kind = SqlPlan::Kind::DefaultRevoke, .statements = {}, .username = "v-\"x"};
  ScriptedSession good;
  EXPECT_TRUE(run_plan(good, plan));
  ASSERT_EQ(good.seen.size(), 10U);
  EXPECT_EQ(good.seen[3], "REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA \"odd\"\"schema\" FROM \"v-\"\"x\";");
  EXPECT_EQ(good.seen[8], "REVOKE CONNECT ON DATABASE \"app\" FROM \"v-\"\"x\";");
  EXPECT_EQ(good.seen[9], "DROP ROLE IF EXISTS \"v-\"\"x\";");
  for (std::size_t nth = 1; nth <= 10; ++nth) {
    ScriptedSession failing(nth);
    EXPECT_FALSE(run_plan(failing, plan)) << nth;
    EXPECT_EQ(failing.seen.back().starts_with("DROP ROLE"), nth == 10) << "the role stays, statement " << nth;
  }
}

TEST(SqlPlan, SplitsStatements) {
  EXPECT_EQ(split_statements({" A ; B;; ", "C"}, true), (std::vector<std::string>{"A", "B", "C"}));
  const std::string block = "DO $$ BEGIN A; END $$";
  EXPECT_EQ(split_statements({block}, true), std::vector<std::string>{block});
  EXPECT_EQ(split_statements({block}, false).size(), 2U);
  EXPECT_EQ(split_statements({"SELECT 'END'; B"}, true).size(), 2U) << "quoted";
  EXPECT_EQ(split_statements({"SELECT LEGEND; B"}, true).size(), 2U) << "not a word of its own";
  EXPECT_EQ(split_statements({R"(["A; B","C"])"}, true), (std::vector<std::string>{"A", "B", "C"}));
  EXPECT_EQ(split_statements({"QTsgQg=="}, true), (std::vector<std::string>{"A", "B"})) << "base64";
  EXPECT_EQ(fill_statement("{{name}} {{name}} {{other}}", {{"name", "n"}}), "n n {{other}}");
  EXPECT_EQ(sql_time(WallTime(seconds(1795256612))), "2026-11-21 10:23:32+0000");
}

TEST(Credentials, HaveTheKnownForms) {
  const WallTime now(seconds(1795255407));
  const std::string name = default_username("kubernetes-shop-app", "a-long-role-name", now);
  EXPECT_TRUE(name.starts_with("v-kubernet-a-long-r-")) << name;
  EXPECT_TRUE(name.ends_with("-1795255407") && name.size() == 51) << name;
  const std::string password = default_password();
  EXPECT_EQ(password.size(), 20U);
  EXPECT_NE(password.find('-'), std::string::npos);
  const auto made = username_from_template(R"(x-{{.RoleName | truncate 3 | uppercase}}-{{.DisplayName | replace "-" "_"}}-{{unix_time}})",
                                           "a-b", "role", now);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(*made, "x-ROL-a_b-1795255407");
  for (const char* bad : {"{{.Bad", "{{nosuch}}", "{{.Missing}}", "{{random 0}}"}) {
    EXPECT_FALSE(username_from_template(bad, "a", "b", now)) << bad;
  }
  EXPECT_EQ(fill_url("postgresql://{{username}}:{{password}}@h/d", "u@x", "p/:%", false).expose(), "postgresql://u%40x:p%2F%3A%25@h/d");
  EXPECT_TRUE(has_inline_password("postgresql://u:p@h/d"));
  EXPECT_FALSE(has_inline_password("postgresql://{{username}}:{{password}}@h/d"));
}

TEST(PasswordPolicy, IsParsedAndFollowed) {
  const auto policy = parse_password_policy(R"(length = 12
    rule "charset" { charset = "ab" min-chars = 10 }
    rule "charset" { charset = "0" min-chars = 1 })");
  ASSERT_TRUE(policy) << policy.error().message;
  for (int i = 0; i < 50; ++i) {
    const std::string password = generate_password(*policy);
    EXPECT_EQ(password.size(), 12U);
    EXPECT_EQ(password.find_first_not_of("ab0"), std::string::npos);
    EXPECT_GE(std::count(password.begin(), password.end(), '0'), 1);
    EXPECT_LE(std::count(password.begin(), password.end(), '0'), 2);
  }
  for (const char* bad : {"", "length = 2", "length = 20", R"(length = 8 rule "charset" { charset = "" })", "length = \"x\"",
                          R"(length = 8 rule "other" { charset = "a" })", R"(length = 8 rule "charset" { charset = "a" min-chars = 9 })",
                          R"(length = 8 size = 1 rule "charset" { charset = "a" })"}) {
    EXPECT_FALSE(parse_password_policy(bad)) << bad;
  }
}

TEST(Quotas, CountInWindows) {
  Quotas quotas;
  quotas.put("all", {.path = "", .rate = 100, .interval = seconds(10), .block_interval = seconds(0), .used = 0, .window_start = {}});
  quotas.put("kv", {.path = "kv/", .rate = 2, .interval = seconds(10), .block_interval = seconds(0), .used = 0, .window_start = {}});
  const WallTime start(seconds(1000));
  EXPECT_TRUE(quotas.count("kv/a", start) && quotas.count("kv", start));
  EXPECT_FALSE(quotas.count("kv/a", start + seconds(9)));
  EXPECT_TRUE(quotas.count("other", start)) << "the longest path decides";
  EXPECT_TRUE(quotas.count("kv/a", start + seconds(10))) << "a new window";
}

TEST(Jwt, ChecksTimesAudiencesAndSignatures) {
  const auto key = crypto::KeyPair::generate();
  ASSERT_TRUE(key);
  const Json claims = {{"aud", "vault"}, {"exp", 1000}, {"nbf", 500}, {"kubernetes.io", {{"namespace", "shop"}}}};
  const auto jwt = parse_jwt(sign_jwt(claims, "kid", *key));
  ASSERT_TRUE(jwt);
  EXPECT_TRUE(key->public_key().verify("RS256", jwt->signed_part, jwt->signature));
  EXPECT_FALSE(key->public_key().verify("RS256", jwt->signed_part + "x", jwt->signature));
  EXPECT_FALSE(key->public_key().verify("HS256", jwt->signed_part, jwt->signature));
  EXPECT_FALSE(key->public_key().verify("ES256", jwt->signed_part, jwt->signature));
  EXPECT_TRUE(check_times(jwt->claims, WallTime(seconds(1060)), {.expiry = seconds(60), .not_before = seconds(60)}));
  EXPECT_FALSE(check_times(jwt->claims, WallTime(seconds(1061)), {.expiry = seconds(60), .not_before = seconds(60)}));
  EXPECT_FALSE(check_times(jwt->claims, WallTime(seconds(400)), {.expiry = seconds(60), .not_before = seconds(60)}));
  EXPECT_TRUE(check_audience(jwt->claims, {"other", "vault"}));
  EXPECT_FALSE(check_audience(jwt->claims, {"other"}));
  EXPECT_EQ(claim_at(jwt->claims, "/kubernetes.io/namespace"), "shop");
  EXPECT_TRUE(claim_at(jwt->claims, "/kubernetes.io/none").is_null());
  for (const char* bad : {"", "garbage", "a.b", "a.b.c", "e30.e30.!", "..", "e30.W10.e30"}) {
    EXPECT_FALSE(parse_jwt(bad)) << bad;
  }
  EXPECT_TRUE(glob_match("a*c*", "abcd") && glob_match("*", "") && !glob_match("a*c", "ab") && glob_match("", ""));
}

TEST(Lifecycle, RetriesAtGrowingDistances) {
  EXPECT_EQ(retry_delay(1, 0.5), std::chrono::seconds(20));
  EXPECT_EQ(retry_delay(3, 0.0), std::chrono::seconds(40));
  EXPECT_LE(retry_delay(6, 0.999), std::chrono::seconds(960));
}

}  // namespace
}  // namespace leasehold::devvault

// Words and columns of read, kv get, status and token: a row per shape of answer.
#include "secret_output.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "json_value.h"

namespace leasehold::agent {
namespace {

gotemplate::Value value(std::string_view json) {
  auto parsed = parse_json_value(json);
  EXPECT_TRUE(parsed.has_value()) << json;
  return parsed ? *std::move(parsed) : gotemplate::Value();
}

TEST(Output, JsonKeepsNumbersAndSortsKeys) {
  EXPECT_EQ(pretty_json(value(R"({"b":1e3,"a":[1,-0,{"x":"<y>"}],"c":{},"d":[],"e":null,"f":true})")),
            "{\n  \"a\": [\n    1,\n    -0,\n    {\n      \"x\": \"\\u003cy\\u003e\"\n    }\n  ],\n  \"b\": 1e3,\n  \"c\": {},\n"
            "  \"d\": [],\n  \"e\": null,\n  \"f\": true\n}");
  EXPECT_FALSE(parse_json_value("{").has_value());
}

TEST(Output, Durations) {
  struct Row {
    std::int64_t seconds;
    std::string_view want;
  };
  for (const Row& row : {Row{0, "0s"}, Row{30, "30s"}, Row{60, "1m"}, Row{3599, "59m59s"}, Row{3600, "1h"},
                         Row{5400, "1h30m"}, Row{2764800, "768h"}, Row{3601, "1h0m1s"}}) {
    EXPECT_EQ(short_duration(row.seconds), row.want) << row.seconds;
  }
}

struct SecretRow {
  std::string_view name;
  std::string_view json;
  std::string_view field;
  std::string_view want;
};

TEST(Output, Secrets) {
  const SecretRow rows[] = {
      {"kv version 1", R"({"lease_id":"","lease_duration":2764800,"renewable":false,"data":{"user":"anna","n":1}})", "",
       "Key                 Value\n---                 -----\nrefresh_interval    768h\nn                   1\n"
       "user                anna\n"},
      {"a lease",
       R"({"lease_id":"database/creds/app/x1","lease_duration":3600,"renewable":true,"data":{"password":"p","username":"u"}})", "",
       "Key                Value\n---                -----\nlease_id           database/creds/app/x1\nlease_duration     1h\n"
       "lease_renewable    true\npassword           p\nusername           u\n"},
      {"a look-up",
       R"({"data":{"creation_ttl":2764800,"expire_time":null,"explicit_max_ttl":0,"meta":{"role":"app"},"policies":["default","x"],"ttl":59,"path":""}})",
       "",
       "Key                 Value\n---                 -----\ncreation_ttl        768h\nexpire_time         <nil>\n"
       "explicit_max_ttl    0s\nmeta                map[role:app]\npath                n/a\npolicies            [default x]\n"
       "ttl                 59s\n"},
      {"a renewed token",
       R"({"auth":{"client_token":"t","accessor":"a","lease_duration":3600,"renewable":true,"token_policies":["default"],"identity_policies":null,"policies":["default"],"metadata":{"role":"app"}},"data":null})",
       "",
       "Key                  Value\n---                  -----\ntoken                t\ntoken_accessor       a\n"
       "token_duration       1h\ntoken_renewable      true\ntoken_policies       [\"default\"]\nidentity_policies    []\n"
       "policies             [\"default\"]\ntoken_meta_role      app\n"},
      {"a field", R"({"data":{"user":"anna"}})", "user", "anna"},
      {"a field of the envelope", R"({"lease_id":"x/1","lease_duration":60,"data":{}})", "lease_id", "x/1"},
      {"a number as a field", R"({"data":{"n":1.50}})", "n", "1.50"},
      {"the content of a KV v2 secret", R"({"data":{"data":{"user":"anna"},"metadata":{}}})", "data", "map[user:anna]"},
      {"the data of any other", R"({"data":{"user":"anna"}})", "data", "map[user:anna]"},
      {"nothing", R"({"data":null})", "", ""},
  };
  for (const SecretRow& row : rows) {
    const auto got = show_secret(value(row.json), {OutputFormat::Table, std::string(row.field)});
    ASSERT_TRUE(got.has_value()) << row.name;
    EXPECT_EQ(*got, row.want) << row.name;
  }
  const auto missing = show_secret(value(R"({"data":{"user":"anna"}})"), {OutputFormat::Table, "usr"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message, "Field \"usr\" not present in secret");
}

TEST(Output, JsonHasTheEnvelopeInItsOrder) {
  const auto got = show_secret(value(R"({"data":{"a":1},"request_id":"r","auth":null,"wrap_info":null,"mount_type":"kv"})"),
                               {OutputFormat::Json, ""});
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(*got,
            "{\n  \"request_id\": \"r\",\n  \"lease_id\": \"\",\n  \"lease_duration\": 0,\n  \"renewable\": false,\n"
            "  \"data\": {\n    \"a\": 1\n  },\n  \"warnings\": null,\n  \"mount_type\": \"kv\"\n}\n");
}

TEST(Output, KvVersion2) {
  const gotemplate::Value secret = value(
      R"({"data":{"data":{"password":"x"},"metadata":{"created_time":"2026-01-01T00:00:00Z","custom_metadata":null,"deletion_time":"","destroyed":false,"version":1}}})");
  const KvPlace place{true, "secret/data/creds"};
  const auto got = show_kv(secret, place, {});
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(*got,
            "== Secret Path ==\nsecret/data/creds\n\n"
            "======= Metadata =======\nKey                Value\n---                -----\n"
            "created_time       2026-01-01T00:00:00Z\ncustom_metadata    <nil>\ndeletion_time      n/a\n"
            "destroyed          false\nversion            1\n\n"
            "====== Data ======\nKey         Value\n---         -----\npassword    x\n");
  EXPECT_EQ(*show_kv(secret, place, {OutputFormat::Table, "password"}), "x");
  EXPECT_EQ(*show_kv(secret, place, {OutputFormat::Json, "password"}), "\"x\"");
  EXPECT_FALSE(show_kv(secret, place, {OutputFormat::Table, "version"}).has_value());
  const auto short_key = show_kv(value(R"({"data":{"a":"1"}})"), {false, "kv/app"}, {});
  EXPECT_EQ(*short_key, "== Data ==\nKey    Value\n---    -----\na      1\n");
  const auto shorter = show_kv(secret, {true, "secret/data/a"}, {});
  EXPECT_TRUE(shorter->starts_with("== Secret Path ==\nsecret/data/a\n"));
  const auto longer = show_kv(secret, {true, "secret/data/app"}, {});
  EXPECT_TRUE(longer->starts_with("= Secret Path =\nsecret/data/app\n"));
  const auto plain = show_kv(value(R"({"lease_duration":60,"data":{"foo":"a"}})"), {false, "kv/app"}, {});
  EXPECT_EQ(*plain, "=== Data ===\nKey    Value\n---    -----\nfoo    a\n");
}

TEST(Output, Status) {
  const gotemplate::Value open = value(
      R"({"type":"shamir","initialized":true,"sealed":false,"t":1,"n":1,"progress":0,"nonce":"","version":"1.17.2","build_date":"d","storage_type":"inmem","cluster_name":"c","cluster_id":"i","recovery_seal":false,"migration":false})");
  EXPECT_EQ(*show_status(open, value(R"({"ha_enabled":false})"), {}),
            "Key             Value\n---             -----\nSeal Type       shamir\nInitialized     true\nSealed          false\n"
            "Total Shares    1\nThreshold       1\nVersion         1.17.2\nBuild Date      d\nStorage Type    inmem\n"
            "Cluster Name    c\nCluster ID      i\nHA Enabled      false\n");
  EXPECT_EQ(*show_status(open, {}, {OutputFormat::Table, "version"}), "1.17.2");
  const gotemplate::Value sealed = value(R"({"type":"shamir","initialized":true,"sealed":true,"t":3,"n":5,"progress":1,"nonce":"","version":"1"})");
  EXPECT_EQ(*show_status(sealed, {}, {}),
            "Key                Value\n---                -----\nSeal Type          shamir\nInitialized        true\n"
            "Sealed             true\nTotal Shares       5\nThreshold          3\nUnseal Progress    1/3\n"
            "Unseal Nonce       n/a\nVersion            1\nHA Enabled         false\n");
  EXPECT_EQ(*show_status(value(R"({"sealed":true,"type":"x","zz":1})"), {}, {OutputFormat::Json, ""}),
            "{\n  \"type\": \"x\",\n  \"sealed\": true,\n  \"ha_enabled\": false,\n  \"zz\": 1\n}\n");
}

TEST(Output, Warnings) {
  EXPECT_EQ(warnings_text(value(R"({"warnings":null})")), "");
  EXPECT_EQ(warnings_text(value(R"({"warnings":["one two"]})")),
            "WARNING! The following warnings were returned from Vault:\n\n  * one two\n\n");
}

}  // namespace
}  // namespace leasehold::agent

#include <gtest/gtest.h>

#include "acl.h"
#include "policies.h"

namespace leasehold::devvault {
namespace {

struct ParseRow {
  const char* text;
  const char* error;  ///< "" = accepted
};

class PolicyText : public testing::TestWithParam<ParseRow> {};

TEST_P(PolicyText, IsAcceptedOrRefusedWithTheReason) {
  const auto rules = parse_policy(GetParam().text);
  if (*GetParam().error == '\0') {
    ASSERT_TRUE(rules) << rules.error().message;
    return;
  }
  ASSERT_FALSE(rules);
  EXPECT_NE(rules.error().message.find(GetParam().error), std::string::npos) << rules.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PolicyText,
    testing::Values(ParseRow{"", ""}, ParseRow{"# nothing\n", ""},
                    ParseRow{R"(path "a/*" { capabilities = ["read", "list"] })", ""},
                    ParseRow{R"({"path":{"a":{"capabilities":["read"]},"b":{"policy":"write"}}})", ""},
                    ParseRow{R"(path "x" { policy = "sudo" })", ""},
                    ParseRow{R"(path "x" { capabilities = ["fly"] })", R"(path "x": invalid capability "fly")"},
                    ParseRow{R"(path "x" { policy = "fly" })", R"(path "x": invalid policy "fly")"},
                    ParseRow{R"(path "x/+*" { capabilities = ["read"] })", "invalid use of wildcards ('+*' is forbidden)"},
                    ParseRow{R"(path "x" { capability = ["read"] })", "invalid key"}, ParseRow{"rules = 1", "invalid key"},
                    ParseRow{R"(path "x" { capabilities = ["read"] )", " "}),
    [](const auto& row) { return "Row" + std::to_string(row.index); });

struct MatchRow {
  const char* rule;
  const char* path;
  bool matches;
};

class RulePath : public testing::TestWithParam<MatchRow> {};

TEST_P(RulePath, Matches) { EXPECT_EQ(rule_matches(GetParam().rule, GetParam().path), GetParam().matches); }

INSTANTIATE_TEST_SUITE_P(Rows, RulePath,
                         testing::Values(MatchRow{"a/*", "a/b", true}, MatchRow{"a/*", "a/b/c", true},
                                         MatchRow{"a/*", "a", false}, MatchRow{"a/*", "ab", false},
                                         MatchRow{"a/b*", "a/bc/d", true}, MatchRow{"a/+/c", "a/b/c", true},
                                         MatchRow{"a/+/c", "a/b/x/c", false}, MatchRow{"a/+/c", "a/b/c/d", false},
                                         MatchRow{"+/b", "a/b", true}, MatchRow{"a/+/*", "a/b/c", true},
                                         MatchRow{"a/+/*", "a/b", false}, MatchRow{"*", "anything/at/all", true},
                                         MatchRow{"a/+", "a/b", true}, MatchRow{"a/+", "a/b/c", false}));

Acl acl(std::string_view text) {
  auto rules = parse_policy(text);
  EXPECT_TRUE(rules);
  return {rules ? *rules : std::vector<Rule>(), false};
}

Call call(Operation operation, const std::string& path, Json data = Json::object()) {
  Call made;
  made.operation = operation;
  made.path = path;
  made.data = std::move(data);
  return made;
}

TEST(Acl, OnlyTheWinningRuleCounts) {
  const Acl judged = acl(R"(path "a/*" { capabilities = ["deny"] }
                            path "a/b/*" { capabilities = ["read"] }
                            path "a/b/exact" { capabilities = ["list"] }
                            path "a/+/c" { capabilities = ["update"] })");
  EXPECT_TRUE(judged.judge(call(Operation::Read, "a/b/x"), kRead).allowed) << "the longer prefix beats the deny";
  EXPECT_FALSE(judged.judge(call(Operation::Read, "a/x"), kRead).allowed);
  EXPECT_FALSE(judged.judge(call(Operation::Read, "a/b/exact"), kRead).allowed) << "the exact rule hides the prefix";
  EXPECT_FALSE(judged.judge(call(Operation::Read, "other"), kRead).allowed);
  EXPECT_EQ(capability_names(judged.capabilities("a/q/c")), std::vector<std::string>{"update"});
}

TEST(Acl, UnitesTheSamePathAndDenyWins) {
  EXPECT_EQ(acl(R"(path "a" { capabilities = ["read"] } path "a" { capabilities = ["update"] })").capabilities("a"),
            kRead | kUpdate);
  EXPECT_EQ(acl(R"(path "a" { capabilities = ["read"] } path "a" { capabilities = ["deny"] })").capabilities("a"), kDeny);
}

TEST(Acl, ServesListsWithAndWithoutSlash) {
  for (const char* rule : {"a/dir", "a/dir/"}) {
    const Acl judged = acl("path \"" + std::string(rule) + R"(" { capabilities = ["list"] })");
    EXPECT_TRUE(judged.judge(call(Operation::List, "a/dir/"), kList).allowed) << rule;
    EXPECT_FALSE(judged.judge(call(Operation::List, "a/dir/sub/"), kList).allowed) << rule;
  }
}

TEST(Acl, JudgesParameters) {
  const Acl judged = acl(R"(path "p" { capabilities = ["update"] allowed_parameters = { "a" = [] "b" = ["x", "y*"] }
                            denied_parameters = { "c" = [] } }
                            path "r" { capabilities = ["update"] required_parameters = ["k"] })");
  const auto allowed = [&](const char* path, const char* data) {
    return judged.judge(call(Operation::Write, path, *parse_json(data)), kUpdate).allowed;
  };
  EXPECT_TRUE(allowed("p", R"({"a":1})"));
  EXPECT_TRUE(allowed("p", R"({"b":"yes"})"));
  EXPECT_FALSE(allowed("p", R"({"b":"no"})"));
  EXPECT_FALSE(allowed("p", R"({"c":"1"})"));
  EXPECT_FALSE(allowed("p", R"({"d":"1"})"));
  EXPECT_FALSE(allowed("r", R"({"d":"1"})"));
  EXPECT_TRUE(allowed("r", R"({"k":"1"})"));
}

TEST(Templates, AreFilledOrDropTheRule) {
  const std::map<std::string, std::string> identity = {{"identity.entity.id", "e-1"}, {"identity.entity.name", "a*"}};
  std::string path = "kv/{{identity.entity.id}}/{{ identity.entity.id }}";
  EXPECT_TRUE(fill_templates(path, identity));
  EXPECT_EQ(path, "kv/e-1/e-1");
  for (const char* bad : {"{{identity.nonsense}}", "{{identity.entity.name}}", "{{identity.entity.id"}) {
    std::string dropped = bad;
    EXPECT_FALSE(fill_templates(dropped, identity)) << bad;
  }
}

TEST(Policies, KeepsTheNamesThatMustNotChange) {
  Policies policies{WallTime()};
  for (const char* name : {"root", "response-wrapping"}) {
    EXPECT_FALSE(policies.put(name, "", WallTime()));
    EXPECT_FALSE(policies.remove(name));
  }
  EXPECT_FALSE(policies.remove("default"));
  EXPECT_TRUE(policies.put("default", "", WallTime()));
  EXPECT_EQ(token_policies({" B ", "a", "A"}, true), (std::vector<std::string>{"a", "b", "default"}));
  EXPECT_EQ(token_policies({"a", "root"}, true), std::vector<std::string>{"root"});
}

}  // namespace
}  // namespace leasehold::devvault

// The state file: what is written can be read, what is broken or foreign is not used, and what a reader
// goes on with.
#include "state_data.h"

#include <gtest/gtest.h>

#include "leasehold/base/encoding.h"

namespace leasehold::agent {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Clock::WallTime kNow{seconds(1'795'251'786)};

StateBinding binding() { return {{"address", "https://vault.example:8200/v1/"}, {"pod_uid", "8d2f-uid-of-the-pod"}}; }

StateData full_state() {
  StateData state;
  state.binding = binding();
  state.token = SavedToken{.value = SecretString("hvs.token-of-the-state-test"),
                           .accessor = "accessor-of-the-token",
                           .renewable = true,
                           .granted = seconds(3600),
                           .granted_at = kNow - seconds(60)};
  state.secrets.push_back({.name = "vault.read(database/creds/app)",
                           .body = SecretString(R"({"lease_id":"database/creds/app/1","data":{"password":"p\"<w>"}})"),
                           .lease_id = "database/creds/app/1",
                           .granted = seconds(60),
                           .granted_at = kNow,
                           .due_at = kNow + hours(1)});
  state.drains.push_back({.lease_id = "database/creds/app/0", .until = kNow + seconds(30)});
  state.superseded.emplace_back("hvs.token-of-a-run-that-was-cut-off");
  return state;
}

TEST(StateData, IsReadAsItWasWritten) {
  const SecretString text = format_state(full_state());
  const auto read = parse_state(text.expose());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(format_state(*read).expose(), text.expose());
  EXPECT_EQ(read->secrets.at(0).body.expose(), full_state().secrets.at(0).body.expose());
  EXPECT_EQ(read->token->granted_at, kNow - seconds(60));
}

TEST(StateData, BrokenFilesAreRefusedWithoutContent) {
  const std::string whole(format_state(full_state()).expose());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto read = parse_state(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(read) << length;
    ASSERT_EQ(read.error().message.find("hvs."), std::string::npos);
  }
  for (const char* text : {"", "{}", "[]", "null", R"({"version":"2"})", R"({"version":1})",
                           R"({"version":"1","token":{"value":""}})", R"({"version":"1","secrets":[{}]})"}) {
    EXPECT_FALSE(parse_state(text)) << text;
  }
  EXPECT_TRUE(parse_state(R"({"version":"1","secrets":{"name":"n","body":"b"},"token":7,"drains":[3]})"));
}

TEST(StateData, GoesOnWithWhatIsOurs) {
  const Resumption plan = plan_resumption(full_state(), binding(), kNow);
  EXPECT_EQ(plan.reason, "");
  ASSERT_TRUE(plan.state.token);
  EXPECT_EQ(plan.state.secrets.size(), 1U);
}

TEST(StateData, AForeignStateIsNotTouched) {
  StateBinding other = binding();
  other["pod_uid"] = "uid-of-another-pod";
  const Resumption plan = plan_resumption(full_state(), other, kNow);
  EXPECT_EQ(plan.reason, "it belongs to another pod_uid");
  EXPECT_FALSE(plan.state.token);
  EXPECT_TRUE(plan.state.superseded.empty()) << "another pod's tokens are not ours to revoke";
  EXPECT_EQ(plan.state.binding, other);
}

TEST(StateData, AReadThatWasCutOffSupersedesTheToken) {
  StateData state = full_state();
  state.pending.emplace_back("vault.read(database/creds/other)");
  const Resumption plan = plan_resumption(std::move(state), binding(), kNow);
  EXPECT_FALSE(plan.state.token);
  EXPECT_TRUE(plan.state.secrets.empty());
  ASSERT_EQ(plan.state.superseded.size(), 2U);
  EXPECT_EQ(plan.state.superseded[1].expose(), "hvs.token-of-the-state-test");
}

TEST(StateData, AnEndedTokenIsNotUsed) {
  const Resumption plan = plan_resumption(full_state(), binding(), kNow + hours(2));
  EXPECT_EQ(plan.reason, "its token has ended");
  EXPECT_FALSE(plan.state.token);
}

TEST(StateData, ClaimsOfTokens) {
  const auto jwt = [](std::string_view payload) { return "e30." + base64url_encode(payload) + ".c2ln"; };
  const StateBinding projected = claims_of(jwt(
      R"({"aud":["x"],"kubernetes.io":{"namespace":"demo","node":{"name":"n"},"pod":{"name":"app-1","uid":"u-1"},)"
      R"("serviceaccount":{"name":"app","uid":"u-2"}},"sub":"system:serviceaccount:demo:app"})"));
  EXPECT_EQ(projected, (StateBinding{{"namespace", "demo"},
                                     {"pod", "app-1"},
                                     {"pod_uid", "u-1"},
                                     {"service_account", "app"},
                                     {"subject", "system:serviceaccount:demo:app"}}));
  const StateBinding legacy = claims_of(jwt(
      R"({"kubernetes.io/serviceaccount/namespace":"demo","kubernetes.io/serviceaccount/service-account.name":"app"})"));
  EXPECT_EQ(legacy, (StateBinding{{"namespace", "demo"}, {"service_account", "app"}}));
  for (const std::string& text : {std::string(), std::string("a.b"), std::string("a.!.c"), jwt("{"), jwt("[1]"), jwt("7")}) {
    EXPECT_TRUE(claims_of(text).empty()) << text;
  }
}

struct KeptRow {
  const char* what;
  unsigned status;
  const char* body;
  KeptToken want;
};

TEST(StateData, JudgesTheKeptToken) {
  const KeptRow rows[] = {
      {"alive", 200, R"({"data":{"ttl":5}})", KeptToken::Lives},
      {"dead", 403, R"({"errors":["permission denied"]})", KeptToken::Dead},
      {"may not look itself up", 403, R"({"errors":["1 error occurred:\n\t* permission denied\n\n"]})", KeptToken::Lives},
      {"sealed", 503, R"({"errors":["Vault is sealed"]})", KeptToken::Unknown},
      {"a proxy's page", 404, "<html>", KeptToken::Unknown},
      {"half an answer", 200, R"({"data":{"ttl)", KeptToken::Unknown},
  };
  for (const auto& row : rows) {
    http::Response response{.status = row.status, .headers = {}, .body = SecretString(row.body)};
    const Result<vault::Answer> answer = vault::parse_answer(std::move(response));
    EXPECT_EQ(judge_kept_token(answer), row.want) << row.what;
  }
  EXPECT_EQ(judge_kept_token(transient("connection refused")), KeptToken::Unknown);
}

}  // namespace
}  // namespace leasehold::agent

#include "leasehold/vault/answer.h"

#include <gtest/gtest.h>

#include "leasehold/vault/advice.h"

namespace leasehold::vault {
namespace {

http::Response response(unsigned status, std::string_view body) {
  http::Response out;
  out.status = status;
  out.body = SecretString(body);
  return out;
}

TEST(ParseAnswer, Login) {
  const Answer answer = parse_answer(response(
      200, R"({"request_id":"x","lease_id":"","renewable":false,"lease_duration":0,"data":null,"warnings":["w1","w2"],
      "auth":{"client_token":"s.abcdefghijklmnopqrstuvwx","accessor":"acc","policies":["a"],"metadata":{"renewable":"no"},
      "lease_duration":300,"renewable":true,"token_type":"service"}})"));
  ASSERT_TRUE(answer.auth);
  EXPECT_EQ(answer.auth->client_token.expose(), "s.abcdefghijklmnopqrstuvwx");
  EXPECT_EQ(answer.auth->lease_duration.count(), 300);
  EXPECT_TRUE(answer.auth->renewable);
  EXPECT_FALSE(answer.renewable);
  EXPECT_FALSE(answer.has_data);
  EXPECT_EQ(answer.warnings, (std::vector<std::string>{"w1", "w2"}));
}

TEST(ParseAnswer, LeaseAndFacts) {
  const Answer answer = parse_answer(
      response(200, R"({"lease_id":"database/creds/app/x","renewable":true,"lease_duration":60,"auth":null,
      "data":{"password":"pw","username":"u","ttl":7,"options":{"version":"2"},"list":[{"ttl":9}],"deep":{"ttl":8}}})"));
  EXPECT_EQ(answer.lease_id, "database/creds/app/x");
  EXPECT_TRUE(answer.renewable);
  EXPECT_TRUE(answer.has_data);
  EXPECT_FALSE(answer.auth);
  EXPECT_EQ(answer.fact("ttl"), "7");
  EXPECT_EQ(answer.fact("options.version"), "2");
  EXPECT_EQ(answer.facts.size(), 2U) << "only what decisions need is kept";
}

TEST(ParseAnswer, NotJson) {
  const Answer answer = parse_answer(response(502, "<html>bad gateway</html>"));
  EXPECT_FALSE(answer.is_json);
  const Error error = failure(answer, "GET", "http://v/v1/x", "");
  EXPECT_EQ(error.kind, ErrorKind::Transient);
  EXPECT_EQ(error.message, "Error making API request.\n\nURL: GET http://v/v1/x\nCode: 502. Raw Message:\n\n<html>bad gateway</html>");
}

TEST(ParseAnswer, HalfAnEnvelopeSaysNothing) {
  const Answer answer = parse_answer(response(200, R"({"auth":{"client_token":"hvs.cut","lease_duration":60},"lease_id":"a/1","da)"));
  EXPECT_FALSE(answer.is_json);
  EXPECT_FALSE(answer.auth);
  EXPECT_EQ(answer.lease_id, "");
  EXPECT_EQ(answer.status, 200U);
}

TEST(Failure, NeverQuotesAGoodAnswer) {
  const Answer answer = parse_answer(response(200, R"({"auth":{"client_token":"hvs.cut)"));
  EXPECT_EQ(failure(answer, "PUT", "http://v/v1/x", "").message.find("hvs.cut"), std::string::npos);
}

TEST(Renewal, OnlyTheServersOwnWordIsFinal) {
  const struct {
    unsigned status;
    const char* body;
    bool final;
  } rows[] = {{400, R"({"errors":["lease not found"]})", true}, {403, R"({"errors":["permission denied"]})", true},
              {200, R"({"renewable":false})", true},             {404, R"({"errors":[]})", false},
              {400, "<html>", false},                            {403, "<html>", false},
              {412, R"({"errors":["x"]})", false},               {473, "", false},
              {503, R"({"errors":["Vault is sealed"]})", false}, {200, "<html>login</html>", false}};
  for (const auto& row : rows) {
    EXPECT_EQ(refuses_for_good(parse_answer(response(row.status, row.body))), row.final) << row.status << " " << row.body;
  }
}

TEST(Failure, TextAndKind) {
  const struct { unsigned status; ErrorKind kind; } rows[] = {
      {400, ErrorKind::Invalid}, {403, ErrorKind::Denied},    {404, ErrorKind::NotFound}, {412, ErrorKind::Transient},
      {429, ErrorKind::Transient}, {473, ErrorKind::Transient}, {500, ErrorKind::Transient}, {501, ErrorKind::Invalid},
      {503, ErrorKind::Transient},
  };
  for (const auto& row : rows) {
    const Answer answer = parse_answer(response(row.status, R"({"errors":["one","two"]})"));
    const Error error = failure(answer, "PUT", "http://v/v1/x", "ns1/");
    EXPECT_EQ(error.kind, row.kind) << row.status;
    EXPECT_EQ(error.message, "Error making API request.\n\nNamespace: ns1/\nURL: PUT http://v/v1/x\nCode: " +
                                 std::to_string(row.status) + ". Errors:\n\n* one\n* two");
  }
}

TEST(Denials, DeadTokenAgainstPolicy) {
  const struct { unsigned status; std::string_view body; Denial want; } rows[] = {
      {403, R"({"errors":["permission denied"]})", Denial::DeadToken},
      {403, R"({"errors":["bad token"]})", Denial::DeadToken},
      {403, R"({"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]})", Denial::DeadToken},
      {403, R"({"errors":["1 error occurred:\n\t* permission denied\n\n"]})", Denial::Policy},
      {403, R"({"errors":["preflight capability check returned 403"]})", Denial::Policy},
      {400, R"({"errors":["permission denied"]})", Denial::None},
  };
  for (const auto& row : rows) EXPECT_EQ(denial_of(parse_answer(response(row.status, row.body))), row.want) << row.body;
}

TEST(Advice, NamesTheLikelyCause) {
  const auto text = [](std::string_view operation, unsigned status, std::string_view error) {
    return advice(operation, "p", parse_answer(response(status, R"({"errors":[")" + std::string(error) + R"("]})")));
  };
  EXPECT_NE(text("login", 400, "invalid role name \\\"x\\\"").find("role does not exist"), std::string::npos);
  EXPECT_NE(text("read", 503, "Vault is sealed").find("unseal"), std::string::npos);
  EXPECT_NE(text("read", 403, "1 error occurred").find("do not allow read on p"), std::string::npos);
  EXPECT_EQ(text("renew", 400, "whatever"), "");
}

TEST(WrapInfo, IsTakenOutAndWrittenAsTheSinksHoldIt) {
  const auto answer = parse_answer(response(200, R"({"wrap_info":{"token":"s.w","accessor":"a","ttl":120,)"
                                                 R"("creation_time":"2026-11-21T10:03:27.5Z","creation_path":"p","wrapped_accessor":"b"}})"));
  ASSERT_TRUE(answer.wrap_info);
  EXPECT_EQ(wrap_info_text(*answer.wrap_info).expose(),
            R"({"token":"s.w","accessor":"a","ttl":120,"creation_time":"2026-11-21T10:03:27.5Z","creation_path":"p",)"
            "\"wrapped_accessor\":\"b\"}\n");
  EXPECT_FALSE(parse_answer(response(200, R"({"wrap_info":null,"data":{"token":"x"}})")).wrap_info);
}

TEST(RetryAfter, SecondsOrDate) {
  const auto read = [](std::string_view after, std::string_view date) {
    http::Headers headers;
    if (!after.empty()) headers.set("Retry-After", after);
    if (!date.empty()) headers.set("Date", date);
    return retry_after(headers);
  };
  using std::chrono::seconds;
  EXPECT_EQ(read("", ""), std::nullopt);
  EXPECT_EQ(read("7", ""), seconds(7));
  EXPECT_EQ(read("-1", ""), std::nullopt);
  EXPECT_EQ(read("999999", ""), seconds(3600));
  EXPECT_EQ(read("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT"), seconds(30));
  EXPECT_EQ(read("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 09:49:07 GMT"), seconds(0));
  EXPECT_EQ(read("Sun, 06 Nov 1994 08:49:37 GMT", ""), std::nullopt) << "our clock may be wrong";
  EXPECT_EQ(read("soon", "Sun, 06 Nov 1994 08:49:07 GMT"), std::nullopt);
}

TEST(Cause, IsOneLineWithoutTheRequest) {
  const auto answer = parse_answer(response(400, R"({"errors":["1 error occurred:\n\t* invalid role name \"x\"\n\n"]})"));
  EXPECT_EQ(cause_of(failure(answer, "PUT", "http://v/v1/auth/k/login", "").message),
            "400: 1 error occurred: invalid role name \"x\"");
  EXPECT_EQ(cause_of(failure(parse_answer(response(404, "")), "PUT", "http://v", "").message), "404:");
  EXPECT_EQ(cause_of("dial tcp: connection refused"), "dial tcp: connection refused");
}

struct AdviceRow {
  const char* operation;
  const char* path;
  unsigned status;
  const char* error;
  const char* want;  ///< part of the advice
};

TEST(Advice, SaysHowToPutItRight) {
  constexpr const char* kPolicy = "1 error occurred:\\n\\t* permission denied\\n\\n";
  const AdviceRow rows[] = {
      {"read", "database/creds/app", 403, kPolicy, "add path \"database/creds/app\" { capabilities = [\"read\"] } to a policy of the role"},
      {"read", "secret/app", 403, kPolicy, "the path must have data/ after the mount"},
      {"read", "secret/data/app", 403, kPolicy, "{ capabilities = [\"read\"] } to a policy of the role"},
      {"write", "pki/issue/web", 403, kPolicy, "add path \"pki/issue/web\" { capabilities = [\"update\"] }"},
      {"list", "secret/metadata/", 403, kPolicy, "{ capabilities = [\"list\"] }"},
      {"read", "database/creds/app", 403, "permission denied", "the token is dead"},
      {"read", "database/creds/app", 403, "invalid token", "the token is dead"},
      {"login", "auth/kubernetes", 403, "service account name not authorized", "bound_service_account_names"},
      {"login", "auth/kubernetes", 403, "namespace not authorized", "bound_service_account_namespaces"},
      {"login", "auth/kubernetes", 403, "invalid audience (aud) claim: audience claim does not match any expected audience",
       "audience of the projected token volume"},
      {"login", "auth/kubernetes", 403, "invalid not before (nbf) claim: token not yet valid", "the clocks of the node"},
      {"login", "auth/kubernetes", 403, "invalid expiration time (exp) claim: token is expired", "is its volume still refreshed"},
      {"login", "auth/jwt", 400, "error validating token: error verifying token signature: no known key", "another cluster"},
      {"login", "auth/jwt", 400, "role \\\"x\\\" could not be found", "the role does not exist"},
  };
  for (const AdviceRow& row : rows) {
    const auto said = advice(row.operation, row.path, parse_answer(response(row.status, R"({"errors":[")" + std::string(row.error) + R"("]})")));
    EXPECT_NE(said.find(row.want), std::string::npos) << row.operation << " " << row.error << ": " << said;
  }
}

}  // namespace
}  // namespace leasehold::vault

// The whole core in virtual time, with a scripted database and network.
#include <gtest/gtest.h>

#include "kube_api.h"
#include "leasehold/base/encoding.h"
#include "support/devvault_world.h"

namespace leasehold::test {
namespace {

using devvault::Json;
using devvault::SqlPlan;
using namespace std::chrono_literals;

class DevvaultCore : public testing::Test {
 protected:
  void set_up_database(const std::string& role) {
    ASSERT_EQ(world.ask("POST", "sys/mounts/db", R"({"type":"database"})").status, 204U);
    ASSERT_EQ(world.ask("POST", "db/config/pg",
                        R"({"plugin_name":"postgresql-database-plugin","allowed_roles":"*","username":"u","password":"p@ss",
                            "connection_url":"postgresql://{{username}}:{{password}}@h/d"})").status, 204U);
    ASSERT_EQ(world.ask("POST", "db/roles/app", role).status, 204U);
  }
  std::string new_token(const std::string& body, const std::string& parent = DevvaultWorld::kRoot) {
    const Reply made = world.ask("POST", "auth/token/create", body, parent);
    EXPECT_EQ(made.status, 200U) << made.error();
    return made.status == 200 ? made.body["auth"]["client_token"].get<std::string>() : std::string();
  }
  Reply creds(const std::string& token = DevvaultWorld::kRoot) { return world.ask("GET", "db/creds/app", "", token); }
  Reply lookup(const Reply& lease) {
    return world.ask("PUT", "sys/leases/lookup", R"({"lease_id":")" + lease.body["lease_id"].get<std::string>() + "\"}");
  }

  DevvaultWorld world;
};

constexpr const char* kShortRole = R"({"db_name":"pg","creation_statements":"CREATE ROLE \"{{name}}\" VALID UNTIL '{{expiration}}'","default_ttl":60,"max_ttl":120})";

TEST_F(DevvaultCore, ALeaseIsMadeRenewedAndRevokedAtItsEnd) {
  set_up_database(kShortRole);
  const Reply made = creds();
  ASSERT_EQ(made.status, 200U) << made.error();
  EXPECT_EQ(made.body["lease_duration"], 60);
  EXPECT_EQ(world.databases.urls.front(), "postgresql://u:p%40ss@h/d");
  EXPECT_EQ(world.databases.plans.back().statements.front(),
            "CREATE ROLE \"" + made.data()["username"].get<std::string>() + "\" VALID UNTIL '" +
                devvault::sql_time(world.state.now() + 65s) + "'");
  world.pass(50s);
  EXPECT_EQ(lookup(made).data()["ttl"], 10);
  const Reply renewed = world.ask("PUT", "sys/leases/renew", R"({"increment":600,"lease_id":")" + made.body["lease_id"].get<std::string>() + "\"}");
  EXPECT_EQ(renewed.body["lease_duration"], 70) << "capped by max_ttl";
  EXPECT_EQ(world.databases.plans.back().statements.front().substr(0, 12), "ALTER ROLE \"");
  world.pass(69s);
  EXPECT_EQ(lookup(made).status, 200U);
  world.pass(2s);
  EXPECT_EQ(world.databases.plans.back().kind, SqlPlan::Kind::DefaultRevoke);
  EXPECT_EQ(lookup(made).error(), "invalid lease");
}

TEST_F(DevvaultCore, AFailedRevocationIsTriedAgainAndThenKept) {
  set_up_database(kShortRole);
  const Reply made = creds();
  int attempts = 0;
  world.databases.answer = [&attempts](const SqlPlan& plan) {
    attempts += plan.kind == SqlPlan::Kind::DefaultRevoke ? 1 : 0;
    return Result<void>(transient("connection refused"));
  };
  world.pass(61s);
  EXPECT_EQ(attempts, 1);
  EXPECT_EQ(lookup(made).data()["renewable"], false) << "it still answers while the revocation is pending";
  world.pass(18s);
  EXPECT_EQ(attempts, 1);
  world.pass(2s);
  EXPECT_EQ(attempts, 2) << "20 s later";
  world.pass(15min);
  EXPECT_EQ(attempts, devvault::kRevokeAttemptsMax);
  EXPECT_EQ(world.ask("GET", "sys/leases?type=irrevocable").data()["lease_count"], 1);
  EXPECT_EQ(world.ask("PUT", "sys/leases/revoke-force/db/").status, 400U) << "a path that ends in a slash";
  EXPECT_EQ(world.ask("PUT", "sys/leases/revoke-force/db").status, 204U);
  EXPECT_EQ(lookup(made).status, 400U);
}

TEST_F(DevvaultCore, ARefusedRevocationOnRequestLeavesTheLeaseAsItWas) {
  set_up_database(kShortRole);
  const Reply made = creds();
  world.databases.answer = [](const SqlPlan&) { return Result<void>(invalid("ERROR: no")); };
  const Reply refusal = world.ask("PUT", "sys/leases/revoke", R"({"lease_id":")" + made.body["lease_id"].get<std::string>() + "\"}");
  EXPECT_EQ(refusal.error(), "failed to revoke entry: ERROR: no");
  EXPECT_EQ(lookup(made).data()["renewable"], true);
}

TEST_F(DevvaultCore, ATokenTakesItsChildrenAndTheirLeasesWithIt) {
  set_up_database(kShortRole);
  ASSERT_EQ(world.ask("POST", "sys/policies/acl/p", R"x({"policy":"path \"db/creds/*\" { capabilities = [\"read\"] } path \"auth/token/*\" { capabilities = [\"update\"] }"})x").status, 204U);
  const std::string parent = new_token(R"({"policies":["p"],"ttl":30})");
  const std::string child = new_token(R"({"ttl":"1h"})", parent);
  const Reply lease = creds(child);
  ASSERT_EQ(lease.status, 200U) << lease.error();
  world.pass(29s);
  EXPECT_EQ(world.ask("GET", "auth/token/lookup-self", "", child).status, 200U);
  world.pass(2s);
  EXPECT_EQ(world.ask("GET", "auth/token/lookup-self", "", parent).error(), "permission denied");
  EXPECT_EQ(world.ask("GET", "auth/token/lookup-self", "", child).error(), "permission denied");
  EXPECT_EQ(lookup(lease).error(), "invalid lease");
}

TEST_F(DevvaultCore, EveryUseOfALimitedTokenCounts) {
  const std::string token = new_token(R"({"policies":["default"],"num_uses":2})");
  EXPECT_EQ(world.ask("GET", "secret/data/x", "", token).status, 403U) << "refused, and counted";
  EXPECT_EQ(world.ask("GET", "auth/token/lookup-self", "", token).data()["num_uses"], 0);
  EXPECT_EQ(world.ask("GET", "auth/token/lookup-self", "", token).error(), "permission denied");
}

TEST_F(DevvaultCore, ASealedServerRestsAndLosesNothing) {
  set_up_database(kShortRole);
  const Reply made = creds();
  EXPECT_EQ(world.ask("PUT", "sys/seal").status, 204U);
  EXPECT_EQ(world.ask("GET", "sys/health").status, 503U);
  EXPECT_EQ(world.ask("GET", "auth/token/lookup-self").error(), "Vault is sealed");
  world.pass(90s);
  EXPECT_NE(world.databases.plans.back().kind, SqlPlan::Kind::DefaultRevoke) << "timers rest";
  EXPECT_EQ(world.ask("PUT", "sys/unseal", R"({"key":")" + std::string(64, 'a') + "\"}").status, 400U);
  EXPECT_EQ(world.ask("PUT", "sys/unseal", R"({"key":")" + hex_encode(world.state.seal.key) + "\"}").body["sealed"], false);
  world.pass(2s);
  EXPECT_EQ(world.databases.plans.back().kind, SqlPlan::Kind::DefaultRevoke);
  EXPECT_EQ(world.ask("GET", "sys/health").status, 200U);
}

TEST_F(DevvaultCore, JudgesInOrder) {
  struct Row {
    const char* method;
    const char* path;
    const char* body;
    const char* token;
    unsigned status;
    const char* error;
  };
  const char* root = DevvaultWorld::kRoot;
  for (const Row& row : {
           Row{"POST", "secret/data/x", "{bad", "nonsense", 400, "failed to decode JSON input: "},
           Row{"POST", "secret/data/x/", "{}", "nonsense", 400, "cannot write to a path ending in '/'"},
           Row{"GET", "secret/%2e%2e/x", "", root, 400, "relative paths not supported"},
           Row{"GET", "nothing/x", "", "nonsense", 403, "permission denied"},
           Row{"GET", "nothing/x", "", root, 404, "no handler for route \"nothing/x\". route entry not found."},
           Row{"GET", "sys/nothing", "", root, 404, "1 error occurred:\n\t* unsupported path\n\n"},
           Row{"DELETE", "sys/health", "", "", 405, ""},
           Row{"FOO", "secret/data/x", "", root, 405, ""},
           Row{"POST", "auth/token/create", R"({"num_uses":-1})", root, 400, "number of uses cannot be negative"},
           Row{"PUT", "sys/leases/renew", R"({"lease_id":"x","increment":"-1"})", root, 400, "Field validation failed: "},
       }) {
    const Reply reply = world.ask(row.method, row.path, row.body, row.token);
    EXPECT_EQ(reply.status, row.status) << row.path;
    EXPECT_EQ(reply.error().substr(0, std::string(row.error).size()), row.error) << row.path;
  }
}

/// A login through the pure Kubernetes API, without a socket.
TEST_F(DevvaultCore, KubernetesLoginsFollowTheReview) {
  auto kube = devvault::KubeApi::create();
  ASSERT_TRUE(kube);
  world.outbound.answer = [&](const http::Request& request) {
    http::Request copy;
    copy.method = request.method;
    copy.target = request.target;
    copy.body = request.body.clone();
    return Result<http::Response>(kube->respond(copy, world.state.now()));
  };
  const auto kube_ask = [&](const char* method, const char* target, const std::string& body) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.body = SecretString(body);
    return *devvault::parse_json(kube->respond(request, world.state.now()).body.expose());
  };
  ASSERT_EQ(world.ask("POST", "sys/auth/k", R"({"type":"kubernetes"})").status, 204U);
  ASSERT_EQ(world.ask("POST", "auth/k/config", R"({"kubernetes_host":"http://kube"})").status, 204U);
  ASSERT_EQ(world.ask("POST", "auth/k/role/r", R"({"bound_service_account_names":"web*","bound_service_account_namespaces":"shop","audience":"vault","token_ttl":"1m"})").status, 204U);
  const Json pod = kube_ask("POST", "/api/v1/namespaces/shop/pods", R"({"metadata":{"name":"web-0"}})");
  const auto token = [&](const std::string& spec) {
    const Json answer = kube_ask("POST", "/api/v1/namespaces/shop/serviceaccounts/web/token", R"({"spec":)" + spec + "}");
    return devvault::text_member(devvault::member(answer, "status"), "token");
  };
  const auto login = [&](const std::string& jwt) {
    return world.ask("PUT", "auth/k/login", R"({"role":"R","jwt":")" + jwt + "\"}", "");
  };
  const std::string bound = R"("boundObjectRef":{"kind":"Pod","name":"web-0"})";
  const std::string good = token(R"({"audiences":["vault"],)" + bound + "}");
  const Reply logged_in = login(good);
  ASSERT_EQ(logged_in.status, 200U) << logged_in.error();
  EXPECT_EQ(logged_in.body["auth"]["lease_duration"], 60);
  EXPECT_EQ(login(token(R"({"audiences":["other"]})")).error(),
            "invalid audience (aud) claim: audience claim does not match any expected audience");
  EXPECT_EQ(login(token(R"({"audiences":["vault"],"expirationSeconds":-61})")).error(),
            "invalid expiration time (exp) claim: token is expired");
  EXPECT_EQ(login(token(R"({"audiences":["vault"],"expirationSeconds":-30})")).error(), "permission denied") << "the review";
  kube_ask("DELETE", "/api/v1/namespaces/shop/pods/web-0", "");
  EXPECT_EQ(login(good).error(), "permission denied") << "the pod is gone";
  world.outbound.answer = [](const http::Request&) { return Result<http::Response>(transient("connection refused")); };
  EXPECT_EQ(login(good).error(), "permission denied");
  EXPECT_EQ(login("garbage").error(), "permission denied");
}

}  // namespace
}  // namespace leasehold::test

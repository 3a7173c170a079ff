// Elections against a small world of ConfigMaps, Leases and pods, in virtual time.
#include "leasehold/kube/elector.h"

#include <map>

#include <gtest/gtest.h>

#include "support/api_script.h"
#include "support/loop.h"

namespace leasehold::kube {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using test::ApiAnswer;
using test::ApiRequest;

const std::string kLock = "/api/v1/namespaces/vault/configmaps/vault-k8s-leader";
const std::string kLease = "/apis/coordination.k8s.io/v1/namespaces/vault/leases/vault-k8s-leader";
const std::string kPodPath = "/api/v1/namespaces/vault/pods/";

/// Objects by path, with the API server's rules for create, update and delete.
struct World {
  std::map<std::string, json> objects;
  std::map<std::string, unsigned> refuse;  ///< by start of path: status
  bool away = false;
  int version = 10;

  void add_pod(const std::string& name, const std::string& phase = "Running") {
    objects[kPodPath + name] = {{"metadata", {{"name", name}, {"uid", "uid-" + name}}}, {"status", {{"phase", phase}}}};
  }
  static ApiAnswer status(unsigned code) { return {code, R"({"kind":"Status","message":"no"})"}; }

  Result<ApiAnswer> answer(const ApiRequest& request) {
    if (away) return transient("connection refused");
    const auto blank = request.what.find(' ');
    const std::string method = request.what.substr(0, blank);
    std::string path = request.what.substr(blank + 1);
    for (const auto& [start, code] : refuse) {
      if (path.starts_with(start)) return status(code);
    }
    const json body = request.body.empty() ? json() : json::parse(request.body);
    if (method == "POST") path += "/" + body["metadata"]["name"].get<std::string>();
    const bool exists = objects.contains(path);
    if (method == "POST" && exists) return status(409);
    if (method != "POST" && !exists) return status(404);
    if (method == "GET") return ApiAnswer{200, objects[path].dump()};
    if (method == "DELETE") {
      if (body.contains("preconditions") && body["preconditions"]["uid"] != objects[path]["metadata"]["uid"]) return status(409);
      objects.erase(path);
      return ApiAnswer{200, "{}"};
    }
    const json old = exists ? objects[path] : json();
    if (method == "PUT" && body["metadata"].contains("resourceVersion") &&
        body["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"]) {
      return status(409);
    }
    json made = body;
    made["metadata"]["resourceVersion"] = std::to_string(++version);
    made["metadata"]["uid"] = exists ? old["metadata"]["uid"] : json("uid-" + std::to_string(version));
    objects[path] = made;
    return ApiAnswer{200, made.dump()};
  }
};

class ElectorTest : public ::testing::Test {
 protected:
  ElectorTest() {
    script_.answer = [this](const ApiRequest& request) { return world_.answer(request); };
    client_ = test::scripted_client(script_);
    for (const char* pod : {"a", "b", "peer"}) world_.add_pod(pod);
  }
  ~ElectorTest() override { loop_.cancel(tasks_); }
  Elector& start(const std::string& pod) {
    ElectorSetup setup;
    setup.name_space = "vault";
    setup.pod = pod;
    electors_.push_back(std::make_unique<Elector>(std::move(setup), *client_, script_.clock, [] { return 0.5; }));
    tasks_.spawn(pod, electors_.back()->run([this] { ++changes_; }));
    return *electors_.back();
  }
  /// Looks every 100 ms that no two lead.
  void run_for(seconds time) {
    for (int i = 0; i < time.count() * 10; ++i) {
      script_.clock.run_for(loop_.context(), std::chrono::milliseconds(100));
      int leaders = 0;
      for (const auto& elector : electors_) leaders += elector->is_leader() ? 1 : 0;
      ASSERT_LE(leaders, 1);
    }
  }
  void peer_takes_the_lock() {
    world_.objects[kLock] = {{"metadata", {{"uid", "m1"}, {"ownerReferences", json::array({{{"kind", "Pod"}, {"name", "peer"}, {"uid", "uid-peer"}}})}}}};
  }
  [[nodiscard]] std::string owner() { return world_.objects[kLock]["metadata"]["ownerReferences"][0]["name"]; }

  World world_;
  test::ApiScript script_;
  test::Loop loop_;
  runtime::TaskGroup tasks_{loop_.executor()};
  std::unique_ptr<Client> client_;
  std::vector<std::unique_ptr<Elector>> electors_;
  int changes_ = 0;
};

TEST_F(ElectorTest, TheFirstTakesBothLocks) {
  Elector& a = start("a");
  Elector& b = start("b");
  run_for(seconds(30));
  EXPECT_TRUE(a.is_leader() != b.is_leader());
  const std::string leader = a.is_leader() ? "a" : "b";
  EXPECT_EQ(owner(), leader);
  EXPECT_EQ(world_.objects[kLease]["spec"]["holderIdentity"], leader + "_uid-" + leader);
  EXPECT_EQ(changes_, 1);
  const std::string renewed = world_.objects[kLease]["spec"]["renewTime"];
  EXPECT_EQ(renewed.size(), std::string("2026-11-21T09:03:06.000000Z").size()) << renewed;
}

TEST_F(ElectorTest, FollowsALivingPeerAndLeadsWhenItIsGone) {
  peer_takes_the_lock();
  Elector& a = start("a");
  run_for(seconds(20));
  EXPECT_FALSE(a.is_leader());
  EXPECT_EQ(owner(), "peer");
  world_.objects.erase(kPodPath + "peer");
  run_for(seconds(10));
  EXPECT_TRUE(a.is_leader());
  EXPECT_EQ(owner(), "a");
}

TEST_F(ElectorTest, WithoutTheRightToDeleteTheGarbageCollectorIsWaitedFor) {
  peer_takes_the_lock();
  world_.objects.erase(kPodPath + "peer");
  Elector& a = start("a");
  script_.answer = [this](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.what.starts_with("DELETE")) return World::status(403);
    return world_.answer(request);
  };
  run_for(seconds(10));
  EXPECT_FALSE(a.is_leader());
  world_.objects.erase(kLock);
  run_for(seconds(5));
  EXPECT_TRUE(a.is_leader());
}

TEST_F(ElectorTest, AnEvictedLeaderIsRemoved) {
  peer_takes_the_lock();
  world_.add_pod("peer", "Failed");
  world_.objects[kPodPath + "peer"]["status"]["reason"] = "Evicted";
  Elector& a = start("a");
  run_for(seconds(10));
  EXPECT_TRUE(a.is_leader());
  EXPECT_FALSE(world_.objects.contains(kPodPath + "peer"));
}

TEST_F(ElectorTest, WithoutLeasesTheConfigMapDecides) {
  world_.refuse["/apis/coordination.k8s.io"] = 403;
  Elector& a = start("a");
  start("b");
  run_for(seconds(30));
  EXPECT_TRUE(a.is_leader());
}

TEST_F(ElectorTest, AnApiServerWithoutLeasesIsFine) {
  world_.refuse["/apis/coordination.k8s.io"] = 404;
  Elector& a = start("a");
  run_for(seconds(5));
  EXPECT_TRUE(a.is_leader());
}

TEST_F(ElectorTest, WithoutConfigMapsTheLeaseDecidesAndPassesOn) {
  world_.refuse["/api/v1/namespaces/vault/configmaps"] = 403;
  world_.objects[kLease] = {{"metadata", {{"resourceVersion", "3"}, {"uid", "l"}}}, {"spec", {{"holderIdentity", "other"}, {"leaseDurationSeconds", 15}}}};
  Elector& a = start("a");
  run_for(seconds(10));
  EXPECT_FALSE(a.is_leader());
  run_for(seconds(10));
  EXPECT_TRUE(a.is_leader());
}

TEST_F(ElectorTest, WithNeitherRightNobodyLeadsAndTheProblemIsTold) {
  world_.refuse["/api/v1/namespaces/vault/configmaps"] = 403;
  world_.refuse["/apis/coordination.k8s.io"] = 403;
  Elector& a = start("a");
  run_for(seconds(5));
  EXPECT_FALSE(a.is_leader());
  EXPECT_NE(a.problem().find("see RBAC"), std::string::npos);
}

TEST_F(ElectorTest, WithoutTheApiServerLeadershipEndsBeforeTheLeaseDoes) {
  Elector& a = start("a");
  run_for(seconds(10));
  ASSERT_TRUE(a.is_leader());
  world_.away = true;
  run_for(seconds(11));
  EXPECT_FALSE(a.is_leader());
  world_.away = false;
  run_for(seconds(5));
  EXPECT_TRUE(a.is_leader());
}

TEST_F(ElectorTest, ALostConfigMapIsNoticed) {
  Elector& a = start("a");
  run_for(seconds(5));
  ASSERT_TRUE(a.is_leader());
  peer_takes_the_lock();
  run_for(seconds(6));
  EXPECT_FALSE(a.is_leader());
  EXPECT_EQ(world_.objects[kLease]["spec"]["holderIdentity"], "");
}

TEST_F(ElectorTest, ReleaseLetsTheNextOneLeadAtOnce) {
  Elector& a = start("a");
  run_for(seconds(5));
  ASSERT_TRUE(a.is_leader());
  loop_.cancel(tasks_);
  loop_.run(a.release());
  EXPECT_FALSE(world_.objects.contains(kLock));
  Elector& b = start("b");
  run_for(seconds(3));
  EXPECT_TRUE(b.is_leader());
}

}  // namespace
}  // namespace leasehold::kube

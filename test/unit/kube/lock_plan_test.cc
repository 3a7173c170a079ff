// A row per line of spec/injector.md 6.4, and what keeps two leaders apart.
#include "lock_plan.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace leasehold::kube {
namespace {

using std::chrono::seconds;

const Candidate kSelf{.pod = "injector-1", .uid = "u1"};

LockView held_by(const std::string& pod, const std::string& uid, OwnerView owner = {}) {
  return {.exists = true, .uid = "lock", .owner_pod = pod, .owner_uid = uid, .owner = std::move(owner)};
}
OwnerView living(const std::string& uid) {
  return {.exists = true, .uid = uid, .phase = "Running", .reason = "", .node = "node-a"};
}
OwnerView failed(const std::string& reason) {
  OwnerView owner = living("u0");
  owner.phase = "Failed";
  owner.reason = reason;
  return owner;
}

TEST(LockPlanTest, Steps) {
  OwnerView lost_node = living("u0");
  lost_node.node_is_ready = false;
  OwnerView well = living("u0");
  well.node_is_ready = true;
  struct Row {
    const char* name;
    LockView lock;
    LockStep want;
  };
  const Row rows[] = {
      {"no lock", {}, LockStep::Create},
      {"ours after a restart", held_by("injector-1", "u1"), LockStep::Hold},
      {"our name, another life", held_by("injector-1", "u9"), LockStep::DeleteLock},
      {"a living pod", held_by("injector-0", "u0", living("u0")), LockStep::Follow},
      {"a living pod on a good node", held_by("injector-0", "u0", well), LockStep::Follow},
      {"the pod is gone", held_by("injector-0", "u0"), LockStep::DeleteLock},
      {"another pod of that name", held_by("injector-0", "u0", living("u7")), LockStep::DeleteLock},
      {"evicted", held_by("injector-0", "u0", failed("Evicted")), LockStep::DeletePod},
      {"preempted", held_by("injector-0", "u0", failed("Preempting")), LockStep::DeletePod},
      {"failed", held_by("injector-0", "u0", failed("")), LockStep::DeleteLock},
      {"the node is gone", held_by("injector-0", "u0", lost_node), LockStep::DeleteBoth},
      {"nobody's", held_by("", ""), LockStep::DeleteLock},
  };
  for (const Row& row : rows) EXPECT_EQ(plan_lock(row.lock, kSelf), row.want) << row.name;
}

TEST(LockPlanTest, ReadsWhatTheApiServerSends) {
  const auto lock = read_lock(nlohmann::json::parse(
      R"({"metadata":{"uid":"m","ownerReferences":[{"kind":"Node","name":"n"},{"kind":"Pod","name":"p","uid":"u"}]}})"));
  EXPECT_EQ(lock.owner_pod + lock.owner_uid + lock.uid, "pum");
  for (const char* odd : {"{}", "[]", "null", R"({"metadata":7})", R"({"metadata":{"ownerReferences":"x"}})",
                          R"({"metadata":{"ownerReferences":[7,null]}})"}) {
    EXPECT_EQ(read_lock(nlohmann::json::parse(odd)).owner_pod, "") << odd;
    EXPECT_EQ(read_node_ready(nlohmann::json::parse(odd)), std::nullopt);
  }
}

TEST(LeasePlanTest, ALeaseEndsByOurOwnClock) {
  const runtime::Clock::TimePoint start{seconds(1000)};
  const auto first = read_lease(
      nlohmann::json::parse(R"({"metadata":{"resourceVersion":"1"},"spec":{"holderIdentity":"other","leaseDurationSeconds":15}})"),
      {}, start);
  EXPECT_EQ(plan_lease(first, "me", start + seconds(14)), LeaseStep::Wait);
  EXPECT_EQ(plan_lease(first, "me", start + seconds(15)), LeaseStep::Take);
  const auto same = read_lease(nlohmann::json::parse(R"({"metadata":{"resourceVersion":"1"},"spec":{"holderIdentity":"other"}})"),
                               first, start + seconds(10));
  EXPECT_EQ(same.changed_at, start);
  const auto renewed = read_lease(nlohmann::json::parse(R"({"metadata":{"resourceVersion":"2"},"spec":{"holderIdentity":"other"}})"),
                                  first, start + seconds(10));
  EXPECT_EQ(renewed.changed_at, start + seconds(10));
}

TEST(LeasePlanTest, OursNobodysAndNone) {
  LeaseView lease;
  EXPECT_EQ(plan_lease(lease, "me", {}), LeaseStep::Create);
  lease.exists = true;
  EXPECT_EQ(plan_lease(lease, "me", {}), LeaseStep::Take);
  lease.holder = "me";
  EXPECT_EQ(plan_lease(lease, "me", {}), LeaseStep::Take);
}

}  // namespace
}  // namespace leasehold::kube

// The follower against a scripted API server, in virtual time.
#include <gtest/gtest.h>

#include "leasehold/kube/watch.h"
#include "support/api_script.h"
#include "support/loop.h"

namespace leasehold::kube {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::ApiAnswer;
using test::ApiRequest;

std::string object(const std::string& name, const std::string& version) {
  return R"({"metadata":{"namespace":"n","name":")" + name + R"(","resourceVersion":")" + version + "\"}}";
}
std::string list_of(const std::string& items, const std::string& version) {
  return R"({"metadata":{"resourceVersion":")" + version + R"("},"items":[)" + items + "]}";
}
std::string event(const std::string& type, const std::string& what) {
  return R"({"type":")" + type + R"(","object":)" + what + "}\n";
}

class MirrorTest : public ::testing::Test {
 protected:
  void start() {
    client_ = test::scripted_client(script_);
    MirrorSetup setup;
    setup.resource = kSecrets;
    setup.name_space = "n";
    mirror_ = std::make_unique<Mirror>(std::move(setup), *client_, script_.clock, [] { return 0.5; });
    tasks_.spawn("mirror", mirror_->run([this] { ++changes_; }));
  }
  ~MirrorTest() override { loop_.cancel(tasks_); }
  void run_for(std::chrono::nanoseconds time) { script_.clock.run_for(loop_.context(), time); }
  [[nodiscard]] std::string names() const {
    std::string all;
    for (const auto& [key, value] : mirror_->objects()) all += key + " ";
    return all;
  }

  test::ApiScript script_;
  test::Loop loop_;
  runtime::TaskGroup tasks_{loop_.executor()};
  std::unique_ptr<Client> client_;
  std::unique_ptr<Mirror> mirror_;
  int changes_ = 0;
};

TEST_F(MirrorTest, ListsThenFollows) {
  int watches = 0;
  script_.answer = [&](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.what.find("watch=true") == std::string::npos) return ApiAnswer{200, list_of(object("a", "1"), "5")};
    if (++watches > 1) return transient("over");
    return ApiAnswer{200, event("ADDED", object("b", "6")) + event("DELETED", object("a", "7")) +
                              event("BOOKMARK", R"({"metadata":{"resourceVersion":"9"}})")};
  };
  start();
  run_for(seconds(1));
  EXPECT_EQ(names(), "n/b ");
  EXPECT_TRUE(mirror_->is_filled());
  ASSERT_GE(script_.seen.size(), 3U);
  EXPECT_NE(script_.seen[1].what.find("resourceVersion=5&"), std::string::npos);
  EXPECT_NE(script_.seen[2].what.find("resourceVersion=9&"), std::string::npos);
  EXPECT_GE(changes_, 3);
}

class MirrorErrorTest : public MirrorTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(MirrorErrorTest, OfAnyShapeIsAFailure) {
  int watches = 0;
  script_.answer = [&](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.what.find("watch=true") == std::string::npos) return ApiAnswer{200, list_of(object("a", "1"), "5")};
    if (++watches > 1) return transient("over");
    return ApiAnswer{200, event("ERROR", GetParam())};
  };
  start();
  run_for(seconds(1));
  EXPECT_EQ(names(), "n/a ");
  EXPECT_GE(watches, 1);
}

INSTANTIATE_TEST_SUITE_P(Shapes, MirrorErrorTest,
                         ::testing::Values(R"({"code":"410"})", R"({"code":null})", R"({"code":{}})", R"({"code":-410})", "{}"));

TEST_F(MirrorTest, GoneListsAnewWithoutLosingWhatItHas) {
  bool gone = false;
  int lists = 0;
  script_.answer = [&](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.what.find("watch=true") == std::string::npos) {
      ++lists;
      return ApiAnswer{200, list_of(object(lists == 1 ? "a" : "c", "1"), "5")};
    }
    if (gone) return transient("over");
    gone = true;
    return ApiAnswer{200, event("ERROR", R"({"kind":"Status","code":410,"reason":"Expired"})")};
  };
  start();
  run_for(seconds(1));
  EXPECT_EQ(lists, 2);
  EXPECT_EQ(names(), "n/c ");
}

TEST_F(MirrorTest, PagesAreReadToTheEnd) {
  script_.answer = [&](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.what.find("watch=true") != std::string::npos) return transient("over");
    if (request.what.find("continue=t") != std::string::npos) return ApiAnswer{200, list_of(object("b", "2"), "5")};
    return ApiAnswer{200, R"({"metadata":{"resourceVersion":"5","continue":"t"},"items":[)" + object("a", "1") + "]}"};
  };
  start();
  run_for(std::chrono::milliseconds(10));
  EXPECT_EQ(names(), "n/a n/b ");
}

TEST_F(MirrorTest, AnAbsentServerIsAskedWithBackOff) {
  script_.answer = [](const ApiRequest& /*request*/) -> Result<ApiAnswer> { return transient("connection refused"); };
  start();
  run_for(minutes(10));
  EXPECT_LT(script_.seen.size(), 40U);
  EXPECT_GT(script_.seen.size(), 15U);
  EXPECT_FALSE(mirror_->is_filled());
  EXPECT_NE(mirror_->problem().find("connection refused"), std::string::npos);
  script_.answer = [](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.what.find("watch=true") != std::string::npos) return ApiAnswer{200, ""};
    return ApiAnswer{200, list_of(object("a", "1"), "5")};
  };
  run_for(seconds(40));
  EXPECT_EQ(names(), "n/a ");
  EXPECT_EQ(mirror_->problem(), "");
}

TEST_F(MirrorTest, ResyncListsAnewFromTimeToTime) {
  script_.answer = [](const ApiRequest& request) -> Result<ApiAnswer> {
    if (request.what.find("watch=true") != std::string::npos) return transient("reset");
    return ApiAnswer{200, list_of("", "5")};
  };
  start();
  run_for(minutes(35));
  EXPECT_GE(script_.count("GET /api/v1/namespaces/n/secrets?limit"), 4U);
  EXPECT_LE(script_.count("GET /api/v1/namespaces/n/secrets?limit"), 6U);
}

}  // namespace
}  // namespace leasehold::kube

// The Event on the pod: the object, the pace, and a real HTTPS server in the API server's place.
#include <fstream>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "agent.h"
#include "leasehold/base/encoding.h"
#include "leasehold/http/server.h"
#include "pod_event.h"
#include "pod_events.h"
#include "support/authority.h"
#include "support/loop.h"
#include "support/temp_dir.h"
#include "support/vault_script.h"
#include "support/virtual_clock.h"

namespace leasehold::agent {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kClaims =
    R"({"kubernetes.io":{"namespace":"demo","pod":{"name":"app-1","uid":"u-1"},"serviceaccount":{"name":"app"}}})";

std::string jwt(const std::string& claims) { return "e30." + base64url_encode(claims) + ".c2ln"; }

flags::Environment environment_of(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

const PodIdentity kPod{"demo", "app-1", "u-1"};

TEST(PodEvent, ThePodIsNamedByItsToken) {
  const auto environment = environment_of({{"HOSTNAME", "node-7"}, {"POD_NAMESPACE", "other"}});
  const auto pod = identify_pod(claims_of(jwt(kClaims)), environment, "third");
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->name_space, "demo");
  EXPECT_EQ(pod->name, "app-1");
  EXPECT_EQ(pod->uid, "u-1");
}

TEST(PodEvent, ATokenOfAnOldClusterNamesNoPod) {
  const auto pod = identify_pod({{"namespace", "demo"}}, environment_of({{"HOSTNAME", "app-1"}}), "");
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->name, "app-1");
  EXPECT_EQ(pod->uid, "");
  EXPECT_FALSE(identify_pod({}, environment_of({}), "demo"));
  EXPECT_FALSE(identify_pod({}, environment_of({{"POD_NAME", "app-1"}}), ""));
}

TEST(PodEvent, TheObjectIsAWarningOnThePod) {
  EventNote note{.message = "cannot log in: role \"app\"", .count = 3};
  note.first = runtime::Clock::WallTime(seconds(1'700'000'000) + milliseconds(250));
  note.last = note.first + seconds(90);
  const json event = json::parse(event_object(kPod, note));
  EXPECT_EQ(event["involvedObject"],
            json::parse(R"({"apiVersion":"v1","kind":"Pod","namespace":"demo","name":"app-1","uid":"u-1"})"));
  EXPECT_EQ(event["metadata"]["namespace"], "demo");
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "SecretsNotReady");
  EXPECT_EQ(event["message"], "cannot log in: role \"app\"");
  EXPECT_EQ(event["count"], 3);
  EXPECT_EQ(event["firstTimestamp"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(event["lastTimestamp"], "2023-11-14T22:14:50Z");
  EXPECT_EQ(json::parse(event_patch(note)),
            json::parse(R"({"count":3,"lastTimestamp":"2023-11-14T22:14:50Z","message":"cannot log in: role \"app\""})"));
}

TEST(PodEvent, NamesAndTextsKeepTheirBounds) {
  const PodIdentity longest{"demo", std::string(253, 'a'), "u-1"};
  EXPECT_EQ(event_name(longest).size(), 253U);
  EXPECT_NE(event_name(kPod), event_name({"demo", "app-1", "u-2"})) << "a StatefulSet gives the name again";
  EventNote note{.message = std::string(1023, 'x') + "\xC3\xA4", .count = 1};
  EXPECT_EQ(json::parse(event_patch(note))["message"], std::string(1023, 'x')) << "characters stay whole";
}

TEST(PodEvent, ManyAttemptsAreFewRequests) {
  EventPace pace;
  const EventPace::TimePoint start{std::chrono::hours(1)};
  EXPECT_FALSE(pace.due_in(start));
  pace.told("one", {});
  EXPECT_EQ(pace.due_in(start), seconds(0));
  pace.asked(start);
  pace.written(pace.note());
  EXPECT_FALSE(pace.due_in(start));
  pace.told("one", {});
  EXPECT_EQ(pace.due_in(start), minutes(5)) << "only its count is new";
  pace.told("two", {});
  EXPECT_EQ(pace.due_in(start + seconds(3)), seconds(7));
  EXPECT_EQ(pace.note().count, 3);
  pace.settled();
  EXPECT_FALSE(pace.due_in(start + minutes(6)));
  pace.told("two", {});
  EXPECT_EQ(pace.due_in(start + minutes(6)), seconds(0));
}

/// Answers as it is told to, and keeps what it was asked.
class ApiServer {
 public:
  ApiServer() {
    std::ofstream(folder / "token") << jwt(kClaims) << "\n";
    std::ofstream(folder / "namespace") << "demo";
    std::ofstream(folder / "ca.crt") << authority_.certificate_pem();
    const test::Leaf leaf = authority_.issue("IP:127.0.0.1");
    context_ = *tls::make_server_context(leaf.certificate_pem, SecretString(leaf.key_pem), {});
    http::ServerOptions options;
    options.address = "127.0.0.1";
    options.tls = [this] { return context_; };
    server_ = std::make_unique<http::Server>(loop.executor(), std::move(options),
                                             [this](http::Request request) { return answer(std::move(request)); });
    EXPECT_TRUE(server_->listen());
    loop.tasks().spawn("api server", serve(*this));
  }
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  ~ApiServer() {
    server_->stop(seconds(0));
    while (!ended_) loop.run(test::pause(milliseconds(1)));
  }

  [[nodiscard]] flags::Environment environment() const {
    return environment_of({{"KUBERNETES_SERVICE_HOST", "127.0.0.1"}, {"KUBERNETES_SERVICE_PORT", std::to_string(server_->port())}});
  }
  void wait_for(std::size_t count) {
    for (int i = 0; i < 2000 && requests.size() < count; ++i) loop.run(test::pause(milliseconds(1)));
    ASSERT_GE(requests.size(), count);
    loop.run(test::pause(milliseconds(20)));  // its answer
  }

  test::Loop loop;
  test::TempDir folder;
  std::vector<unsigned> statuses;  ///< one each request, 201 afterwards
  std::vector<http::Request> requests;

 private:
  net::awaitable<http::Response> answer(http::Request request) {
    http::Response response;
    response.status = requests.size() < statuses.size() ? statuses[requests.size()] : 201;
    response.body = SecretString("{}");
    requests.push_back(std::move(request));
    co_return response;
  }
  static net::awaitable<void> serve(ApiServer& self) {
    co_await self.server_->run();
    self.ended_ = true;
  }

  test::Authority authority_;
  std::shared_ptr<tls::Context> context_;
  std::unique_ptr<http::Server> server_;
  bool ended_ = false;
};

class PodEventsTest : public testing::Test {
 protected:
  PodEvents::Setup setup() {
    return {.on = true, .executor = api.loop.executor(), .clock = clock, .environment = api.environment(), .folder = api.folder.path(), .log = {}};
  }
  [[nodiscard]] json body(std::size_t at) const { return json::parse(api.requests[at].body.expose()); }

  ApiServer api;
  runtime::RealClock clock;
};

TEST_F(PodEventsTest, OneEventIsMadeAndThenBroughtUpToDate) {
  PodEvents events(setup());
  runtime::TaskGroup tasks(api.loop.executor());
  tasks.spawn("events", events.run());
  events.tell("cannot log in: role app");
  api.wait_for(1);
  EXPECT_EQ(api.requests[0].method, "POST");
  EXPECT_EQ(api.requests[0].target, "/api/v1/namespaces/demo/events");
  EXPECT_EQ(api.requests[0].headers.get("Authorization"), "Bearer " + jwt(kClaims));
  EXPECT_EQ(body(0)["message"], "cannot log in: role app");
  EXPECT_EQ(body(0)["count"], 1);
  events.tell("cannot log in: role app");
  api.loop.run(test::pause(milliseconds(30)));
  EXPECT_EQ(api.requests.size(), 1U);
  api.loop.cancel(tasks);
  events.tell("cannot log in: another cause");
  api.loop.run(events.run_out(seconds(5)));
  ASSERT_EQ(api.requests.size(), 2U);
  EXPECT_EQ(api.requests[1].method, "PATCH");
  EXPECT_EQ(api.requests[1].target, "/api/v1/namespaces/demo/events/" + event_name(kPod));
  EXPECT_EQ(api.requests[1].headers.get("Content-Type"), "application/merge-patch+json");
  EXPECT_EQ(body(1)["count"], 3);
}

TEST_F(PodEventsTest, TheEventOfAnEarlierRunIsTakenOver) {
  api.statuses = {409, 200};
  PodEvents events(setup());
  events.tell("not rendered");
  api.loop.run(events.run_out(seconds(5)));
  ASSERT_EQ(api.requests.size(), 2U);
  EXPECT_EQ(api.requests[1].method, "PATCH");
}

TEST_F(PodEventsTest, AfterOneRefusalItIsSilent) {
  api.statuses = {403};
  PodEvents events(setup());
  events.tell("one");
  api.loop.run(events.run());  // ends by itself
  events.tell("two");
  api.loop.run(events.run_out(seconds(5)));
  EXPECT_EQ(api.requests.size(), 1U);
}

TEST_F(PodEventsTest, OutsideOfAClusterNothingIsAsked) {
  PodEvents::Setup outside = setup();
  outside.environment = environment_of({});
  PodEvents events(std::move(outside));
  events.tell("one");
  api.loop.run(events.run());
  PodEvents::Setup off = setup();
  off.on = false;
  PodEvents none(std::move(off));
  none.tell("one");
  api.loop.run(none.run());
  EXPECT_TRUE(api.requests.empty());
}

TEST_F(PodEventsTest, AnApiServerThatHangsHoldsUpNobody) {
  net::io_context silent_loop;
  net::ip::tcp::acceptor silent(silent_loop, {net::ip::address_v4::loopback(), 0});  // accepts, says nothing
  PodEvents::Setup hanging = setup();
  hanging.environment = environment_of({{"KUBERNETES_SERVICE_HOST", "127.0.0.1"},
                                        {"KUBERNETES_SERVICE_PORT", std::to_string(silent.local_endpoint().port())}});
  PodEvents events(std::move(hanging));
  events.tell("one");
  const auto start = std::chrono::steady_clock::now();
  api.loop.run(events.run_out(milliseconds(200)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(3));
}

TEST_F(PodEventsTest, AnAgentThatEndsByARefusedLoginSaysWhyOnThePod) {
  test::VaultScript vault(clock);
  vault.answer = [](const test::SeenRequest&) -> Result<http::Response> {
    http::Response response;
    response.status = 400;
    response.body = SecretString(R"({"errors":["invalid role name \"app\""]})");
    return response;
  };
  AgentConfig config;
  config.auto_auth.emplace();
  config.auto_auth->method.type = "kubernetes";
  config.auto_auth->method.mount_path = "auth/kubernetes";
  config.auto_auth->method.exit_on_err = true;
  config.auto_auth->method.has_config = true;
  config.auto_auth->method.config = {{"role", "app"}, {"token_path", api.folder / "token"}};
  config.auto_auth->method.config_kinds = {{"role", ConfigValueKind::Text}, {"token_path", ConfigValueKind::Text}};
  config.termination_message_path = "";
  Agent agent(config, {.executor = api.loop.executor(),
                       .connect = [&](const http::Url&) { return std::make_unique<test::ScriptedTransport>(vault); },
                       .url = *http::parse_url("http://vault.example:8200"),
                       .name_space = "",
                       .clock = clock,
                       .dice = [] { return 0.5; },
                       .log = {},
                       .environment = api.environment(),
                       .command_environment = {},
                       .standard_output = [](std::string_view) {},
                       .service_account_folder = api.folder.path()});
  ASSERT_TRUE(agent.prepare());
  EXPECT_EQ(api.loop.run(agent.run()).exit_code, 1);
  ASSERT_EQ(api.requests.size(), 1U);
  const std::string message = body(0)["message"];
  for (const char* part : {"role app", "auth/kubernetes", "http://vault.example:8200", "invalid role name"}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
  }
}

}  // namespace
}  // namespace leasehold::agent

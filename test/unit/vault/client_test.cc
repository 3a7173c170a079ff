#include "leasehold/vault/client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "support/vault_script.h"
#include "support/virtual_clock.h"

namespace leasehold::vault {
namespace {

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    ClientOptions options;
    options.url = *http::parse_url("http://vault.example:8200/prefix");
    options.connect = [this](const http::Url& url) {
      opened_.push_back(url.scheme + "://" + url.authority() + url.prefix);
      return std::make_unique<test::ScriptedTransport>(script_);
    };
    options.name_space = "ns1/";
    client_ = std::make_unique<Client>(std::move(options));
  }

  Result<Answer> run(net::awaitable<Result<Answer>> call) {
    auto done = net::co_spawn(io_, std::move(call), net::use_future);
    io_.restart();
    io_.run();
    return done.get();
  }

  net::io_context io_{1};
  test::VirtualClock clock_;
  test::VaultScript script_{clock_};
  std::vector<std::string> opened_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, RequestsAsVaultExpectsThem) {
  script_.answer = [](const auto& /*request*/) { return test::json_answer(200, R"({"lease_id":"l","renewable":true,"lease_duration":9})"); };
  const SecretString token("s.a-token-that-is-long-enough");
  const auto answer = run(client_->renew_lease("database/creds/app/x y", token));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->lease_duration.count(), 9);
  ASSERT_EQ(script_.seen.size(), 1U);
  EXPECT_EQ(script_.seen[0].what, "PUT /v1/sys/leases/renew");
  EXPECT_EQ(script_.seen[0].body, R"({"lease_id":"database/creds/app/x y"})");
  EXPECT_EQ(script_.seen[0].token, "s.a-token-that-is-long-enough");
}

TEST_F(ClientTest, PathsAreEscaped) {
  script_.answer = [](const auto& /*request*/) { return test::json_answer(404, R"({"errors":[]})"); };
  const SecretString token("t");
  (void)run(client_->mount_of("secret/a b/ü?x", token));
  EXPECT_EQ(script_.seen[0].what, "GET /v1/sys/internal/ui/mounts/secret/a%20b/%C3%BC%3Fx");
}

TEST_F(ClientTest, FollowsOneRedirectWithMethodBodyAndToken) {
  script_.answer = [this](const test::SeenRequest& request) {
    if (script_.seen.size() > 1) return test::json_answer(200, "{}");
    auto redirect = test::json_answer(307, "");
    redirect->headers.set("Location", "http://other.example:8200/v1/auth/token/renew-self");
    (void)request;
    return redirect;
  };
  const SecretString token("s.a-token-that-is-long-enough");
  const auto answer = run(client_->renew_self(token));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200U);
  ASSERT_EQ(script_.seen.size(), 2U);
  EXPECT_EQ(script_.seen[1].what, "PUT /v1/auth/token/renew-self");
  EXPECT_EQ(script_.seen[1].body, "{}");
  EXPECT_EQ(script_.seen[1].token, script_.seen[0].token);
  EXPECT_EQ(opened_.back(), "http://other.example:8200");
}

TEST_F(ClientTest, ErrorsNameTheRequest) {
  script_.answer = [](const auto& /*request*/) -> Result<http::Response> { return transient("connection refused"); };
  const SecretString token("t");
  const auto answer = run(client_->lookup_self(token));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message,
            "GET http://vault.example:8200/prefix/v1/auth/token/lookup-self: connection refused");
  EXPECT_EQ(client_->failure_of(Answer{}, "GET", "x").message.find("Error making API request.\n\nNamespace: ns1/\n"), 0U);
}

}  // namespace
}  // namespace leasehold::vault

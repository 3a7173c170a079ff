// The server on two threads, with clients on two more, a certificate that changes under them, and a
// shutdown in the middle. Run under the thread sanitizer.
#include "server.h"

#include <fstream>

#include <gtest/gtest.h>

#include "leasehold/http/client.h"
#include "leasehold/runtime/threads.h"
#include "support/injector_settings.h"
#include "support/loop.h"
#include "support/temp_dir.h"

namespace leasehold::injector {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kReview =
    R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","namespace":"demo","object":
    {"metadata":{"annotations":{"vault.hashicorp.com/agent-inject":"true","vault.hashicorp.com/role":"app",
    "vault.hashicorp.com/agent-inject-secret-db":"database/creds/app"}},"spec":{"containers":[{"name":"app",
    "volumeMounts":[{"name":"t","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}]}}}})";

class Running {
 public:
  Running() {
    write_certificate();
    auto settings = test::injector_settings();
    settings->listen = "127.0.0.1:0";
    settings->telemetry_path = "/metrics";
    settings->tls_min_version = "tls12";
    settings->tls_cert_file = folder_ / "tls.crt";
    settings->tls_key_file = folder_ / "tls.key";
    settings->shutdown_delay = milliseconds(200);
    ServerSetup setup;
    setup.settings = settings;
    setup.threads = 2;
    setup.handle_signals = false;
    setup.certificate_poll = milliseconds(20);
    auto made = WebhookServer::create(std::move(setup));
    if (!made) throw std::runtime_error(made.error().message);
    server_ = *std::move(made);
  }

  void write_certificate() {
    const auto made = tls::make_self_signed({"127.0.0.1"}, 1);
    std::ofstream(folder_ / "tls.key") << made->key_pem.expose();
    std::ofstream(folder_ / "tls.crt") << made->certificate_pem;
  }

  WebhookServer& server() { return *server_; }

 private:
  test::TempDir folder_;
  std::unique_ptr<WebhookServer> server_;
};

struct Tally {
  int injected = 0;
  int failed = 0;
  std::string metrics;
};

Result<http::Response> call(test::Loop& loop, http::Client& client, const char* target,
                            const char* body) {
  http::Request request;
  request.method = "POST";
  request.target = target;
  request.headers.set("Content-Type", "application/json");
  request.body = SecretString(body);
  return loop.run(client.send(std::move(request), seconds(20)));
}

std::unique_ptr<http::Client> connect(test::Loop& loop, std::uint16_t port) {
  tls::ClientOptions trust;
  trust.skip_verify = true;
  http::ClientOptions options;
  options.url = *http::parse_url("https://127.0.0.1:" + std::to_string(port));
  options.tls = *tls::make_client_context(trust);
  options.skip_verify = true;
  return std::make_unique<http::Client>(loop.executor(), std::move(options));
}

void load(std::uint16_t port, Tally& tally) {
  test::Loop loop;
  for (int connection = 0; connection < 5; ++connection) {
    const auto client = connect(loop, port);
    for (int i = 0; i < 20; ++i) {
      const auto answer = call(loop, *client, "/mutate", kReview);
      const bool good =
          answer && answer->status == 200 &&
          answer->body.expose().find("\"patchType\":\"JSONPatch\"") != std::string_view::npos;
      ++(good ? tally.injected : tally.failed);
    }
    const auto metrics = call(loop, *client, "/metrics", "");
    if (metrics) tally.metrics = std::string(metrics->body.expose());
  }
}

TEST(ServerTest, TwoThreadsServeReloadAndDrain) {
  Running running;
  const std::uint16_t port = running.server().port();
  Tally first;
  Tally second;
  runtime::run_threads(2, [&](unsigned index) {
    if (index == 0) {
      running.server().run();
      return;
    }
    runtime::run_threads(3, [&](unsigned client) {
      if (client == 0) load(port, first);
      if (client == 1) load(port, second);
      if (client == 2) {
        for (int i = 0; i < 3; ++i) running.write_certificate();
      }
    });
    test::Loop loop;
    const auto last = connect(loop, port);
    const auto metrics = call(loop, *last, "/metrics", "");
    ASSERT_TRUE(metrics);
    const std::string text(metrics->body.expose());
    EXPECT_NE(text.find("{injection_type=\"init_and_sidecar\",namespace=\"demo\"} 200\n"),
              std::string::npos)
        << text;
    running.server().stop();
    // Still served, and told to go, until the delay is over.
    const auto ready = call(loop, *last, "/health/ready", "");
    if (ready && ready->status == 503) EXPECT_EQ(ready->headers.get("Connection"), "close");
  });
  EXPECT_EQ(first.injected + second.injected, 200);
  EXPECT_EQ(first.failed + second.failed, 0);
}

TEST(ServerTest, ASecondStopSkipsTheDelay) {
  Running running;
  running.server().stop();
  running.server().stop();
  const auto start = std::chrono::steady_clock::now();
  running.server().run();
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(150));
}

}  // namespace
}  // namespace leasehold::injector

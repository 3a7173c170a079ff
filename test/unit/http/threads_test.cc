// Two servers on two threads share a port and nothing else, as the injector runs them.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "leasehold/http/client.h"
#include "leasehold/http/server.h"
#include "support/loop.h"

namespace leasehold::http {
namespace {

using std::chrono::seconds;

net::awaitable<Response> hello(Request request) {
  Response response;
  response.body = SecretString("hello " + request.target);
  co_return response;
}

struct Pair {
  std::string certificate;
  std::string key;
};

/// One thread's server, from the first accept to stop().
class ServerThread {
 public:
  ServerThread(const Pair& pair, std::uint16_t port) {
    auto context = tls::make_server_context(pair.certificate, SecretString(pair.key), {});
    ServerOptions options;
    options.port = port;
    options.reuse_port = true;
    options.tls = [context = *context] { return context; };
    server_ = std::make_unique<Server>(loop_.executor(), std::move(options), hello);
    const auto listening = server_->listen();
    if (!listening) throw std::runtime_error(listening.error().message);
    thread_ = std::thread([this] { loop_.run(server_->run()); });
  }
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;
  ~ServerThread() {
    net::post(loop_.context(), [this] { server_->stop(seconds(1)); });
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  test::Loop loop_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

void call_many(const std::string& certificate, std::uint16_t port, int number,
               std::atomic<int>& good) {
  test::Loop loop;
  tls::ClientOptions trust;
  trust.ca_pem = certificate;
  // Several clients, so that the kernel spreads their connections over both servers.
  for (int client = 0; client < 4; ++client) {
    ClientOptions options;
    options.url = *parse_url("https://127.0.0.1:" + std::to_string(port));
    options.tls = *tls::make_client_context(trust);
    Client caller(loop.executor(), std::move(options));
    for (int i = 0; i < 20; ++i) {
      Request request;
      request.target = "/" + std::to_string(number) + "/" + std::to_string(i);
      const std::string want = "hello " + request.target;
      const auto answer = loop.run(caller.send(std::move(request), seconds(20)));
      if (answer && answer->body.expose() == want) ++good;
    }
  }
}

TEST(ThreadsTest, TwoServersShareAPort) {
  auto made = tls::make_self_signed({"127.0.0.1"}, 1);
  ASSERT_TRUE(made);
  const Pair pair{.certificate = made->certificate_pem, .key = std::string(made->key_pem.expose())};
  std::atomic<int> good = 0;
  {
    const ServerThread first(pair, 0);
    const ServerThread second(pair, first.port());
    std::thread one([&] { call_many(pair.certificate, first.port(), 1, good); });
    std::thread two([&] { call_many(pair.certificate, first.port(), 2, good); });
    one.join();
    two.join();
  }
  EXPECT_EQ(good, 160);
}

}  // namespace
}  // namespace leasehold::http

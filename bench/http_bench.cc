// CPU of the HTTP server alone for one keep-alive request: `http-bench [tls|plain] [requests] [body
// bytes]`. The server runs in a child process, whose CPU time is read when it has ended; the client
// only keeps it busy with one request at a time.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leasehold/http/client.h"
#include "leasehold/http/server.h"

namespace {

using namespace leasehold;
namespace net = boost::asio;

net::awaitable<http::Response> hello(http::Request request) {
  http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(request.body);
  co_return response;
}

void rethrow(const std::exception_ptr& exception) {
  if (exception) std::rethrow_exception(exception);
}

net::awaitable<void> call(http::Client& client, int count, std::size_t size) {
  const std::string body(size, 'x');
  for (int i = 0; i < count; ++i) {
    http::Request request;
    request.method = "POST";
    request.target = "/mutate?timeout=30s";
    request.headers = {{"Content-Type", "application/json"},
                       {"User-Agent", "kube-apiserver-admission"}};
    request.body = SecretString(body);
    const auto answer = co_await client.send(std::move(request), std::chrono::seconds(10));
    if (!answer || answer->body.size() != size) {
      std::fprintf(stderr, "%s\n", answer ? "wrong answer" : answer.error().message.c_str());
      std::exit(1);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool over_tls = argc < 2 || std::string(argv[1]) == "tls";
  const int count = argc < 3 ? 20000 : std::atoi(argv[2]);
  const std::size_t size = argc < 4 ? 5700 : static_cast<std::size_t>(std::atoi(argv[3]));
  auto pair = tls::make_self_signed({"127.0.0.1"}, 1);
  http::ServerOptions options;
  if (over_tls) {
    auto context = *tls::make_server_context(pair->certificate_pem, pair->key_pem, {});
    options.tls = [context] { return context; };
  }
  net::io_context io{1};
  http::Server server(io.get_executor(), std::move(options), hello);
  if (!server.listen()) return 1;
  io.notify_fork(net::io_context::fork_prepare);
  const pid_t child = ::fork();
  if (child == 0) {
    io.notify_fork(net::io_context::fork_child);
    net::co_spawn(io, server.run(), rethrow);
    io.run();
    return 0;
  }
  net::io_context client_io{1};
  http::ClientOptions client_options;
  client_options.url = *http::parse_url((over_tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
                                        std::to_string(server.port()));
  tls::ClientOptions trust;
  trust.ca_pem = pair->certificate_pem;
  client_options.tls = *tls::make_client_context(trust);
  http::Client client(client_io.get_executor(), std::move(client_options));
  const auto begin = std::chrono::steady_clock::now();
  net::co_spawn(client_io, call(client, count, size), rethrow);
  client_io.run();
  const std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - begin;
  ::kill(child, SIGTERM);
  rusage used{};
  int status = 0;
  ::wait4(child, &status, 0, &used);
  const auto micros = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  std::printf(
      "%s %d requests of %zu bytes: server CPU %.1f us each (user %.1f, system %.1f), wall %.1f "
      "us\n",
      over_tls ? "tls" : "plain", count, size,
      (micros(used.ru_utime) + micros(used.ru_stime)) / count, micros(used.ru_utime) / count,
      micros(used.ru_stime) / count, wall.count() / count);
  return 0;
}

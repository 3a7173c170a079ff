// A load client for /mutate: keep-alive TLS connections, one blocking thread each, a fixed time.
//   mutate_bench PORT PID REVIEW CONNECTIONS SECONDS
// Prints requests a second, latency, and the CPU time of process PID for one request.
//   mutate_bench --floor CERTIFICATE KEY ANSWER_BYTES
// The least that a server can do on this machine: prints its port, then answers each request with
// ANSWER_BYTES fixed bytes from one blocking thread a connection, until its standard input ends.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "mutate_bench: %s\n", text.c_str());
  std::exit(1);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) fail("cannot read " + path);
  return text.str();
}

/// User and system time in seconds.
double cpu_seconds(const std::string& pid) {
  const std::string text = read_file("/proc/" + pid + "/stat");
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

class Connection {
 public:
  Connection(SSL_CTX* context, int port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      fail("cannot connect");
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, descriptor);
    SSL_set_tlsext_host_name(ssl_, "localhost");
    if (SSL_connect(ssl_) != 1) fail("TLS handshake failed");
  }

  void exchange(const std::string& request) {
    if (SSL_write(ssl_, request.data(), static_cast<int>(request.size())) <= 0)
      fail("write failed");
    std::size_t have = 0;
    std::size_t want = 0;
    while (want == 0 || have < want) {
      const int got =
          SSL_read(ssl_, buffer_.data() + have, static_cast<int>(buffer_.size() - have));
      if (got <= 0) fail("the server closed the connection");
      have += static_cast<std::size_t>(got);
      if (want == 0) want = wanted({buffer_.data(), have});
    }
  }

 private:
  /// Bytes of the whole answer, 0 while its head is incomplete.
  static std::size_t wanted(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!text.starts_with("HTTP/1.1 200")) fail(std::string(text.substr(0, 200)));
    const auto head = text.substr(0, end);
    auto at = head.find("Content-Length: ");
    if (at == std::string_view::npos) at = head.find("content-length: ");
    if (at == std::string_view::npos) fail("an answer without Content-Length");
    return end + 4 +
           static_cast<std::size_t>(std::atoll(std::string(head.substr(at + 16, 12)).c_str()));
  }

  SSL* ssl_ = nullptr;
  std::vector<char> buffer_ = std::vector<char>(1 << 20);
};

/// Reads one request (head and Content-Length bytes), discards it; false at the end of the stream.
bool swallow_request(SSL* ssl, std::vector<char>& buffer) {
  std::size_t have = 0;
  std::size_t want = 0;
  while (want == 0 || have < want) {
    const int got = SSL_read(ssl, buffer.data() + have, static_cast<int>(buffer.size() - have));
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
    const std::string_view text(buffer.data(), have);
    const auto end = text.find("\r\n\r\n");
    if (want != 0 || end == std::string_view::npos) continue;
    const auto length = text.find("Content-Length: ");
    if (length == std::string_view::npos) return false;
    want = end + 4 + static_cast<std::size_t>(std::atoll(buffer.data() + length + 16));
  }
  return true;
}

int serve_floor(const char* certificate, const char* key, std::size_t bytes) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
    fail("cannot read certificate and key");
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 64) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("cannot listen");
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  std::thread([] {
    while (std::getchar() != EOF) {
    }
    std::_Exit(0);
  }).detach();
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
                             std::string(bytes, 'x');
  for (;;) {  // until standard input ends
    const int descriptor = ::accept(listener, nullptr, nullptr);
    if (descriptor < 0) fail("cannot accept");
    std::thread([=] {
      const int on = 1;
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      SSL* ssl = SSL_new(context);
      SSL_set_fd(ssl, descriptor);
      std::vector<char> buffer(1 << 20);
      if (SSL_accept(ssl) == 1) {
        while (swallow_request(ssl, buffer) &&
               SSL_write(ssl, answer.data(), static_cast<int>(answer.size())) > 0) {
        }
      }
      SSL_free(ssl);
      ::close(descriptor);
    }).detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "--floor")
    return serve_floor(argv[2], argv[3], static_cast<std::size_t>(std::atoll(argv[4])));
  if (argc != 6) fail("usage: mutate_bench PORT PID REVIEW CONNECTIONS SECONDS");
  const int port = std::atoi(argv[1]);
  const std::string pid = argv[2];
  const std::string body = read_file(argv[3]);
  const auto connections = static_cast<std::size_t>(std::atoi(argv[4]));
  const std::chrono::duration<double> length(std::atof(argv[5]));
  const std::string request =
      "POST /mutate?timeout=10s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  std::vector<std::vector<double>> times(connections);
  std::vector<Connection> open;
  open.reserve(connections);
  for (std::size_t i = 0; i < connections; ++i) open.emplace_back(context, port);
  for (Connection& connection : open) {
    for (int i = 0; i < 100; ++i) connection.exchange(request);  // warm
  }
  const double cpu_before = cpu_seconds(pid);
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < connections; ++i) {
    threads.emplace_back([&, i] {
      for (auto now = Clock::now(); now - start < length;) {
        open[i].exchange(request);
        const auto after = Clock::now();
        times[i].push_back(std::chrono::duration<double, std::micro>(after - now).count());
        now = after;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  const double cpu = cpu_seconds(pid) - cpu_before;
  std::vector<double> all;
  for (const auto& part : times) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  const auto count = static_cast<double>(all.size());
  std::printf(
      "  %3zu connections  %8.0f requests/s  %6.1f us CPU a request  p50 %6.0f us  p99 %6.0f us\n",
      connections, count / took, cpu / count * 1e6, all[all.size() / 2],
      all[all.size() * 99 / 100]);
  return 0;
}

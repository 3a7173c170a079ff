// One connection, plain or TLS: reads and writes bytes without blocking. TLS runs directly on the
// socket (OpenSSL reads and writes it through a BIO of ours), so that an idle connection holds no
// buffers and no byte is copied twice.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include "leasehold/tls/context.h"

struct bio_st;
struct ssl_st;
struct x509_st;

namespace leasehold::http {

namespace net = boost::asio;
using boost::system::error_code;

struct IoResult {
  error_code error;  ///< eof: the peer closed in order; protocol_error: see tls_failure()
  std::size_t size = 0;
};

/// Not movable: the TLS state refers to it. One operation at a time; all on one executor.
class Stream {
 public:
  using Socket = net::generic::stream_protocol::socket;

  explicit Stream(Socket socket);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  Socket& socket() { return socket_; }
  /// Sets what every connection of ours has: non-blocking, TCP_NODELAY. Call once it is open.
  void tune();

  /// Turns it into TLS; then call handshake().
  void start_tls(tls::Context& context, bool as_server);
  /// The client's wish: which name to ask for and to find in the certificate.
  void expect_peer(const std::string& name, bool verify);
  net::awaitable<error_code> handshake();

  /// Reads at least one byte. idle: nothing is expected soon, so do not try before waiting.
  net::awaitable<IoResult> read_some(char* into, std::size_t size, bool idle = false);
  /// Writes all. The caller keeps the bytes alive.
  net::awaitable<error_code> write(std::string_view bytes);
  /// Looks at the first bytes that came, before start_tls().
  net::awaitable<IoResult> peek(char* into, std::size_t size);

  /// An idle connection that the peer has neither closed nor written to.
  bool is_quiet();
  /// Says good-bye (close_notify, FIN) as far as that goes without waiting.
  void shutdown_send();
  /// Ends it at once; a pending operation fails.
  void close();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  /// OpenSSL's state, for its verification result and errors; null when plain.
  [[nodiscard]] ssl_st* native_tls() const { return ssl_; }
  /// The peer's certificate that verification refused; null when none was.
  [[nodiscard]] const x509_st* refused_certificate() const { return refused_; }
  /// OpenSSL's newest error code when an operation failed with protocol_error.
  [[nodiscard]] unsigned long tls_failure() const { return tls_failure_; }

 private:
  enum class Want { Nothing, Read, Write };
  struct Step {
    Want want = Want::Nothing;
    IoResult result;
  };
  struct Bio;
  friend struct Bio;

  Step try_read(char* into, std::size_t size);
  Step try_write(const char* from, std::size_t size);
  Step judge(int answer, std::size_t size);
  net::awaitable<error_code> wait(Want want);

  Socket socket_;
  ssl_st* ssl_ = nullptr;
  x509_st* refused_ = nullptr;
  unsigned long tls_failure_ = 0;
  int last_errno_ = 0;
  bool saw_end_ = false;
};

}  // namespace leasehold::http

#include "stream.h"

#include <cerrno>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace leasehold::http {

// OpenSSL's view of the socket. It asks the stream for the descriptor each time: after close() that
// is -1, never the number of somebody else's file.
struct Stream::Bio {
  static Stream& stream(BIO* bio) { return *static_cast<Stream*>(BIO_get_data(bio)); }

  static int finish(BIO* bio, ssize_t done, int retry) {
    BIO_clear_retry_flags(bio);
    if (done >= 0) return static_cast<int>(done);
    if (errno == EAGAIN || errno == EINTR) {
      BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    } else {
      stream(bio).last_errno_ = errno;
    }
    return -1;
  }
  static int read(BIO* bio, char* into, int size) {
    Stream& self = stream(bio);
    const ssize_t done =
        ::recv(self.socket_.native_handle(), into, static_cast<std::size_t>(size), 0);
    if (done == 0) self.saw_end_ = true;
    return finish(bio, done, BIO_FLAGS_READ);
  }
  static int write(BIO* bio, const char* from, int size) {
    const ssize_t done = ::send(stream(bio).socket_.native_handle(), from,
                                static_cast<std::size_t>(size), MSG_NOSIGNAL);
    return finish(bio, done, BIO_FLAGS_WRITE);
  }
  static long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    if (command == BIO_CTRL_EOF) return stream(bio).saw_end_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }
  static const BIO_METHOD* method() {
    // Made once for the process and never freed: a constant that C's interface cannot spell.
    static const BIO_METHOD* const kMethod = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      BIO_meth_set_create(made, create);
      return made;
    }();
    return kMethod;
  }
  /// OpenSSL forgets a certificate that it refuses; the message needs it.
  static int keep_refused(int verified, X509_STORE_CTX* context) {
    if (verified == 1) return 1;
    const auto* ssl = static_cast<SSL*>(
        X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* self = static_cast<Stream*>(SSL_get_app_data(ssl));
    X509* certificate = X509_STORE_CTX_get_current_cert(context);
    if (self->refused_ == nullptr && certificate != nullptr && X509_up_ref(certificate) == 1) {
      self->refused_ = certificate;
    }
    return 0;
  }
};

Stream::Stream(Socket socket) : socket_(std::move(socket)) {}

Stream::~Stream() {
  X509_free(refused_);
  SSL_free(ssl_);
}

void Stream::tune() {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  // Fails on a unix socket, which has no delay to begin with.
  socket_.set_option(net::ip::tcp::no_delay(true), ignored);
}

void Stream::start_tls(tls::Context& context, bool as_server) {
  ssl_ = SSL_new(context.native_handle());
  LH_ASSERT(ssl_ != nullptr);
  BIO* bio = BIO_new(Bio::method());
  LH_ASSERT(bio != nullptr);
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, this);
  if (as_server) {
    SSL_set_accept_state(ssl_);
  } else {
    SSL_set_connect_state(ssl_);
  }
}

void Stream::expect_peer(const std::string& name, bool verify) {
  error_code not_an_address;
  net::ip::make_address(name, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(ssl_, name.c_str());
  // The context may have been made not to verify; then nothing here asks for more.
  if (!verify || SSL_get_verify_mode(ssl_) == SSL_VERIFY_NONE) {
    SSL_set_verify(ssl_, SSL_VERIFY_NONE, nullptr);
    return;
  }
  SSL_set_verify(ssl_, SSL_VERIFY_PEER, Bio::keep_refused);
  // As in Go: the subject's common name counts for nothing.
  SSL_set_hostflags(ssl_,
                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (not_an_address) {
    SSL_set1_host(ssl_, name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), name.c_str());
  }
}

Stream::Step Stream::judge(int answer, std::size_t size) {
  if (answer > 0) return {.want = Want::Nothing, .result = {.error = {}, .size = size}};
  switch (SSL_get_error(ssl_, answer)) {
    case SSL_ERROR_WANT_READ:
      return {.want = Want::Read, .result = {}};
    case SSL_ERROR_WANT_WRITE:
      return {.want = Want::Write, .result = {}};
    case SSL_ERROR_ZERO_RETURN:
      return {.want = Want::Nothing, .result = {.error = net::error::eof}};
    default:
      break;
  }
  // A socket's own failure first: OpenSSL has only "system call" for it.
  if (last_errno_ != 0) {
    return {.result = {.error = error_code(last_errno_, boost::system::system_category())}};
  }
  // Many peers close without close_notify; HTTP's own framing tells whether something is missing.
  if (saw_end_) return {.result = {.error = net::error::eof}};
  tls_failure_ = ERR_peek_last_error();
  ERR_clear_error();
  return {.result = {.error = make_error_code(boost::system::errc::protocol_error)}};
}

namespace {

error_code from_errno() {
  return {errno, boost::system::system_category()};
}

}  // namespace

Stream::Step Stream::try_read(char* into, std::size_t size) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    std::size_t done = 0;
    const int answer = SSL_read_ex(ssl_, into, size, &done);
    return judge(answer, done);
  }
  const ssize_t done = ::recv(socket_.native_handle(), into, size, 0);
  if (done > 0) return {.result = {.error = {}, .size = static_cast<std::size_t>(done)}};
  if (done == 0) return {.result = {.error = net::error::eof}};
  if (errno == EAGAIN || errno == EINTR) return {.want = Want::Read, .result = {}};
  return {.result = {.error = from_errno()}};
}

Stream::Step Stream::try_write(const char* from, std::size_t size) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    std::size_t done = 0;
    const int answer = SSL_write_ex(ssl_, from, size, &done);
    return judge(answer, done);
  }
  const ssize_t done = ::send(socket_.native_handle(), from, size, MSG_NOSIGNAL);
  if (done >= 0) return {.result = {.error = {}, .size = static_cast<std::size_t>(done)}};
  if (errno == EAGAIN || errno == EINTR) return {.want = Want::Write, .result = {}};
  return {.result = {.error = from_errno()}};
}

net::awaitable<error_code> Stream::wait(Want want) {
  // A cancellation that came while nothing waited would be lost.
  const net::cancellation_state state = co_await net::this_coro::cancellation_state;
  if (state.cancelled() != net::cancellation_type::none) co_return net::error::operation_aborted;
  const auto event = want == Want::Read ? Socket::wait_read : Socket::wait_write;
  const auto [error] = co_await socket_.async_wait(event, net::as_tuple(net::use_awaitable));
  co_return error;
}

net::awaitable<error_code> Stream::handshake() {
  for (;;) {  // ends with the handshake, an error, or the caller's deadline closing the socket
    ERR_clear_error();
    const Step step = judge(SSL_do_handshake(ssl_), 0);
    if (step.want == Want::Nothing) co_return step.result.error;
    const error_code error = co_await wait(step.want);
    if (error) co_return error;
  }
}

net::awaitable<IoResult> Stream::read_some(char* into, std::size_t size, bool idle) {
  const bool wait_first = idle && (ssl_ == nullptr || SSL_has_pending(ssl_) == 0);
  Step step{.want = wait_first ? Want::Read : Want::Nothing, .result = {}};
  if (!wait_first) step = try_read(into, size);
  while (step.want != Want::Nothing) {
    const error_code error = co_await wait(step.want);
    if (error) co_return IoResult{.error = error};
    step = try_read(into, size);
  }
  co_return step.result;
}

net::awaitable<error_code> Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const Step step = try_write(bytes.data(), bytes.size());
    if (step.want != Want::Nothing) {
      const error_code error = co_await wait(step.want);
      if (error) co_return error;
      continue;
    }
    if (step.result.error) co_return step.result.error;
    bytes.remove_prefix(step.result.size);
  }
  co_return error_code{};
}

net::awaitable<IoResult> Stream::peek(char* into, std::size_t size) {
  const error_code error = co_await wait(Want::Read);
  if (error) co_return IoResult{.error = error};
  const ssize_t done = ::recv(socket_.native_handle(), into, size, MSG_PEEK);
  if (done < 0) co_return IoResult{.error = from_errno()};
  if (done == 0) co_return IoResult{.error = net::error::eof};
  co_return IoResult{.error = {}, .size = static_cast<std::size_t>(done)};
}

bool Stream::is_quiet() {
  if (!socket_.is_open()) return false;
  char byte = 0;
  if (ssl_ != nullptr) {
    // Also digests what TLS itself may have sent meanwhile.
    ERR_clear_error();
    const int answer = SSL_peek(ssl_, &byte, 1);
    return answer <= 0 && judge(answer, 0).want == Want::Read;
  }
  return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

void Stream::shutdown_send() {
  if (!socket_.is_open()) return;
  if (ssl_ != nullptr && tls_failure_ == 0 && last_errno_ == 0 && SSL_is_init_finished(ssl_) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace leasehold::http

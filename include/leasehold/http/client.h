// An HTTP/1.1 client for one origin with keep-alive connections.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "leasehold/base/limits.h"
#include "leasehold/base/result.h"
#include "leasehold/http/message.h"
#include "leasehold/http/proxy.h"
#include "leasehold/http/url.h"
#include "leasehold/tls/context.h"

namespace leasehold::http {

namespace net = boost::asio;

/// Takes a piece of a body; the view is valid during the call. False: enough, end the connection.
using BodySink = std::function<bool(std::string_view)>;

struct StreamLimits {
  std::chrono::nanoseconds overall;  ///< for the whole answer
  std::chrono::nanoseconds silence;  ///< between two pieces, and until the first one
};

/// Sends a request: the edge that decisions are written against; tests and simulators have their own.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;
  /// Every HTTP answer is a Response, whatever its status. Errors: Transient (refused, reset,
  /// time-out, name not found; text without request content), Invalid (certificate not trusted,
  /// with the reason and what to set; answer that is not HTTP or too large), Cancelled.
  virtual net::awaitable<Result<Response>> send(Request request, std::chrono::nanoseconds deadline) = 0;
  /// An answer that is read while it comes, as a watch of Kubernetes: the body of a 2xx goes to the
  /// sink and is empty in the Response; any other body is in the Response. Returns when the body
  /// ends, the sink has enough, or nothing came for limits.silence. Errors as send(). The default
  /// gives the whole body of send() to the sink, which is what scripts of tests need.
  virtual net::awaitable<Result<Response>> stream(Request request, StreamLimits limits, BodySink sink);
};

struct ClientOptions {
  Url url;
  std::shared_ptr<tls::Context> tls;  ///< needed for https
  std::string server_name;            ///< SNI and verification; default: the URL's host
  bool skip_verify = false;
  bool keep_alive = true;
  std::shared_ptr<const ProxyRules> proxies;  ///< null = always directly
  /// Look for the host's `_http._tcp` SRV record first where the URL names no port (VAULT_SRV_LOOKUP).
  bool look_up_srv = false;
  std::size_t body_bytes_max = limits::kResponseBodyBytesMax;
  std::chrono::seconds connect_deadline = limits::kClientConnectDeadline;
};

/// One origin. Connections that are idle are kept and tried first; a kept one that turns out dead
/// before the first byte of an answer is replaced once, unseen. TCP_NODELAY always.
class Client final : public Transport {
 public:
  Client(net::any_io_executor executor, ClientOptions options);
  ~Client() override;
  /// request.target is appended to the URL's prefix.
  net::awaitable<Result<Response>> send(Request request, std::chrono::nanoseconds deadline) override;
  net::awaitable<Result<Response>> stream(Request request, StreamLimits limits, BodySink sink) override;
  [[nodiscard]] const Url& url() const;
  /// Another trust or certificate from now on: idle connections are dropped, running requests end as they
  /// began.
  void use_tls(std::shared_ptr<tls::Context> context);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::http

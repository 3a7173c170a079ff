#include "leasehold/http/client.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include "dial.h"
#include "head.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "parser.h"
#include "read_buffer.h"
#include "srv.h"
#include "stream.h"
#include "tls_text.h"
#include "watchdog.h"

namespace leasehold::http {
namespace {

// More calls at once than this open connections that are not kept: an idle one with TLS costs 25 kB here and more
// at the server, and calls that come together are rare after the start.
constexpr std::size_t kIdleConnectionsMax = 1;
// compat: Go's client drops idle connections after this long.
constexpr std::chrono::seconds kIdleMax{90};
// A body up to this size travels with its head: one packet, one TLS record.
constexpr std::size_t kJoinedBytesMax = 16384;

struct Kept {
  std::unique_ptr<Stream> stream;
  std::chrono::steady_clock::time_point since;
};

/// What one try on one connection gave.
struct Attempt {
  Result<Response> response;
  bool got_bytes = false;  ///< the server had begun to answer
  bool reusable = false;
};

/// Where a body goes that is read while it comes.
struct Receiver {
  const BodySink& sink;
  Watchdog& watchdog;
  std::chrono::nanoseconds silence;

  /// False: the sink has enough.
  bool take(std::string_view piece) const {
    watchdog.limit_phase(silence);
    return piece.empty() || sink(piece);
  }
};

Result<void> check(const Request& request) {
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  if (request.method.empty() || std::ranges::any_of(request.method, is_bad)) {
    return invalid("net/http: invalid method " + go_quote(request.method));
  }
  if (std::ranges::any_of(request.target, is_bad)) {
    return invalid("net/http: request target holds a blank or a control character");
  }
  const auto refuse = [](const std::string& name) {
    return invalid("net/http: invalid header field value for " + go_quote(name));
  };
  for (const auto& [name, value] : request.headers) {
    if (!is_clean_field(name, value)) return refuse(name);
  }
  for (const auto& [name, value] : request.secret_headers) {
    if (!is_clean_field(name, value.expose())) return refuse(name);  // looks for line ends only
  }
  return {};
}

net::awaitable<error_code> write_request(Stream& stream, SecretBytes& head,
                                         const SecretString& body) {
  const std::string_view body_bytes = body.expose();  // goes to the socket
  const bool joined = body_bytes.size() <= kJoinedBytesMax;
  const std::size_t head_size = head.size();
  if (joined) append(head, body_bytes);
  error_code error = co_await stream.write({head.data(), head.size()});
  head.resize(head_size);
  if (!error && !joined) error = co_await stream.write(body_bytes);
  co_return error;
}

Error parse_error(Progress progress, const ClientOptions& options) {
  if (progress == Progress::BodyTooLarge) {
    return invalid("answer of " + options.url.authority() + " is larger than " +
                   std::to_string(options.body_bytes_max) + " bytes");
  }
  if (progress == Progress::HeaderTooLarge) {
    return invalid("net/http: server response headers exceeded " +
                   std::to_string(limits::kHeaderBytesMax) + " bytes; aborted");
  }
  return invalid("net/http: HTTP/1.x transport connection broken: malformed HTTP response");
}

Error io_error(std::string_view verb, error_code error, const ClientOptions& options,
               const Stream& stream) {
  if (error == boost::system::errc::protocol_error) {
    return describe_client_tls(stream, options.url.host);
  }
  const std::string network = options.url.scheme == "unix" ? " unix " : " tcp ";
  const std::string place =
      options.url.scheme == "unix" ? options.url.host : options.url.host + ":" + options.url.port;
  return transient(std::string(verb) + network + place + ": " + std::string(verb) + ": " +
                   describe(error));
}

/// Gives what has come of a good answer's body to the receiver. False: it has enough.
bool hand_over(ResponseParser& parser, const Receiver& receiver) {
  if (!parser.head_done() || parser.message().status / 100 != 2) return true;
  const SecretBytes piece = parser.take_body();
  return receiver.take({piece.data(), piece.size()});
}

/// The answer is whole; its last piece is still with it.
void hand_over_rest(Response& response, const Receiver& receiver) {
  if (response.status / 100 != 2) return;
  (void)receiver.take(response.body.expose());  // the receiver parses it
  response.body.clear();
}

net::awaitable<Attempt> read_response(Stream& stream, const ClientOptions& options, bool is_head,
                                      const Receiver* receiver) {
  const ParserLimits bounds{.header_bytes_max = limits::kHeaderBytesMax,
                            .body_bytes_max = options.body_bytes_max};
  Attempt attempt{.response = Response{}};
  std::optional<ResponseParser> parser;
  parser.emplace(bounds, is_head);
  ReadBuffer buffer;
  for (;;) {  // ends with the answer, an error, or the watchdog
    buffer.prepare();
    const IoResult read =
        co_await stream.read_some(buffer.space(), buffer.space_size(), /*idle=*/!attempt.got_bytes);
    if (read.error) {
      const bool ended = read.error == net::error::eof && parser->head_done() &&
                         parser->feed_end() == Progress::Complete;
      if (!ended) {
        attempt.response = read.error == net::error::eof
                               ? transient(attempt.got_bytes ? "unexpected EOF" : "EOF")
                               : io_error("read", read.error, options, stream);
        co_return attempt;
      }
      attempt.response = std::move(parser->message());
      if (receiver != nullptr) hand_over_rest(*attempt.response, *receiver);
      co_return attempt;
    }
    attempt.got_bytes = true;
    buffer.commit(read.size);
    Fed fed = parser->feed(buffer.bytes());
    buffer.consume(fed.used);
    // 1xx answers only announce the real one.
    while (fed.progress == Progress::Complete && parser->message().status < 200 &&
           parser->message().status != 101) {
      parser.emplace(bounds, is_head);
      fed = parser->feed(buffer.bytes());
      buffer.consume(fed.used);
    }
    if (fed.progress == Progress::NeedMore) {
      if (receiver == nullptr || hand_over(*parser, *receiver)) continue;
      attempt.response = std::move(parser->message());
      co_return attempt;
    }
    if (fed.progress != Progress::Complete) {
      attempt.response = parse_error(fed.progress, options);
      co_return attempt;
    }
    // Bytes beyond the answer: the server is out of step.
    attempt.reusable = parser->keep_alive() && buffer.empty();
    attempt.response = std::move(parser->message());
    if (receiver != nullptr) hand_over_rest(*attempt.response, *receiver);
    co_return attempt;
  }
}

}  // namespace

struct Client::State {
  net::any_io_executor executor;
  ClientOptions options;
  std::vector<Kept> kept;
  Result<std::optional<Proxy>> proxy{std::optional<Proxy>()};

  /// The proxy that reads the requests itself; null when the server does.
  [[nodiscard]] const Proxy* passing() const {
    const bool passes = *proxy && options.url.scheme == "http" && !(*proxy)->is_socks();
    return passes ? &**proxy : nullptr;
  }

  /// The newest connection that is still good; null when there is none.
  std::unique_ptr<Stream> take_kept() {
    const auto now = std::chrono::steady_clock::now();
    while (!kept.empty()) {
      Kept last = std::move(kept.back());
      kept.pop_back();
      if (now - last.since < kIdleMax && last.stream->is_quiet()) return std::move(last.stream);
    }
    return nullptr;
  }

  void keep(std::unique_ptr<Stream> stream) {
    if (kept.size() >= kIdleConnectionsMax) kept.erase(kept.begin());
    kept.push_back({.stream = std::move(stream), .since = std::chrono::steady_clock::now()});
  }

  net::awaitable<Result<Response>> exchange(Request request, std::chrono::nanoseconds deadline,
                                            const StreamLimits* limits, const BodySink* sink);

  net::awaitable<Attempt> attempt(Stream& stream, SecretBytes& head, const Request& request,
                                  const Receiver* receiver) const {
    const error_code error = co_await write_request(stream, head, request.body);
    // A server may answer (413) and close before it has read all; so look for an answer anyway.
    Attempt result = co_await read_response(stream, options, request.method == "HEAD", receiver);
    if (error) result.reusable = false;
    co_return result;
  }

  /// compat: the first record is taken, once; without one the host itself is asked (VAULT_SRV_LOOKUP is for
  /// finding a server, not for choosing among many)
  net::awaitable<void> find_service() {
    options.look_up_srv = false;
    if (options.url.port_given || options.url.scheme == "unix") co_return;
    const auto target = co_await look_up_srv(system_name_servers(), "_http._tcp." + options.url.host);
    if (!target) co_return;
    options.url.host = target->host;
    options.url.port = std::to_string(target->port);
  }

  /// Turns a failed try into what the caller must know: why it ended, not how.
  net::awaitable<Error> judge(Error error, const Watchdog& watchdog,
                              std::chrono::nanoseconds deadline) const {
    if (co_await is_cancelled()) co_return cancelled(options.url.authority() + ": cancelled");
    if (watchdog.call_expired()) {
      co_return transient(options.url.authority() + ": no answer within " +
                          format_duration(deadline));
    }
    co_return error;
  }
};

Client::Client(net::any_io_executor executor, ClientOptions options)
    : state_(std::make_unique<State>()) {
  state_->executor = std::move(executor);
  state_->options = std::move(options);
  if (state_->options.proxies) state_->proxy = proxy_for(*state_->options.proxies, state_->options.url);
}

Client::~Client() = default;

const Url& Client::url() const {
  return state_->options.url;
}

void Client::use_tls(std::shared_ptr<tls::Context> context) {
  state_->options.tls = std::move(context);
  state_->kept.clear();
}

net::awaitable<Result<Response>> Client::State::exchange(Request request,
                                                         std::chrono::nanoseconds deadline,
                                                         const StreamLimits* limits,
                                                         const BodySink* sink) {
  // Cancellation is an Error here, never an exception.
  co_await net::this_coro::throw_if_cancelled(false);
  if (const auto checked = check(request); !checked) co_return checked.error();
  if (!proxy) co_return proxy.error();
  if (options.look_up_srv) co_await find_service();
  SecretBytes head = write_request_head(options.url, request, options.keep_alive, passing());
  Watchdog watchdog(executor, deadline);
  auto stream = take_kept();
  const bool was_kept = stream != nullptr;
  for (bool fresh = !was_kept;; fresh = true) {  // at most twice
    if (fresh) {
      auto dialled = co_await dial(options, *proxy ? &**proxy : nullptr, watchdog);
      if (!dialled) co_return co_await judge(dialled.error(), watchdog, deadline);
      stream = *std::move(dialled);
    } else {
      watchdog.follow(stream.get());
    }
    std::optional<Receiver> receiver;
    if (sink != nullptr) {
      receiver.emplace(Receiver{*sink, watchdog, limits->silence});
      watchdog.limit_phase(limits->silence);
    }
    Attempt attempt = co_await this->attempt(*stream, head, request, receiver ? &*receiver : nullptr);
    watchdog.follow(nullptr);
    if (attempt.response) {
      if (attempt.reusable && options.keep_alive && stream->is_open()) {
        keep(std::move(stream));
      }
      co_return std::move(attempt.response);
    }
    stream.reset();
    const bool stale = !fresh && !attempt.got_bytes && !watchdog.expired() &&
                       attempt.response.error().kind == ErrorKind::Transient &&
                       !co_await is_cancelled();
    if (!stale) co_return co_await judge(attempt.response.error(), watchdog, deadline);
    // The server had closed the kept connection; nothing was processed on it.
  }
}

net::awaitable<Result<Response>> Client::send(Request request, std::chrono::nanoseconds deadline) {
  co_return co_await state_->exchange(std::move(request), deadline, nullptr, nullptr);
}

net::awaitable<Result<Response>> Client::stream(Request request, StreamLimits limits,
                                                BodySink sink) {
  co_return co_await state_->exchange(std::move(request), limits.overall, &limits, &sink);
}

net::awaitable<Result<Response>> Transport::stream(Request request, StreamLimits limits,
                                                   BodySink sink) {
  auto response = co_await send(std::move(request), limits.overall);
  if (!response || response->status / 100 != 2) co_return response;
  if (!response->body.empty()) (void)sink(response->body.expose());  // the receiver parses it
  response->body.clear();
  co_return response;
}

}  // namespace leasehold::http

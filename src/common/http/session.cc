#include "session.h"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>

#include "head.h"
#include "leasehold/log/log.h"
#include "tls_text.h"

namespace leasehold::http {
namespace {

// A body up to this size travels with its head: one packet, one TLS record.
constexpr std::size_t kJoinedBytesMax = 16384;
// How much of a refused request is read, so that the peer sees the answer and not a reset.
constexpr std::size_t kDrainBytesMax = 1024UL * 1024;

/// Go's answer to a request that cannot be read.
Response refusal(unsigned status, std::string_view detail) {
  std::string text = std::to_string(status) + " " + std::string(reason_phrase(status));
  if (!detail.empty()) text += ": " + std::string(detail);
  Response response;
  response.status = status;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = SecretString(text);
  return response;
}

bool looks_like_http(std::string_view bytes) {
  constexpr std::string_view kStarts[] = {"GET /", "HEAD ", "POST ", "PUT /", "OPTIO"};
  return std::ranges::find(kStarts, bytes.substr(0, 5)) != std::end(kStarts);
}

}  // namespace

std::string_view SessionHost::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    // The programs never call setlocale, so the names are English.
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return date_;
}

Session::Session(SessionHost& host, Stream::Socket socket, Peer peer)
    : host_(host), stream_(std::move(socket)), peer_(std::move(peer)) {
  stream_.tune();
  allow(host_.options.header_deadline);
}

void Session::allow(std::chrono::seconds limit) {
  deadline_ = std::chrono::steady_clock::now() + limit;
}

void Session::cut(bool time_is_up) {
  timed_out_ = time_is_up;
  if (!busy_) stream_.shutdown_send();
  stream_.close();
}

net::awaitable<void> Session::run() {
  if (host_.options.tls && !co_await start_tls()) co_return;
  Next next = Next::Keep;
  while (next == Next::Keep) next = co_await serve_one();
  stream_.shutdown_send();
  if (next == Next::Drain) co_await drain();
  stream_.close();
}

void Session::log_handshake_error(std::string_view reason) const {
  host_.options.log.error("http: TLS handshake error from " + peer_.endpoint + ": " +
                          std::string(reason));
}

net::awaitable<bool> Session::start_tls() {
  allow(limits::kTlsHandshakeDeadline);
  const auto context = host_.options.tls();
  if (!context) {
    over_tls_ = false;
    allow(host_.options.header_deadline);
    co_return true;
  }
  if (co_await refuse_plain_http()) co_return false;
  if (!stream_.is_open()) co_return false;
  over_tls_ = true;
  stream_.start_tls(*context, /*as_server=*/true);
  const error_code error = co_await stream_.handshake();
  if (error) {
    if (timed_out_) {
      log_handshake_error("i/o timeout");
    } else if (stream_.is_open() && error != net::error::operation_aborted) {
      log_handshake_error(describe_server_tls(stream_, error));
    }
    stream_.close();
    co_return false;
  }
  allow(host_.options.header_deadline);
  co_return true;
}

net::awaitable<bool> Session::refuse_plain_http() {
  char first[5];
  const IoResult seen = co_await stream_.peek(first, sizeof first);
  if (seen.error || !looks_like_http({first, seen.size})) co_return false;
  log_handshake_error("client sent an HTTP request to an HTTPS server");
  const error_code error = co_await stream_.write(
      "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
  stream_.shutdown_send();
  if (!error) co_await drain();
  stream_.close();
  co_return true;
}

net::awaitable<Session::Next> Session::serve_one() {
  const ParserLimits bounds{.header_bytes_max = host_.options.header_bytes_max,
                            .body_bytes_max = host_.options.body_bytes_max};
  RequestParser parser(bounds);
  busy_ = !buffer_.empty();
  allow(busy_ || !served_any_ ? host_.options.header_deadline : host_.options.idle_deadline);
  const auto progress = co_await read_request(parser);
  if (!progress) co_return Next::Close;
  busy_ = true;
  allow(host_.options.request_deadline);
  if (*progress == Progress::BodyTooLarge) {
    const Response& too_large = host_.options.too_large;
    co_return co_await answer(too_large, false, parser.message().method == "HEAD") ? Next::Drain
                                                                                   : Next::Close;
  }
  if (*progress != Progress::Complete) {
    const bool big = *progress == Progress::HeaderTooLarge;
    const bool lacks_host = parser.head_done() && parser.lacks_host();
    const Response bad = refusal(big ? 431 : 400, lacks_host ? "missing required Host header" : "");
    co_return co_await answer(bad, false, false) ? Next::Drain : Next::Close;
  }
  Request request = std::move(parser.message());
  const bool is_head = request.method == "HEAD";
  deadline_ = TimePoint::max();
  const Response response = co_await call_handler(std::move(request));
  if (response.abort) co_return Next::Close;
  const bool keep = parser.keep_alive() && !response.close && !host_.closing;
  allow(host_.options.request_deadline);
  const bool written = co_await answer(response, keep, is_head);
  served_any_ = true;
  co_return written&& keep ? Next::Keep : Next::Close;
}

/// nullopt: the connection is gone or was cut.
net::awaitable<std::optional<Progress>> Session::read_request(RequestParser& parser) {
  bool saw_head = false;
  for (;;) {  // ends with the request, an error, or the sweep
    if (!buffer_.empty()) {
      const Fed fed = parser.feed(buffer_.bytes());
      buffer_.consume(fed.used);
      if (!saw_head && parser.head_done()) {
        saw_head = true;
        allow(host_.options.request_deadline);
        if (parser.lacks_host() && fed.progress != Progress::BodyTooLarge) {
          co_return Progress::Malformed;
        }
        if (fed.progress == Progress::NeedMore && parser.expects_continue() && buffer_.empty()) {
          if (co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n")) co_return std::nullopt;
        }
      }
      if (fed.progress != Progress::NeedMore) co_return fed.progress;
    }
    const bool idle = !busy_;
    if (!co_await read_more(idle)) co_return std::nullopt;
    if (idle) {
      busy_ = true;
      allow(host_.options.header_deadline);
    }
  }
}

net::awaitable<bool> Session::read_more(bool idle) {
  buffer_.prepare();
  const IoResult read =
      co_await stream_.read_some(buffer_.space(), buffer_.space_size(), idle && served_any_);
  if (read.error) co_return false;
  buffer_.commit(read.size);
  co_return true;
}

net::awaitable<Response> Session::call_handler(Request request) {
  request.remote_address = peer_.address;
  request.over_tls = over_tls_;
  Response failure;
  failure.status = 500;
  failure.close = true;
  try {
    co_return co_await host_.handler(std::move(request));
  } catch (const std::exception& exception) {
    host_.options.log.error("http: panic serving " + peer_.endpoint + ": " + exception.what());
  } catch (...) {
    host_.options.log.error("http: panic serving " + peer_.endpoint + ": unknown exception");
  }
  co_return failure;
}

net::awaitable<bool> Session::answer(const Response& response, bool keep_alive, bool is_head) {
  AnswerFraming framing;
  framing.keep_alive = keep_alive;
  framing.date = host_.date();
  SecretBytes head = write_response_head(response, framing);
  const bool with_body = !is_head && has_body(response.status);
  const std::string_view body = with_body ? response.body.expose() : "";  // goes to the socket
  const bool joined = body.size() <= kJoinedBytesMax;
  if (joined) append(head, body);
  error_code error = co_await stream_.write({head.data(), head.size()});
  if (!error && !joined) error = co_await stream_.write(body);
  co_return !error;
}

net::awaitable<void> Session::drain() {
  allow(host_.options.header_deadline);
  std::size_t total = 0;
  while (total < kDrainBytesMax) {
    if (!buffer_.empty()) buffer_.consume(buffer_.bytes().size());
    buffer_.prepare();
    const IoResult read = co_await stream_.read_some(buffer_.space(), buffer_.space_size());
    if (read.error) co_return;
    total += read.size;
  }
}

}  // namespace leasehold::http

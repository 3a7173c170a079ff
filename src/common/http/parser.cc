#include "parser.h"

#include <cstdint>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace leasehold::http {
namespace {

namespace beast = boost::beast;
using beast::string_view;
using boost::system::error_code;

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

/// Beast's parser with our messages as its target: no second copy of any field. It stops behind the
/// head.
template <bool kIsRequest, class Message>
class Parser final : public beast::http::basic_parser<kIsRequest> {
 public:
  Parser(ParserLimits limits, bool no_body) : limits_(limits), no_body_(no_body) {
    this->skip(true);
    this->header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
  }

  Fed feed(std::string_view bytes) {
    std::size_t used = 0;
    if (!body_) {
      const Fed head = feed_head(bytes);
      if (!this->is_header_done() || head.progress == Progress::HeaderTooLarge) return head;
      used = head.used;
      start_body();
    }
    const Fed body = body_->feed(bytes.substr(used));
    if (body.progress == Progress::Complete) message.body = SecretString(body_->take());
    return {body.progress, used + body.used};
  }

  Progress feed_end() {
    if (!body_) return Progress::Malformed;
    const Progress progress = body_->feed_end();
    if (progress == Progress::Complete) message.body = SecretString(body_->take());
    return progress;
  }

  SecretBytes take_body() { return body_ ? body_->take() : SecretBytes(); }

  /// A body that ends with the connection leaves none to keep.
  [[nodiscard]] bool may_live_on() const { return !until_end_ && this->keep_alive(); }

  Message message;
  bool lacks_host = true;
  bool expects_continue = false;
  bool is_http_1_0 = false;

 private:
  /// Beast bounds what one call shows it; fields that come one by one are counted here.
  Fed feed_head(std::string_view bytes) {
    if (!kIsRequest && head_bytes_ == 0 && !starts_like_answer(bytes)) {
      return {Progress::Malformed, 0};
    }
    error_code error;
    const std::size_t used =
        this->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    head_bytes_ += used;
    const std::size_t pending = this->is_header_done() ? 0 : bytes.size() - used;
    if (head_bytes_ + pending > limits_.header_bytes_max ||
        error == beast::http::error::header_limit) {
      return {Progress::HeaderTooLarge, used};
    }
    const bool goes_on = !error || error == beast::http::error::need_more;
    return {goes_on ? Progress::NeedMore : Progress::Malformed, used};
  }
  /// What is no HTTP at all is known by its first bytes; waiting for a whole head would be in vain.
  static bool starts_like_answer(std::string_view bytes) {
    constexpr std::string_view kStart = "HTTP/1.";
    return bytes.substr(0, kStart.size()) == kStart.substr(0, bytes.size());
  }

  void start_body() {
    const auto length = this->content_length();
    Framing framing = Framing::Length;
    if constexpr (kIsRequest) {
      if (this->chunked()) framing = Framing::Chunked;
    } else {
      const bool none =
          no_body_ || message.status < 200 || message.status == 204 || message.status == 304;
      if (!none && this->chunked()) framing = Framing::Chunked;
      until_end_ = !none && !this->chunked() && !length;
      if (until_end_) framing = Framing::UntilEnd;
      if (none) {
        body_.emplace(Framing::Length, 0, limits_.body_bytes_max, limits_.header_bytes_max);
        return;
      }
    }
    body_.emplace(framing, length.value_or(0), limits_.body_bytes_max, limits_.header_bytes_max);
  }

  void on_request_impl(beast::http::verb /*method*/, string_view method, string_view target,
                       int version, error_code& /*error*/) override {
    if constexpr (kIsRequest) {
      message.method = view(method);
      message.target = view(target);
      is_http_1_0 = version < 11;
    }
  }
  void on_response_impl(int code, string_view /*reason*/, int /*version*/,
                        error_code& /*error*/) override {
    if constexpr (!kIsRequest) message.status = static_cast<unsigned>(code);
  }
  void on_field_impl(beast::http::field name, string_view name_text, string_view value,
                     error_code& error) override {
    if (name == beast::http::field::host) lacks_host = false;
    // As in Go: nothing but chunked is understood, and what is not understood has no known end.
    if (name == beast::http::field::transfer_encoding && !beast::iequals(value, "chunked")) {
      error = beast::http::error::bad_transfer_encoding;
    }
    if (name == beast::http::field::expect) {
      expects_continue = beast::iequals(value, "100-continue");
    }
    message.headers.add(view(name_text), view(value));
  }
  // Beast never gets to a body.
  void on_header_impl(error_code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         error_code& /*error*/) override {}
  std::size_t on_body_impl(string_view bytes, error_code& /*error*/) override {
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, string_view /*extensions*/,
                            error_code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, string_view bytes,
                                 error_code& /*error*/) override {
    return bytes.size();
  }
  void on_finish_impl(error_code& /*error*/) override {}

  ParserLimits limits_;
  bool no_body_;
  bool until_end_ = false;
  std::size_t head_bytes_ = 0;
  std::optional<BodyReader> body_;
};

}  // namespace

struct RequestParser::State {
  explicit State(ParserLimits limits) : parser(limits, /*no_body=*/false) {}
  Parser<true, Request> parser;
};

RequestParser::RequestParser(ParserLimits limits) : state_(std::make_unique<State>(limits)) {}
RequestParser::~RequestParser() = default;
Fed RequestParser::feed(std::string_view bytes) {
  return state_->parser.feed(bytes);
}
bool RequestParser::started() const {
  return state_->parser.got_some();
}
bool RequestParser::head_done() const {
  return state_->parser.is_header_done();
}
bool RequestParser::keep_alive() const {
  return !state_->parser.is_http_1_0 && state_->parser.may_live_on();
}
bool RequestParser::expects_continue() const {
  return state_->parser.expects_continue;
}
bool RequestParser::lacks_host() const {
  return state_->parser.lacks_host && !state_->parser.is_http_1_0;
}
Request& RequestParser::message() {
  return state_->parser.message;
}

struct ResponseParser::State {
  State(ParserLimits limits, bool no_body) : parser(limits, no_body) {}
  Parser<false, Response> parser;
};

ResponseParser::ResponseParser(ParserLimits limits, bool no_body)
    : state_(std::make_unique<State>(limits, no_body)) {}
ResponseParser::~ResponseParser() = default;
Fed ResponseParser::feed(std::string_view bytes) {
  return state_->parser.feed(bytes);
}
Progress ResponseParser::feed_end() {
  return state_->parser.feed_end();
}
bool ResponseParser::head_done() const {
  return state_->parser.is_header_done();
}
bool ResponseParser::keep_alive() const {
  return state_->parser.may_live_on();
}
SecretBytes ResponseParser::take_body() {
  return state_->parser.take_body();
}
Response& ResponseParser::message() {
  return state_->parser.message;
}

}  // namespace leasehold::http

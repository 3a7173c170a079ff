#include "parser.h"

#include <algorithm>
#include <cstdint>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace leasehold::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using beast::string_view;

// A peer that announces a huge body and sends nothing must not make us reserve it.
constexpr std::uint64_t kBodyReserveMax = 64UL * 1024;

std::string_view view(string_view text) { return {text.data(), text.size()}; }

/// Beast's parser with our messages as its target: no second copy of any field.
template <bool kIsRequest, class Message>
class Parser final : public beast::http::basic_parser<kIsRequest> {
 public:
  explicit Parser(ParserLimits limits) : limits_(limits) {
    this->header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    this->body_limit(limits.body_bytes_max);
  }

  Fed feed(std::string_view bytes) {
    std::size_t used = 0;
    if (!this->is_header_done()) {
      const Fed head = feed_head(bytes);
      if (head.progress != Progress::NeedMore || !this->is_header_done()) return head;
      used = head.used;
    }
    if (used == bytes.size()) return {Progress::NeedMore, used};
    error_code error;
    this->eager(true);
    used += put(bytes.substr(used), error);
    return {progress(error), used};
  }

  Progress feed_end() {
    if (!this->is_header_done()) return Progress::Malformed;
    error_code error;
    this->put_eof(error);
    return error ? Progress::Malformed : Progress::Complete;
  }

  Message message;
  bool lacks_host = true;
  bool expects_continue = false;
  bool is_http_1_0 = false;

 private:
  using Base = beast::http::basic_parser<kIsRequest>;

  std::size_t put(std::string_view bytes, error_code& error) {
    return Base::put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  }

  /// Beast bounds what one call shows it; fields that come one by one are counted here.
  Fed feed_head(std::string_view bytes) {
    if (!kIsRequest && head_bytes_ == 0 && !starts_like_answer(bytes)) {
      return {Progress::Malformed, 0};
    }
    error_code error;
    const std::size_t used = put(bytes, error);
    head_bytes_ += used;
    const std::size_t pending = this->is_header_done() ? 0 : bytes.size() - used;
    if (head_bytes_ + pending > limits_.header_bytes_max) return {Progress::HeaderTooLarge, used};
    return {progress(error), used};
  }
  /// What is no HTTP at all is known by its first bytes; waiting for a whole head would be in vain.
  static bool starts_like_answer(std::string_view bytes) {
    constexpr std::string_view kStart = "HTTP/1.";
    return bytes.substr(0, kStart.size()) == kStart.substr(0, bytes.size());
  }
  [[nodiscard]] Progress progress(error_code error) const {
    if (!error) return this->is_done() ? Progress::Complete : Progress::NeedMore;
    if (error == beast::http::error::need_more) return Progress::NeedMore;
    if (error == beast::http::error::header_limit) return Progress::HeaderTooLarge;
    if (error == beast::http::error::body_limit) return Progress::BodyTooLarge;
    return Progress::Malformed;
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
                     error_code& /*error*/) override {
    if (name == beast::http::field::host) lacks_host = false;
    if (name == beast::http::field::expect) {
      expects_continue = beast::iequals(value, "100-continue");
    }
    message.headers.add(view(name_text), view(value));
  }
  void on_header_impl(error_code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                         error_code& /*error*/) override {
    if (length) body_.reserve(static_cast<std::size_t>(std::min(*length, kBodyReserveMax)));
  }
  std::size_t on_body_impl(string_view bytes, error_code& /*error*/) override {
    body_.insert(body_.end(), bytes.begin(), bytes.end());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, string_view /*extensions*/,
                            error_code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, string_view bytes,
                                 error_code& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(error_code& /*error*/) override {
    message.body = SecretString(std::move(body_));
  }

  ParserLimits limits_;
  std::size_t head_bytes_ = 0;
  SecretBytes body_;
};

}  // namespace

struct RequestParser::State {
  explicit State(ParserLimits limits) : parser(limits) {}
  Parser<true, Request> parser;
};

RequestParser::RequestParser(ParserLimits limits) : state_(std::make_unique<State>(limits)) {}
RequestParser::~RequestParser() = default;
Fed RequestParser::feed(std::string_view bytes) { return state_->parser.feed(bytes); }
bool RequestParser::started() const { return state_->parser.got_some(); }
bool RequestParser::head_done() const { return state_->parser.is_header_done(); }
bool RequestParser::keep_alive() const {
  return !state_->parser.is_http_1_0 && state_->parser.keep_alive();
}
bool RequestParser::expects_continue() const { return state_->parser.expects_continue; }
bool RequestParser::lacks_host() const {
  return state_->parser.lacks_host && !state_->parser.is_http_1_0;
}
Request& RequestParser::message() { return state_->parser.message; }

struct ResponseParser::State {
  explicit State(ParserLimits limits) : parser(limits) {}
  Parser<false, Response> parser;
};

ResponseParser::ResponseParser(ParserLimits limits, bool no_body)
    : state_(std::make_unique<State>(limits)) {
  if (no_body) state_->parser.skip(true);
}
ResponseParser::~ResponseParser() = default;
Fed ResponseParser::feed(std::string_view bytes) { return state_->parser.feed(bytes); }
Progress ResponseParser::feed_end() { return state_->parser.feed_end(); }
bool ResponseParser::head_done() const { return state_->parser.is_header_done(); }
bool ResponseParser::keep_alive() const { return state_->parser.keep_alive(); }
Response& ResponseParser::message() { return state_->parser.message; }

}  // namespace leasehold::http

// Incremental HTTP/1.1 parsing: bytes in, a Request or Response out. The head is read by
// Boost.Beast's parser, wrapped so that one file alone pays for it; the body by body.h. Knows no
// socket.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "body.h"
#include "leasehold/http/message.h"

namespace leasehold::http {

struct ParserLimits {
  std::size_t header_bytes_max;
  std::size_t body_bytes_max;
};

/// One request as a server reads it. For one message; make another for the next.
class RequestParser {
 public:
  explicit RequestParser(ParserLimits limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();
  /// bytes: all that was received and not used yet.
  Fed feed(std::string_view bytes);
  [[nodiscard]] bool started() const;
  [[nodiscard]] bool head_done() const;
  /// After head_done(): may the connection live on? HTTP/1.0 never asks for it here.
  [[nodiscard]] bool keep_alive() const;
  /// After head_done(): the client waits for `100 Continue` before it sends the body.
  [[nodiscard]] bool expects_continue() const;
  /// After head_done(): HTTP/1.1 without Host is an error.
  [[nodiscard]] bool lacks_host() const;
  Request& message();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One answer as a client reads it.
class ResponseParser {
 public:
  /// no_body: the answer to HEAD.
  ResponseParser(ParserLimits limits, bool no_body);
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;
  ~ResponseParser();
  Fed feed(std::string_view bytes);
  /// The connection ended: completes a body without length. Malformed = cut short.
  Progress feed_end();
  [[nodiscard]] bool head_done() const;
  [[nodiscard]] bool keep_alive() const;
  /// The part of the body that came since the last call, for those that cannot wait for its end.
  SecretBytes take_body();
  Response& message();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::http

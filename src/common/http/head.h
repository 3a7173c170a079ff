// Writes the heads of messages as they stand on the wire. Pure.
#pragma once

#include <string_view>

#include "leasehold/base/secret_string.h"
#include "leasehold/http/message.h"
#include "leasehold/http/proxy.h"
#include "leasehold/http/url.h"

namespace leasehold::http {

/// Head and, when it is small, body of a request; wiped with its buffer.
/// through: the proxy that is to pass it on, which wants the whole address; null = the server itself reads it.
SecretBytes write_request_head(const Url& url, const Request& request, bool keep_alive, const Proxy* through = nullptr);

struct AnswerFraming {
  bool keep_alive = true;
  bool is_head = false;   ///< answers HEAD: length, but no body
  std::string_view date;  ///< value of the Date field
};
/// The head of an answer.
SecretBytes write_response_head(const Response& response, const AnswerFraming& framing);
/// 1xx, 204 and 304 have no body, whatever the handler gave.
bool has_body(unsigned status);
/// "OK", "Not Found", …; "status code N" for unknown ones, as in Go.
std::string_view reason_phrase(unsigned status);
/// Names and values that would end a header line early or hide in it.
bool is_clean_field(std::string_view name, std::string_view value);

}  // namespace leasehold::http

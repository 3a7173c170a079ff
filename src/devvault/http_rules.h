// HTTP request to Call and Answer to HTTP response: steps 1 to 6 of spec/vault-api.md 1.2, the
// envelope (1.7) and the error body (1.8). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "call.h"
#include "leasehold/http/message.h"

namespace leasehold::devvault {

/// Path clean-up, unprintable characters, paths outside /v1/: the answer, or nullopt to go on.
std::optional<http::Response> refuse_path(const http::Request& request);

/// The decoded path below /v1/, and the query's first values.
struct Target {
  std::string path;
  Json query = Json::object();
};
/// REQUIRES: refuse_path() had nothing against the request.
Target parse_target(const http::Request& request);

/// Method, list flag, body and headers: the call, or the answer that refuses them.
std::variant<Call, Answer> read_call(const http::Request& request, const Target& target);

/// JSON or form body as fields. Error (Invalid): the text for a 400.
Result<Json> parse_body(const http::Request& request);

/// The response with all headers; request_id "" in wrapped answers.
http::Response to_response(const Answer& answer, const std::string& request_id);
/// The body's text alone, for wrapping.
SecretString envelope(const Answer& answer, const std::string& request_id);

}  // namespace leasehold::devvault

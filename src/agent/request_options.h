// What flags add to the requests of `read`, `kv`, `status` and `token`, and the two flags that print a
// request instead of sending it. Pure.
#pragma once

#include <optional>
#include <string>

#include "leasehold/base/result.h"
#include "leasehold/flags/flags.h"
#include "leasehold/http/message.h"
#include "leasehold/vault/client.h"

namespace leasehold::agent {

struct RequestOptions {
  http::Headers headers;
  std::string wrap_ttl;  ///< value of X-Vault-Wrap-TTL; "" = do not wrap
  bool show_curl = false;
  bool show_policy = false;
};
/// The flags of request_flags() and their variables. Errors (Invalid) in the peer's words:
/// `invalid value "x" for flag -header: missing = in KV pair: "x"`,
/// `failed to setup Headers[X-Vault-A]: Header starting by 'X-Vault-' are for internal usage only`.
Result<RequestOptions> request_options(const flags::Parsed& given, const flags::Environment& environment);

/// One request as a line for a shell. url: with /v1/ and query.
struct ShownRequest {
  const vault::Call& call;
  const http::Headers& headers;
  std::string_view name_space;
  std::string_view url;
  bool has_token = false;  ///< shown as `$(vault print token)`
};
std::string curl_line(const ShownRequest& request);
/// The stanza of a policy that allows the request.
std::string policy_stanza(const vault::Call& call);

}  // namespace leasehold::agent

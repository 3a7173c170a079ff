// One answer of Vault: the envelope, taken apart once, with the body kept for the templates.
// spec/vault-api.md 1.7 and 1.8.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/http/message.h"

namespace leasehold::vault {

/// The `auth` member: a login or the renewal of a token.
struct Auth {
  SecretString client_token;
  std::string accessor;
  std::chrono::seconds lease_duration{0};
  bool renewable = false;
  std::string token_type;
};

/// The `wrap_info` member: a token that stands for the answer, and serves once.
struct WrapInfo {
  SecretString token;
  std::string accessor;
  std::int64_t ttl = 0;  ///< seconds
  std::string creation_time;
  std::string creation_path;
  std::string wrapped_accessor;
};
/// As the peer's sinks hold it: JSON in one line with a line feed.
SecretString wrap_info_text(const WrapInfo& wrap);

struct Answer {
  unsigned status = 0;
  std::string lease_id;
  bool renewable = false;
  std::chrono::seconds lease_duration{0};
  std::optional<Auth> auth;
  std::optional<WrapInfo> wrap_info;
  std::vector<std::string> warnings;
  std::vector<std::string> errors;
  bool has_data = false;  ///< `data` is there and not null
  bool is_json = false;
  bool outage = false;  ///< is_outage() of status and body
  /// Scalars of `data` that are no secrets and that decisions need, as text: ttl, renewable,
  /// expire_time, rotation_period, expiration, secret_id_ttl, type, path, options.version,
  /// metadata.deletion_time. "certificate" and "secret_id" are present with an empty text.
  std::map<std::string, std::string, std::less<>> facts;
  std::optional<std::chrono::seconds> retry_after;
  SecretString body;

  [[nodiscard]] bool ok() const { return status >= 200 && status < 400; }
  /// A body that Vault has not written: a proxy's page, or half an answer.
  [[nodiscard]] bool unreadable() const { return !is_json && !body.empty(); }
  [[nodiscard]] std::string_view fact(std::string_view name) const;
  /// A whole number of seconds among the facts; nullopt when absent or not a number.
  [[nodiscard]] std::optional<std::chrono::seconds> seconds(std::string_view name) const;
  /// True when an error text contains part.
  [[nodiscard]] bool says(std::string_view part) const;
};

/// Why a 403 was given. Vault words a dead token differently from a policy that does not allow.
enum class Denial {
  None,       ///< not a 403
  DeadToken,  ///< expired, revoked or unknown: log in
  Policy,     ///< the token lives, but may not do this
};
/// Bare `permission denied`, `bad token` or any `invalid token` is a dead token; the form
/// `1 error occurred: * permission denied` is the policy (spec/vault-api.md 1.8 and 11).
Denial denial_of(const Answer& answer);

/// Whether an answer to a renewal is the server's last word: it says yes without renewing, or 400 or
/// 403 in its own format. A proxy's page, 404, 412, 429, 47x and 5xx may pass.
bool refuses_for_good(const Answer& answer);

/// The header Retry-After: seconds, or a date that is compared with the header Date of the same
/// answer (our clock may be wrong). At most an hour.
std::optional<std::chrono::seconds> retry_after(const http::Headers& headers);

/// Never fails: a body that is no JSON leaves is_json false.
Answer parse_answer(http::Response response);

/// The text that Vault's Go client prints for a failed request:
/// `Error making API request.`, blank line, `URL: GET http://h:p/v1/x`, `Code: 403. Errors:`,
/// blank line, `* permission denied`. Kind by status: 403 Denied, 404 NotFound, 400 Invalid,
/// 412 429 473 5xx (but 501) Transient, others Invalid.
Error failure(const Answer& answer, std::string_view method, std::string_view url, std::string_view name_space);

}  // namespace leasehold::vault

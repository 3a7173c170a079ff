// What passes between the HTTP edge and the engines: a judged request (Call) and its Answer, both
// without sockets. Names and rules: spec/vault-api.md 1.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_value.h"

namespace leasehold::devvault {

using WallTime = std::chrono::system_clock::time_point;
using std::chrono::seconds;

enum class Operation { Read, List, Scan, Write, Patch, Delete, Help };

/// A request after the HTTP rules: which operation, on which path, with which fields.
struct Call {
  Operation operation = Operation::Read;
  std::string path;            ///< decoded, without /v1/; a LIST ends in '/'
  Json data = Json::object();  ///< fields of the body, or of the query for GET, LIST and DELETE
  std::string token;           ///< X-Vault-Token or bearer; "" = none
  seconds wrap_ttl{0};         ///< X-Vault-Wrap-TTL; 0 = do not wrap
  std::string remote_address;
};

/// A secret that an engine wants to live under a lease.
struct LeaseOffer {
  seconds ttl{0};
  bool renewable = true;
  Json secret;  ///< what the engine needs to renew and revoke it
};

/// The limits of a token, as a role or a creation request names them (spec 4.4, 7.1).
struct TokenTerms {
  seconds ttl{0};
  seconds max_ttl{0};
  seconds explicit_max_ttl{0};
  seconds period{0};
  std::int64_t num_uses = 0;
  std::vector<std::string> policies;
  std::vector<std::string> bound_cidrs;
  bool no_default_policy = false;
  bool strictly_bind_ip = false;
  std::string type = "default";
};

/// A successful login: the core makes a token of it.
struct LoginOffer {
  TokenTerms terms;
  std::map<std::string, std::string> metadata;
  std::string display_name;  ///< without the mount's name
  std::string alias;         ///< who this is for the identity store; "" = no entity
  Json internal;             ///< what the method needs at renewal
};

struct Answer {
  unsigned status = 200;
  std::optional<Json> data;                        ///< absent: null
  std::optional<Json> auth;                        ///< the block as shown
  std::optional<std::vector<std::string>> errors;  ///< then the body is {"errors": [...]}
  std::optional<Json> own_body;                    ///< an answer with a format of its own
  std::optional<std::string> own_text;             ///< the same as text/plain
  std::vector<std::string> warnings;
  std::string lease_id;
  bool renewable = false;
  seconds lease_duration{0};
  bool data_at_top = false;  ///< old sys paths repeat each key of data beside the envelope
  bool empty_body = false;   ///< 404 without any body (KV v2 PATCH)
  std::optional<Json> wrap_info;
  std::optional<LeaseOffer> lease;
  std::optional<LoginOffer> login;
  std::string wrapped_accessor;  ///< of a token or secret_id inside, for wrap_info
};

Answer with_data(Json data);
/// 204.
Answer no_content();
/// The status with {"errors": [text]}.
Answer failure(unsigned status, std::string text);
/// The status with {"errors": []}.
Answer bare_failure(unsigned status);
/// 404 {"errors": []}: nothing is there.
inline Answer nothing_there() { return bare_failure(404); }
/// 400 with the text.
inline Answer refused(std::string text) { return failure(400, std::move(text)); }
/// The status with the text in Go's multierror layout; 500 is what an engine's error becomes.
Answer listed_failure(unsigned status, std::string_view text);
inline Answer engine_failure(std::string_view text) { return listed_failure(500, text); }
/// 403 for a token that is dead or absent.
Answer denied();
/// 403 for a live token whose policies do not allow it.
Answer denied_by_policy();
/// {"keys": [...]}, or 404 when there are none.
Answer key_list(const std::vector<std::string>& keys);

/// True for an answer that is no error.
[[nodiscard]] inline bool succeeded(const Answer& answer) { return !answer.errors.has_value(); }

}  // namespace leasehold::devvault

// JSON Web Tokens: taking apart, checking times and audiences, signing. Pure but for the signature.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "call.h"
#include "crypto.h"
#include "leasehold/base/result.h"

namespace leasehold::devvault {

struct Jwt {
  std::string algorithm;
  Json claims;
  std::string signed_part;  ///< head and claims as they stand
  std::string signature;
};

/// Error (Invalid): `compact JWS format must have three parts` and the like; never with content.
Result<Jwt> parse_jwt(std::string_view text);

/// Whether the algorithm is one of the asymmetric ones.
[[nodiscard]] bool is_asymmetric(std::string_view algorithm);

struct Leeways {
  seconds expiry{0};
  seconds not_before{0};
};
/// exp, nbf and iat. Errors: `invalid expiration time (exp) claim: token is expired`, `invalid not
/// before (nbf) claim: token not yet valid`.
Result<void> check_times(const Json& claims, WallTime now, const Leeways& leeways);
/// aud as a list, whichever form it has.
std::vector<std::string> audiences(const Json& claims);
/// Error: `invalid audience (aud) claim: audience claim does not match any expected audience`.
Result<void> check_audience(const Json& claims, const std::vector<std::string>& expected);

/// RS256 with key id in the head.
std::string sign_jwt(const Json& claims, const std::string& key_id, const crypto::KeyPair& key);

/// value at a JSON pointer (`/kubernetes.io/namespace`) or member name; null when absent.
const Json& claim_at(const Json& claims, const std::string& name);

/// `*` stands for any run of characters.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace leasehold::devvault

// RFC 7515 compact form, RFC 7519 claims.
#include "jwt.h"

#include <algorithm>
#include <array>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

/// A NumericDate; nullopt when absent or odd.
std::optional<WallTime> time_claim(const Json& claims, std::string_view name) {
  const auto literal = number_literal(member(claims, name));
  if (!literal) {
    return std::nullopt;
  }
  auto number = parse_float(*literal);
  if (!number || *number < 0 || *number > 1e11) {
    return std::nullopt;
  }
  return WallTime(seconds(static_cast<std::int64_t>(*number)));
}

}  // namespace

Result<Jwt> parse_jwt(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 3) {
    return invalid("go-jose/go-jose: compact JWS format must have three parts");
  }
  auto head = base64url_decode(parts[0]);
  auto claims = base64url_decode(parts[1]);
  auto signature = base64url_decode(parts[2]);
  if (!head || !claims || !signature) {
    return invalid("malformed JWT: not base64url");
  }
  auto head_json = parse_json(*head);
  auto claims_json = parse_json(*claims);
  if (!head_json || !claims_json || !claims_json->is_object()) {
    return invalid("malformed JWT: not JSON");
  }
  return Jwt{.algorithm = text_member(*head_json, "alg"),
             .claims = *std::move(claims_json),
             .signed_part = parts[0] + "." + parts[1],
             .signature = *std::move(signature)};
}

bool is_asymmetric(std::string_view algorithm) {
  static constexpr std::array kKnown = {"RS256", "RS384", "RS512", "ES256", "ES384",
                                        "ES512", "PS256", "PS384", "PS512", "EdDSA"};
  return std::find(kKnown.begin(), kKnown.end(), algorithm) != kKnown.end();
}

Result<void> check_times(const Json& claims, WallTime now, const Leeways& leeways) {
  if (const auto expiry = time_claim(claims, "exp"); expiry && now > *expiry + leeways.expiry) {
    return invalid("invalid expiration time (exp) claim: token is expired");
  }
  if (const auto start = time_claim(claims, "nbf"); start && now < *start - leeways.not_before) {
    return invalid("invalid not before (nbf) claim: token not yet valid");
  }
  return {};
}

std::vector<std::string> audiences(const Json& claims) {
  const Json& value = member(claims, "aud");
  if (value.is_string()) {
    return {value.get<std::string>()};
  }
  return texts_in(value);
}

Result<void> check_audience(const Json& claims, const std::vector<std::string>& expected) {
  const auto given = audiences(claims);
  const bool shared = std::any_of(given.begin(), given.end(), [&](const std::string& audience) {
    return std::find(expected.begin(), expected.end(), audience) != expected.end();
  });
  if (!shared) {
    return invalid("invalid audience (aud) claim: audience claim does not match any expected audience");
  }
  return {};
}

std::string sign_jwt(const Json& claims, const std::string& key_id, const crypto::KeyPair& key) {
  const Json head = {{"alg", "RS256"}, {"kid", key_id}};
  const std::string signed_part = base64url_encode(to_text(head)) + "." + base64url_encode(to_text(claims));
  return signed_part + "." + base64url_encode(key.sign_rs256(signed_part));
}

const Json& claim_at(const Json& claims, const std::string& name) {
  if (!name.starts_with('/')) {
    return member(claims, name);
  }
  const Json* value = &claims;
  for (std::string part : split(std::string_view(name).substr(1), '/')) {
    part = replace_all(replace_all(std::move(part), "~1", "/"), "~0", "~");
    value = &member(*value, part);
  }
  return *value;
}

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

}  // namespace leasehold::devvault

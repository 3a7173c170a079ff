// Texts of golden/vault-api/auth-jwt.
#include "jwt_auth.h"

#include <algorithm>

#include "kv1.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"
#include "login_role.h"

namespace leasehold::devvault {
namespace {

constexpr seconds kExpiryLeeway{150};
constexpr seconds kSkewLeeway{60};

const FieldTable& config_fields() {
  static const FieldTable kFields = {{"jwt_validation_pubkeys", FieldType::TextArray}, {"jwks_url", FieldType::Text},
                                     {"jwks_ca_pem", FieldType::Text},        {"oidc_discovery_url", FieldType::Text},
                                     {"oidc_discovery_ca_pem", FieldType::Text}, {"bound_issuer", FieldType::Text},
                                     {"default_role", FieldType::Text},       {"jwt_supported_algs", FieldType::TextList},
                                     {"skip_jwks_validation", FieldType::Boolean}};
  return kFields;
}

FieldTable role_fields() {
  FieldTable fields = {{"name", FieldType::LowerText},       {"role_type", FieldType::Text},
                       {"user_claim", FieldType::Text},      {"user_claim_json_pointer", FieldType::Boolean},
                       {"bound_audiences", FieldType::TextList}, {"bound_subject", FieldType::Text},
                       {"bound_claims", FieldType::Map},     {"bound_claims_type", FieldType::Text},
                       {"claim_mappings", FieldType::TextMap}, {"groups_claim", FieldType::Text},
                       {"expiration_leeway", FieldType::Integer}, {"not_before_leeway", FieldType::Integer},
                       {"clock_skew_leeway", FieldType::Integer}};
  add_token_fields(fields);
  return fields;
}

/// 0 = the default, negative = none.
seconds leeway(const Json& fields, std::string_view name, seconds otherwise) {
  const std::int64_t given = integer(fields, name);
  return given == 0 ? otherwise : seconds(std::max<std::int64_t>(0, given));
}

std::vector<std::string> as_texts(const Json& value) {
  auto list = convert_value(FieldType::TextArray, value);
  std::vector<std::string> found;
  if (list) {
    for (const Json& item : *list) {
      found.push_back(item.get<std::string>());
    }
  }
  return found;
}

bool claim_matches(const Json& bound, const Json& actual, bool glob) {
  const auto given = as_texts(actual);
  const auto wanted = as_texts(bound);
  return std::any_of(given.begin(), given.end(), [&](const std::string& value) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const std::string& pattern) { return glob ? glob_match(pattern, value) : pattern == value; });
  });
}

Result<std::vector<crypto::PublicKey>> keys_of_jwks(const Json& document) {
  std::vector<crypto::PublicKey> found;
  for (const Json& key : member(document, "keys")) {
    auto modulus = base64url_decode(text_member(key, "n"));
    auto exponent = base64url_decode(text_member(key, "e"));
    if (text_member(key, "kty") != "RSA" || !modulus || !exponent) {
      continue;
    }
    if (auto made = crypto::PublicKey::from_rsa_numbers(*modulus, *exponent)) {
      found.push_back(*std::move(made));
    }
  }
  return found;
}

Error token_error(const Error& why) { return invalid("error validating token: " + why.message); }

}  // namespace

JwtAuth::JwtAuth(State& state) : state_(state) {
  using J = JwtAuth;
  std::vector<Route> routes;
  routes.push_back({.pattern = "config",
                    .fields = config_fields(),
                    .read = Handler(this, &J::read_config),
                    .write = Handler(this, &J::write_config)});
  routes.push_back({.pattern = "role", .list = Handler(this, &J::list_roles)});
  Route role{.pattern = "role/{name}",
             .fields = role_fields(),
             .read = Handler(this, &J::read_role),
             .write = Handler(this, &J::write_role),
             .remove = Handler(this, &J::remove_role)};
  role.exists = [this](Exchange& exchange) { return roles_.contains(to_lower(text(exchange.fields, "name"))); };
  routes.push_back(std::move(role));
  Route login{.pattern = "login",
              .fields = {{"role", FieldType::LowerText}, {"jwt", FieldType::Text}},
              .write = Handler(this, &J::login)};
  login.unauthenticated = true;
  routes.push_back(std::move(login));
  set_routes(std::move(routes));
}

Answer JwtAuth::read_config(Exchange& /*exchange*/) {
  if (!config_) {
    return nothing_there();
  }
  const auto shown = [this](std::string_view name) { return text_member(*config_, name); };
  return with_data({{"bound_issuer", shown("bound_issuer")},
                    {"default_role", shown("default_role")},
                    {"jwks_ca_pem", shown("jwks_ca_pem")},
                    {"jwks_url", shown("jwks_url")},
                    {"jwt_supported_algs", string_array(texts(*config_, "jwt_supported_algs"))},
                    {"jwt_validation_pubkeys", string_array(texts(*config_, "jwt_validation_pubkeys"))},
                    {"namespace_in_state", true},
                    {"oidc_client_id", ""},
                    {"oidc_discovery_ca_pem", shown("oidc_discovery_ca_pem")},
                    {"oidc_discovery_url", shown("oidc_discovery_url")},
                    {"oidc_response_mode", ""},
                    {"oidc_response_types", Json::array()},
                    {"override_allowed_server_names", Json::array()},
                    {"provider_config", Json::object()},
                    {"status", "valid"}});
}

net::awaitable<Result<Json>> JwtAuth::fetch_json(std::string url, std::string ca_pem) {
  const auto host = url.find("://");
  const auto path = host == std::string::npos ? host : url.find('/', host + 3);
  http::Request request;
  request.target = path == std::string::npos ? "/" : url.substr(path);
  auto answer = co_await state_.outbound.send(url.substr(0, path), std::move(ca_pem), std::move(request));
  if (!answer) {
    co_return answer.error();
  }
  if (answer->status != 200) {
    co_return invalid("status " + std::to_string(answer->status));
  }
  co_return parse_json(answer->body.expose());
}

net::awaitable<Result<std::vector<crypto::PublicKey>>> JwtAuth::keys(Json config) {
  if (const auto pems = texts(config, "jwt_validation_pubkeys"); !pems.empty()) {
    std::vector<crypto::PublicKey> found;
    for (const std::string& pem : pems) {
      auto key = crypto::PublicKey::from_pem(pem);
      if (!key) {
        co_return key.error().in("error parsing public key");
      }
      found.push_back(*std::move(key));
    }
    co_return found;
  }
  std::string url = text_member(config, "jwks_url");
  std::string ca = text_member(config, "jwks_ca_pem");
  if (const std::string discovery = text_member(config, "oidc_discovery_url"); !discovery.empty()) {
    ca = text_member(config, "oidc_discovery_ca_pem");
    const std::string base = discovery.ends_with('/') ? discovery.substr(0, discovery.size() - 1) : discovery;
    auto document = co_await fetch_json(base + "/.well-known/openid-configuration", ca);
    if (!document) {
      co_return document.error().in("error checking oidc discovery URL");
    }
    url = text_member(*document, "jwks_uri");
  }
  auto document = co_await fetch_json(url, ca);
  if (!document) {
    co_return document.error().in("error checking jwks URL");
  }
  co_return keys_of_jwks(*document);
}

net::awaitable<Answer> JwtAuth::write_config(Exchange& exchange) {
  Json config = exchange.fields;
  const int sources = (texts(config, "jwt_validation_pubkeys").empty() ? 0 : 1) + (text(config, "jwks_url").empty() ? 0 : 1) +
                      (text(config, "oidc_discovery_url").empty() ? 0 : 1);
  if (sources != 1) {
    co_return refused(
        "exactly one of 'jwt_validation_pubkeys', 'jwks_url', 'jwks_pairs', 'oidc_discovery_url', or 'provider_config' must be "
        "set");
  }
  // Discovery is checked up to its document; the keys' address may be another server's.
  if (!boolean(config, "skip_jwks_validation") && text(config, "oidc_discovery_url").empty()) {
    if (auto found = co_await keys(config); !found) {
      co_return refused(found.error().message);
    }
  }
  config_ = std::move(config);
  co_return no_content();
}

Answer JwtAuth::read_role(Exchange& exchange) {
  const auto found = roles_.find(text(exchange.fields, "name"));
  if (found == roles_.end()) {
    return nothing_there();
  }
  const Json& given = found->second.fields;
  const auto or_null = [&](std::string_view name) { return member(given, name); };
  Json data = {{"allowed_redirect_uris", nullptr},
               {"bound_audiences", or_null("bound_audiences")},
               {"bound_claims", or_null("bound_claims")},
               {"bound_claims_type", has(given, "bound_claims_type") ? text(given, "bound_claims_type") : "string"},
               {"bound_subject", text(given, "bound_subject")},
               {"callback_mode", "client"},
               {"claim_mappings", or_null("claim_mappings")},
               {"clock_skew_leeway", integer(given, "clock_skew_leeway")},
               {"expiration_leeway", integer(given, "expiration_leeway")},
               {"groups_claim", text(given, "groups_claim")},
               {"max_age", 0},
               {"not_before_leeway", integer(given, "not_before_leeway")},
               {"oauth2_metadata", nullptr},
               {"oidc_disable_confirmation", false},
               {"oidc_scopes", nullptr},
               {"role_type", "jwt"},
               {"token_policies_template_claims", false},
               {"user_claim", text(given, "user_claim")},
               {"user_claim_json_pointer", boolean(given, "user_claim_json_pointer")},
               {"verbose_oidc_logging", false}};
  show_token_terms(found->second.terms, data);
  return with_data(std::move(data));
}

Answer JwtAuth::write_role(Exchange& exchange) {
  const std::string name = text(exchange.fields, "name");
  Role role = roles_.contains(name) ? roles_[name] : Role();
  role.fields.update(exchange.fields);
  if (auto read = read_token_terms(exchange.fields, role.terms); !read) {
    return refused(read.error().message);
  }
  if (const std::string type = text(role.fields, "role_type"); !type.empty() && type != "jwt") {
    return refused("invalid 'role_type': " + type);
  }
  if (text(role.fields, "user_claim").empty()) {
    return refused("a user claim must be defined on the role");
  }
  const bool bound = !texts(role.fields, "bound_audiences").empty() || !text(role.fields, "bound_subject").empty() ||
                     !member(role.fields, "bound_claims").empty() || !role.terms.bound_cidrs.empty();
  if (!bound) {
    return refused("must have at least one bound constraint when creating/updating a role");
  }
  roles_[name] = std::move(role);
  return no_content();
}

Answer JwtAuth::remove_role(Exchange& exchange) {
  roles_.erase(text(exchange.fields, "name"));
  return no_content();
}

Answer JwtAuth::list_roles(Exchange& /*exchange*/) { return list_keys(roles_, ""); }

Result<void> JwtAuth::check_token(const Jwt& jwt, const Role& role) const {
  const seconds skew = leeway(role.fields, "clock_skew_leeway", kSkewLeeway);
  const Leeways leeways{.expiry = std::max(skew, leeway(role.fields, "expiration_leeway", kExpiryLeeway)),
                        .not_before = std::max(skew, leeway(role.fields, "not_before_leeway", kExpiryLeeway))};
  const std::string issuer = text_member(*config_, "bound_issuer");
  if (!issuer.empty() && text_member(jwt.claims, "iss") != issuer) {
    return invalid("invalid issuer (iss) claim");
  }
  const std::string subject = text(role.fields, "bound_subject");
  if (!subject.empty() && text_member(jwt.claims, "sub") != subject) {
    return invalid("invalid subject (sub) claim");
  }
  if (const auto wanted = texts(role.fields, "bound_audiences"); !wanted.empty()) {
    if (auto checked = check_audience(jwt.claims, wanted); !checked) {
      return checked;
    }
  }
  return check_times(jwt.claims, state_.now(), leeways);
}

Result<void> JwtAuth::check_claims(const Jwt& jwt, const Role& role) {
  if (texts(role.fields, "bound_audiences").empty() && !audiences(jwt.claims).empty()) {
    return invalid("audience claim found in JWT but no audiences bound to the role");
  }
  const bool glob = text(role.fields, "bound_claims_type") == "glob";
  for (const auto& [name, value] : member(role.fields, "bound_claims").items()) {
    const Json& actual = claim_at(jwt.claims, name);
    if (actual.is_null()) {
      return invalid("error validating claims: claim " + go_quote(name) + " is missing");
    }
    if (!claim_matches(value, actual, glob)) {
      return invalid("error validating claims: claim " + go_quote(name) + " does not match any associated bound claim values");
    }
  }
  return {};
}

net::awaitable<Answer> JwtAuth::login(Exchange& exchange) {
  if (!config_) {
    co_return refused("could not load configuration");
  }
  std::string role_name = text(exchange.fields, "role");
  if (role_name.empty()) {
    role_name = text_member(*config_, "default_role");
  }
  const std::string token = text(exchange.fields, "jwt");
  if (role_name.empty() || token.empty()) {
    co_return refused(role_name.empty() ? "missing role" : "missing token");
  }
  const auto found = roles_.find(role_name);
  if (found == roles_.end()) {
    co_return refused("role " + go_quote(role_name) + " could not be found");
  }
  const Role role = found->second;
  auto jwt = parse_jwt(token);
  if (!jwt) {
    co_return refused("error validating token: error verifying token signature: " + jwt.error().message);
  }
  auto trusted = co_await keys(*config_);
  if (!trusted) {
    co_return refused(trusted.error().message);
  }
  const bool good = is_asymmetric(jwt->algorithm) &&
                    std::any_of(trusted->begin(), trusted->end(), [&](const crypto::PublicKey& key) {
                      return key.verify(jwt->algorithm, jwt->signed_part, jwt->signature);
                    });
  if (!good) {
    co_return refused(
        "error validating token: error verifying token signature: no known key successfully validated the token signature");
  }
  if (auto checked = check_token(*jwt, role); !checked) {
    co_return refused(token_error(checked.error()).message);
  }
  if (auto checked = check_claims(*jwt, role); !checked) {
    co_return refused(checked.error().message);
  }
  const std::string claim = text(role.fields, "user_claim");
  const bool pointer = boolean(role.fields, "user_claim_json_pointer");
  const Json& user = pointer ? claim_at(jwt->claims, claim) : member(jwt->claims, claim);
  if (!user.is_string()) {
    co_return refused("claim " + go_quote(claim) + " not found in token");
  }
  Answer answer;
  LoginOffer& offer = answer.login.emplace();
  offer.terms = role.terms;
  offer.metadata = {{"role", role_name}};
  for (const auto& [name, target] : member(role.fields, "claim_mappings").items()) {
    if (const Json& value = claim_at(jwt->claims, name); value.is_string()) {
      offer.metadata[target.get<std::string>()] = value.get<std::string>();
    }
  }
  offer.display_name = user.get<std::string>();
  offer.alias = offer.display_name;
  offer.internal = Json{{"role", role_name}};
  co_return answer;
}

LoginRenewal JwtAuth::renew_login(const Token& token) {
  const std::string name = text_member(token.internal, "role");
  return renew_by_role(roles_, name, name);
}

}  // namespace leasehold::devvault

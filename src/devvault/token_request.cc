// The checks in the order of the replaced server, which decides which error comes first.
#include "token_request.h"

#include <algorithm>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kWeakerHashing =
    "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 HMAC for "
    "token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups.";

Error needs_root(std::string_view what) { return invalid("root or sudo privileges required to " + std::string(what)); }

/// auth/token reads its durations itself, hence texts of its own.
Result<seconds> own_duration(const Json& fields, std::string_view name) {
  const Json& value = member(fields, name);
  if (value.is_null()) {
    return seconds(0);
  }
  const std::string given = value.is_string() ? value.get<std::string>() : number_literal(value).value_or("?");
  auto parsed = parse_vault_duration(given);
  if (!parsed) {
    return parsed.error();
  }
  if (parsed->count() < 0) {
    return invalid(std::string(name) + " must be positive");
  }
  return std::chrono::duration_cast<seconds>(*parsed);
}

bool is_root(const std::vector<std::string>& policies) {
  return std::find(policies.begin(), policies.end(), "root") != policies.end();
}

Result<std::vector<std::string>> wanted_policies(const TokenRequest& request) {
  auto asked = texts(request.fields, "policies");
  const bool with_default = !boolean(request.fields, "no_default_policy") && !boolean(request.role, "token_no_default_policy");
  if (!request.role.is_null()) {
    const auto allowed = texts(request.role, "allowed_policies");
    if (asked.empty()) {
      asked = allowed;
    }
    for (const std::string& name : asked) {
      const bool listed = allowed.empty() || std::find(allowed.begin(), allowed.end(), to_lower(name)) != allowed.end();
      if (!listed && name != "default") {
        return invalid("token policies (" + go_quote(name) + ") must be subset of the role's allowed policies (" +
                       join(allowed, ", ") + ")");
      }
    }
    return token_policies(std::move(asked), with_default);
  }
  if (asked.empty()) {
    return request.parent.policies;
  }
  auto policies = token_policies(std::move(asked), with_default);
  if (request.sudo) {
    return policies;
  }
  for (const std::string& name : policies) {
    const auto& own = request.parent.policies;
    const bool held = std::find(own.begin(), own.end(), name) != own.end();
    if (!held && (name != "default" || is_root(policies))) {
      return invalid("child policies must be subset of parent");
    }
  }
  return policies;
}

Result<void> refuse_batch_options(const TokenRequest& request, const Token& token) {
  if (token.num_uses != 0) {
    return invalid("batch tokens cannot have \"num_uses\" set");
  }
  if (token.period.count() != 0) {
    return invalid("batch tokens cannot have \"period\" set");
  }
  if (token.explicit_max_ttl.count() != 0) {
    return invalid("batch tokens cannot have \"explicit_max_ttl\" set");
  }
  if (!text(request.fields, "id").empty()) {
    return invalid("batch tokens cannot have \"id\" set");
  }
  if (is_root(token.policies)) {
    return invalid("batch tokens cannot be root tokens");
  }
  return {};
}

Result<void> set_id(const TokenRequest& request, const State& state, TokenDraft& draft) {
  const std::string id = text(request.fields, "id");
  Token& token = *draft.token;
  if (id.empty()) {
    token.id = new_token_id(token.batch);
    return {};
  }
  if (!request.sudo) {
    return needs_root("specify token id");
  }
  if (id.starts_with("s.")) {
    return invalid("custom token ID cannot have the 's.' prefix");
  }
  if (state.tokens.find(id) != nullptr) {
    return invalid("cannot create a token with a duplicate ID");
  }
  token.id = id;
  draft.warnings.emplace_back(kWeakerHashing);
  return {};
}

Result<void> set_durations(const TokenRequest& request, TokenDraft& draft) {
  auto ttl = own_duration(request.fields, has(request.fields, "ttl") ? "ttl" : "lease");
  auto explicit_max = own_duration(request.fields, "explicit_max_ttl");
  auto period = own_duration(request.fields, "period");
  for (const auto* parsed : {&ttl, &explicit_max, &period}) {
    if (!*parsed) {
      return parsed->error();
    }
  }
  if (period->count() != 0 && !request.sudo) {
    return needs_root("create periodic token");
  }
  draft.increment = *ttl;
  draft.token->explicit_max_ttl = *explicit_max;
  draft.token->period = *period;
  if (const seconds of_role = duration(request.role, "token_explicit_max_ttl"); of_role.count() != 0) {
    draft.token->explicit_max_ttl = explicit_max->count() == 0 ? of_role : std::min(of_role, *explicit_max);
  }
  if (const seconds of_role = duration(request.role, "token_period"); of_role.count() != 0) {
    draft.token->period = of_role;
  }
  return {};
}

}  // namespace

const FieldTable& create_fields() {
  static const FieldTable kFields = {
      {"policies", FieldType::TextArray}, {"no_default_policy", FieldType::Boolean},
      {"ttl", FieldType::Any},            {"lease", FieldType::Any},
      {"explicit_max_ttl", FieldType::Any}, {"period", FieldType::Any},
      {"renewable", FieldType::Boolean},  {"num_uses", FieldType::Integer},
      {"no_parent", FieldType::Boolean},  {"id", FieldType::Text},
      {"display_name", FieldType::Text},  {"meta", FieldType::TextMap},
      {"type", FieldType::Text},          {"entity_alias", FieldType::Text},
      {"role_name", FieldType::Text},
  };
  return kFields;
}

std::string stored_display_name(const std::string& given) {
  if (given.empty()) {
    return "token";
  }
  std::string name = "token-" + given;
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    c = plain ? c : '-';
  }
  if (name.ends_with('-')) {
    name.pop_back();
  }
  return name;
}

Result<TokenDraft> draft_token(const TokenRequest& request, const State& state) {
  const Json& fields = request.fields;
  if (request.parent.batch) {
    return invalid("batch tokens cannot create more tokens");
  }
  if (request.parent.num_uses > 0) {
    return invalid("restricted use token cannot generate child tokens");
  }
  TokenDraft draft{.token = std::make_shared<Token>(), .increment = {}, .warnings = {}};
  Token& token = *draft.token;
  const std::string type = text(fields, "type");
  if (!type.empty() && type != "service" && type != "batch") {
    return invalid("invalid 'token_type' value");
  }
  token.batch = type == "batch" || (type.empty() && text(request.role, "token_type") == "batch");
  token.num_uses = integer(fields, "num_uses");
  if (token.num_uses < 0) {
    return invalid("number of uses cannot be negative");
  }
  for (const std::string& name : texts(fields, "policies")) {
    if (to_lower(name) == "response-wrapping") {
      return invalid("cannot assign policy \"response-wrapping\"");
    }
  }
  if (boolean(fields, "no_parent") && !request.sudo) {
    return needs_root("create orphan token");
  }
  if (auto done = set_durations(request, draft); !done) {
    return done.error();
  }
  auto policies = wanted_policies(request);
  if (!policies) {
    return policies.error();
  }
  token.policies = *std::move(policies);
  if (auto done = set_id(request, state, draft); !done) {
    return done.error();
  }
  if (token.batch) {
    if (auto checked = refuse_batch_options(request, token); !checked) {
      return checked.error();
    }
  }
  token.accessor = token.batch ? "" : new_accessor();
  token.orphan = request.orphan || boolean(fields, "no_parent") || boolean(request.role, "orphan");
  token.parent = token.orphan ? "" : request.parent.id;
  token.display_name = stored_display_name(text(fields, "display_name"));
  token.meta = has(fields, "meta") ? fields["meta"] : Json(nullptr);
  token.renewable = !token.batch && boolean(fields, "renewable", true) && boolean(request.role, "renewable", true);
  token.role = request.role_name;
  // compat: a child has its parent's entity unless it is an orphan, golden/vault-api/token-create-lookup
  token.entity_id = token.orphan ? "" : request.parent.entity_id;
  for (const std::string& name : token.policies) {
    if (state.policies.find(name) == nullptr) {
      draft.warnings.push_back("Policy " + go_quote(name) + " does not exist");
    }
  }
  return draft;
}

}  // namespace leasehold::devvault

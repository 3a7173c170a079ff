// Token routes. Errors on unknown tokens differ from call to call, as recorded in
// golden/vault-api/token-*.
#include "token_engine.h"

#include <algorithm>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "token_request.h"

namespace leasehold::devvault {
namespace {

std::int64_t unix_seconds(WallTime time) { return std::chrono::system_clock::to_time_t(time); }

Json lookup_data(const State& state, const Token& token, bool with_id) {
  const WallTime now = state.now();
  Json data = {{"accessor", token.accessor},
               {"creation_time", unix_seconds(token.issued)},
               {"creation_ttl", token.creation_ttl.count()},
               {"display_name", token.display_name},
               {"entity_id", token.entity_id},
               {"expire_time", nullptr},
               {"explicit_max_ttl", token.explicit_max_ttl.count()},
               {"id", with_id ? token.id : std::string()},
               {"meta", token.meta},
               {"num_uses", token.num_uses},
               {"orphan", token.orphan},
               {"path", token.path},
               {"policies", string_array(token.policies)},
               {"ttl", 0},
               {"type", token.batch ? "batch" : "service"}};
  if (token.expires) {
    data["expire_time"] = format_rfc3339_nano(*token.expires);
    data["ttl"] = seconds_left(*token.expires, now).count();
  }
  if (!token.initial_root) {
    data["issue_time"] = format_rfc3339_nano(token.issued);
    data["renewable"] = token.renewable;
  }
  if (token.last_renewal) {
    data["last_renewal"] = format_rfc3339_nano(*token.last_renewal);
    data["last_renewal_time"] = unix_seconds(*token.last_renewal);
  }
  if (token.period.count() > 0) {
    data["period"] = token.period.count();
  }
  if (!token.role.empty()) {
    data["role"] = token.role;
  }
  if (!token.bound_cidrs.empty()) {
    data["bound_cidrs"] = string_array(token.bound_cidrs);
  }
  if (const Entity* entity = state.identity.find(token.entity_id); entity != nullptr && !entity->policies.empty()) {
    auto policies = entity->policies;
    std::sort(policies.begin(), policies.end());
    data["identity_policies"] = string_array(policies);
    data["external_namespace_policies"] = Json::object();
  }
  return data;
}

Answer create_token(State& state, Exchange& exchange, bool orphan, Json role, std::string role_name) {
  const TokenRequest request{.fields = exchange.fields,
                             .parent = *exchange.token,
                             .sudo = exchange.sudo || exchange.root,
                             .orphan = orphan,
                             .role = std::move(role),
                             .role_name = std::move(role_name)};
  auto draft = draft_token(request, state);
  if (!draft) {
    return refused(draft.error().message);
  }
  Token& token = *draft->token;
  token.path = exchange.call.path;
  token.mount_uuid = exchange.mount->uuid;
  token.issued = state.now();
  Answer answer;
  answer.warnings = std::move(draft->warnings);
  const bool endless = token.policies == std::vector<std::string>{"root"} && draft->increment.count() == 0 &&
                       token.period.count() == 0 && token.explicit_max_ttl.count() == 0;
  seconds ttl{0};
  if (!endless) {
    auto grant = grant_ttl({.increment = draft->increment,
                            .role_ttl = {},
                            .role_max = {},
                            .explicit_max = token.explicit_max_ttl,
                            .period = token.period,
                            .mount_default = exchange.mount->effective_default(),
                            .mount_max = exchange.mount->effective_max(),
                            .issued = token.issued,
                            .now = token.issued});
    if (!grant) {
      return refused(grant.error().message);
    }
    ttl = grant->ttl;
    token.expires = token.issued + ttl;
    answer.warnings.insert(answer.warnings.end(), grant->warnings.begin(), grant->warnings.end());
  }
  token.creation_ttl = ttl;
  state.tokens.add(draft->token);
  state.lifecycle->wake();
  answer.auth = auth_block(state, token, ttl);
  answer.wrapped_accessor = token.accessor;
  return answer;
}

constexpr Field kToken{"token", FieldType::Text};
constexpr Field kAccessor{"accessor", FieldType::Text};
constexpr Field kIncrement{"increment", FieldType::Duration};

}  // namespace

TokenEngine::TokenEngine(State& state) : state_(state) {
  using E = TokenEngine;
  const auto write = [this](std::string_view pattern, FieldTable fields, Answer (E::*method)(Exchange&)) {
    Route route{.pattern = pattern, .fields = std::move(fields)};
    route.write = Handler(this, method);
    return route;
  };
  std::vector<Route> routes = {
      write("create", create_fields(), &E::create),
      write("create-orphan", create_fields(), &E::create_orphan),
      write("create/{role_name}", create_fields(), &E::create_with_role),
      write("lookup", {kToken}, &E::lookup),
      write("lookup-self", {kToken}, &E::lookup_self),
      write("lookup-accessor", {kAccessor}, &E::lookup_accessor),
      write("renew", {kToken, kIncrement}, &E::renew),
      write("renew-self", {kToken, kIncrement}, &E::renew_self),
      write("renew-accessor", {kAccessor, kIncrement}, &E::renew_accessor),
      write("revoke", {kToken}, &E::revoke),
      write("revoke-self", {kToken}, &E::revoke_self),
      write("revoke-accessor", {kAccessor}, &E::revoke_accessor),
      write("revoke-orphan", {kToken}, &E::revoke_orphan),
  };
  routes[3].read = Handler(this, &E::lookup);
  routes[4].read = Handler(this, &E::lookup_self);
  routes.push_back({.pattern = "accessors", .fields = {}, .list = Handler(this, &E::list_accessors)});
  routes.push_back({.pattern = "roles", .fields = {}, .list = Handler(this, &E::list_roles)});
  routes.push_back({.pattern = "roles/{role_name}",
                    .fields = {{"allowed_policies", FieldType::TextList},
                               {"orphan", FieldType::Boolean},
                               {"renewable", FieldType::Boolean},
                               {"token_period", FieldType::Duration},
                               {"token_explicit_max_ttl", FieldType::Duration},
                               {"token_no_default_policy", FieldType::Boolean},
                               {"token_type", FieldType::Text}},
                    .read = Handler(this, &E::read_role),
                    .write = Handler(this, &E::write_role),
                    .remove = Handler(this, &E::remove_role)});
  set_routes(std::move(routes));
}

Answer TokenEngine::create(Exchange& exchange) { return create_token(state_, exchange, false, nullptr, ""); }
Answer TokenEngine::create_orphan(Exchange& exchange) { return create_token(state_, exchange, true, nullptr, ""); }

Answer TokenEngine::create_with_role(Exchange& exchange) {
  const std::string name = text(exchange.fields, "role_name");
  const auto role = roles_.find(name);
  if (role == roles_.end()) {
    return refused("unknown role " + name);
  }
  return create_token(state_, exchange, false, role->second, name);
}

Answer TokenEngine::lookup(Exchange& exchange) {
  std::string id = text(exchange.fields, "token");
  if (id.empty()) {
    id = exchange.token->id;
  }
  const TokenPtr token = state_.tokens.find(id);
  if (!token || (token->expires && *token->expires <= state_.now())) {
    return failure(403, "bad token");
  }
  return with_data(lookup_data(state_, *token, true));
}

Answer TokenEngine::lookup_self(Exchange& exchange) { return with_data(lookup_data(state_, *exchange.token, true)); }

Answer TokenEngine::lookup_accessor(Exchange& exchange) {
  const std::string accessor = text(exchange.fields, "accessor");
  if (accessor.empty()) {
    return listed_failure(400, "missing accessor");
  }
  const TokenPtr token = state_.tokens.by_accessor(accessor);
  if (!token) {
    return listed_failure(400, "invalid accessor");
  }
  return with_data(lookup_data(state_, *token, false));
}

Answer TokenEngine::renew_token(const TokenPtr& token, Exchange& exchange, bool by_accessor) {
  if (token->batch) {
    return refused("batch tokens cannot be renewed");
  }
  if (token->initial_root) {
    return refused("invalid lease ID");
  }
  if (!token->renewable || !token->expires) {
    return refused("lease is not renewable");
  }
  MountPtr mount;
  for (const MountPtr& candidate : state_.mounts.all()) {
    if (candidate->uuid == token->mount_uuid) {
      mount = candidate;
    }
  }
  if (!mount) {
    return refused("lease is not renewable");
  }
  const LoginRenewal renewal = mount->engine->renew_login(*token);
  if (renewal.refusal) {
    return *renewal.refusal;
  }
  const WallTime now = state_.now();
  auto grant = grant_ttl({.increment = duration(exchange.fields, "increment"),
                          .role_ttl = renewal.terms.ttl,
                          .role_max = renewal.terms.max_ttl,
                          .explicit_max = token->explicit_max_ttl,
                          .period = renewal.terms.period,
                          .mount_default = mount->effective_default(),
                          .mount_max = mount->effective_max(),
                          .issued = token->issued,
                          .now = now});
  if (!grant) {
    return refused(grant.error().message);
  }
  token->expires = now + grant->ttl;
  token->last_renewal = now;
  state_.tokens.reschedule(*token);
  state_.lifecycle->wake();
  Answer answer;
  answer.auth = auth_block(state_, *token, grant->ttl);
  if (by_accessor) {
    (*answer.auth)["client_token"] = "";
  }
  answer.warnings = std::move(grant->warnings);
  return answer;
}

LoginRenewal TokenEngine::renew_login(const Token& token) {
  LoginRenewal renewal;
  renewal.terms.ttl = token.creation_ttl;
  renewal.terms.period = token.period;
  return renewal;
}

Answer TokenEngine::renew(Exchange& exchange) {
  const std::string id = text(exchange.fields, "token");
  if (id.empty()) {
    return refused("missing token ID");
  }
  const TokenPtr token = state_.tokens.find(id);
  return token ? renew_token(token, exchange, false) : refused("token not found");
}

Answer TokenEngine::renew_self(Exchange& exchange) { return renew_token(exchange.token, exchange, false); }

Answer TokenEngine::renew_accessor(Exchange& exchange) {
  const std::string accessor = text(exchange.fields, "accessor");
  if (accessor.empty()) {
    return listed_failure(400, "missing accessor");
  }
  const TokenPtr token = state_.tokens.by_accessor(accessor);
  return token ? renew_token(token, exchange, true) : listed_failure(400, "invalid accessor");
}

Answer TokenEngine::revoke(Exchange& exchange) {
  const std::string id = text(exchange.fields, "token");
  if (id.empty()) {
    return refused("missing token ID");
  }
  if (const TokenPtr token = state_.tokens.find(id); token && token->batch) {
    return refused("batch tokens cannot be revoked");
  }
  state_.lifecycle->end_token(id);
  return no_content();
}

Answer TokenEngine::revoke_self(Exchange& exchange) {
  if (exchange.token->batch) {
    return refused("batch tokens cannot be revoked");
  }
  state_.lifecycle->end_token(exchange.token->id);
  return no_content();
}

Answer TokenEngine::revoke_accessor(Exchange& exchange) {
  const std::string accessor = text(exchange.fields, "accessor");
  if (accessor.empty()) {
    return listed_failure(400, "missing accessor");
  }
  const TokenPtr token = state_.tokens.by_accessor(accessor);
  if (!token) {
    Answer answer;
    answer.warnings.emplace_back("No token found with this accessor");
    return answer;
  }
  state_.lifecycle->end_token(token->id);
  return no_content();
}

Answer TokenEngine::revoke_orphan(Exchange& exchange) {
  const std::string id = text(exchange.fields, "token");
  if (id.empty()) {
    return refused("missing token ID");
  }
  if (!exchange.sudo && !exchange.root) {
    return refused("root or sudo privileges required to revoke and orphan");
  }
  state_.lifecycle->end_token(id, true);
  return no_content();
}

Answer TokenEngine::list_accessors(Exchange& /*exchange*/) { return key_list(state_.tokens.accessors()); }

Answer TokenEngine::read_role(Exchange& exchange) {
  const auto role = roles_.find(text(exchange.fields, "role_name"));
  return role == roles_.end() ? nothing_there() : with_data(role->second);
}

Answer TokenEngine::write_role(Exchange& exchange) {
  const std::string name = text(exchange.fields, "role_name");
  Json& role = roles_[name];
  role.update(exchange.fields);
  role["name"] = name;
  role.erase("role_name");
  return no_content();
}

Answer TokenEngine::remove_role(Exchange& exchange) {
  roles_.erase(text(exchange.fields, "role_name"));
  return no_content();
}

Answer TokenEngine::list_roles(Exchange& /*exchange*/) {
  std::vector<std::string> names;
  for (const auto& [name, role] : roles_) {
    names.push_back(name);
  }
  return key_list(names);
}

}  // namespace leasehold::devvault

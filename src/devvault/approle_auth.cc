// Roles, their ids and their secrets. Texts of golden/vault-api/auth-approle.
#include "approle_auth.h"

#include <algorithm>

#include "crypto.h"
#include "kv1.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "login_role.h"

namespace leasehold::devvault {
namespace {
Answer wrong_login() { return refused("invalid role or secret ID"); }
Answer no_role(const std::string& name) { return failure(404, "role " + go_quote(name) + " does not exist"); }
}  // namespace

ApproleAuth::ApproleAuth(State& state) : state_(state) {
  using A = ApproleAuth;
  FieldTable role = {{"role_name", FieldType::LowerText},      {"bind_secret_id", FieldType::Boolean},
                     {"secret_id_bound_cidrs", FieldType::TextList}, {"secret_id_num_uses", FieldType::Integer},
                     {"secret_id_ttl", FieldType::Duration},   {"role_id", FieldType::Text},
                     {"local_secret_ids", FieldType::Boolean}};
  add_token_fields(role);
  const FieldTable secret = {{"role_name", FieldType::LowerText}, {"secret_id", FieldType::Text},
                             {"secret_id_accessor", FieldType::Text}, {"metadata", FieldType::Text},
                             {"cidr_list", FieldType::TextList}, {"token_bound_cidrs", FieldType::TextList},
                             {"ttl", FieldType::Duration},       {"num_uses", FieldType::Integer}};
  std::vector<Route> routes;
  routes.push_back({.pattern = "role", .list = Handler(this, &A::list_roles)});
  Route roles{.pattern = "role/{role_name}",
              .fields = role,
              .read = Handler(this, &A::read_role),
              .write = Handler(this, &A::write_role),
              .remove = Handler(this, &A::remove_role)};
  roles.exists = [this](Exchange& exchange) { return find(exchange) != nullptr; };
  routes.push_back(std::move(roles));
  routes.push_back({.pattern = "role/{role_name}/role-id",
                    .fields = role,
                    .read = Handler(this, &A::read_role_id),
                    .write = Handler(this, &A::write_role_id)});
  routes.push_back({.pattern = "role/{role_name}/secret-id",
                    .fields = secret,
                    .write = Handler(this, &A::make_secret_id),
                    .list = Handler(this, &A::list_secret_ids)});
  routes.push_back({.pattern = "role/{role_name}/custom-secret-id", .fields = secret, .write = Handler(this, &A::make_secret_id)});
  routes.push_back({.pattern = "role/{role_name}/secret-id/lookup", .fields = secret, .write = Handler(this, &A::look_up_secret_id)});
  routes.push_back({.pattern = "role/{role_name}/secret-id-accessor/lookup", .fields = secret, .write = Handler(this, &A::look_up_accessor)});
  for (const std::string_view pattern : {"role/{role_name}/secret-id/destroy", "role/{role_name}/secret-id-accessor/destroy"}) {
    routes.push_back({.pattern = pattern,
                      .fields = secret,
                      .write = Handler(this, &A::destroy_secret_id),
                      .remove = Handler(this, &A::destroy_secret_id)});
  }
  Route login{.pattern = "login",
              .fields = {{"role_id", FieldType::Text}, {"secret_id", FieldType::Text}},
              .read = Handler(this, &A::login),
              .write = Handler(this, &A::login)};
  login.unauthenticated = true;
  routes.push_back(std::move(login));
  set_routes(std::move(routes));
}

ApproleAuth::Role* ApproleAuth::find(const Exchange& exchange) {
  const auto found = roles_.find(to_lower(text(exchange.fields, "role_name")));
  return found == roles_.end() ? nullptr : &found->second;
}

Answer ApproleAuth::list_roles(Exchange& /*exchange*/) { return list_keys(roles_, ""); }

Answer ApproleAuth::read_role(Exchange& exchange) {
  const Role* role = find(exchange);
  if (role == nullptr) {
    return nothing_there();
  }
  Json data = {{"bind_secret_id", role->bind_secret_id},
               {"local_secret_ids", false},
               {"secret_id_bound_cidrs", role->secret_id_cidrs.empty() ? Json(nullptr) : string_array(role->secret_id_cidrs)},
               {"secret_id_num_uses", role->secret_id_num_uses},
               {"secret_id_ttl", role->secret_id_ttl.count()}};
  show_token_terms(role->terms, data);
  return with_data(std::move(data));
}

Answer ApproleAuth::write_role(Exchange& exchange) {
  const Json& fields = exchange.fields;
  const Role* existing = find(exchange);
  Role role = existing == nullptr ? Role{.role_id = crypto::random_uuid(), .secret_id_cidrs = {}, .terms = {}, .secret_ids = {}} : *existing;
  if (auto read = read_token_terms(fields, role.terms); !read) {
    return refused(read.error().message);
  }
  role.bind_secret_id = boolean(fields, "bind_secret_id", role.bind_secret_id);
  if (has(fields, "secret_id_bound_cidrs")) {
    role.secret_id_cidrs = texts(fields, "secret_id_bound_cidrs");
  }
  role.secret_id_num_uses = integer(fields, "secret_id_num_uses", role.secret_id_num_uses);
  if (has(fields, "secret_id_ttl")) {
    role.secret_id_ttl = duration(fields, "secret_id_ttl");
  }
  if (has(fields, "role_id")) {
    role.role_id = text(fields, "role_id");
  }
  if (!role.bind_secret_id && role.secret_id_cidrs.empty() && role.terms.bound_cidrs.empty()) {
    return engine_failure("at least one constraint should be enabled on the role");
  }
  roles_[text(fields, "role_name")] = std::move(role);
  return no_content();
}

Answer ApproleAuth::remove_role(Exchange& exchange) {
  roles_.erase(text(exchange.fields, "role_name"));
  return no_content();
}

Answer ApproleAuth::read_role_id(Exchange& exchange) {
  const Role* role = find(exchange);
  return role == nullptr ? nothing_there() : with_data({{"role_id", role->role_id}});
}

Answer ApproleAuth::write_role_id(Exchange& exchange) {
  Role* role = find(exchange);
  if (role == nullptr) {
    return no_role(text(exchange.fields, "role_name"));
  }
  role->role_id = text(exchange.fields, "role_id");
  return role->role_id.empty() ? refused("missing role_id") : no_content();
}

Answer ApproleAuth::make_secret_id(Exchange& exchange) {
  const Json& fields = exchange.fields;
  Role* role = find(exchange);
  if (role == nullptr) {
    return no_role(text(fields, "role_name"));
  }
  SecretId secret;
  secret.accessor = crypto::random_uuid();
  secret.num_uses = integer(fields, "num_uses", role->secret_id_num_uses);
  secret.limited = secret.num_uses > 0;
  secret.ttl = has(fields, "ttl") ? duration(fields, "ttl") : role->secret_id_ttl;
  secret.created = state_.now();
  if (secret.ttl.count() > 0) {
    secret.expires = secret.created + secret.ttl;
  }
  secret.cidrs = texts(fields, "cidr_list");
  secret.token_cidrs = texts(fields, "token_bound_cidrs");
  if (const std::string metadata = text(fields, "metadata"); !metadata.empty()) {
    auto parsed = parse_json(metadata);
    auto map = parsed ? convert_value(FieldType::TextMap, *parsed) : parsed;
    if (!map) {
      return refused("unable to parse metadata: " + map.error().message);
    }
    secret.metadata = map->get<std::map<std::string, std::string>>();
  }
  std::string id = text(fields, "secret_id");
  if (id.empty()) {
    id = crypto::random_uuid();
  }
  Answer answer = with_data({{"secret_id", id},
                             {"secret_id_accessor", secret.accessor},
                             {"secret_id_num_uses", secret.num_uses},
                             {"secret_id_ttl", secret.ttl.count()}});
  answer.wrapped_accessor = secret.accessor;
  role->secret_ids[id] = std::move(secret);
  return answer;
}

Answer ApproleAuth::list_secret_ids(Exchange& exchange) {
  const Role* role = find(exchange);
  if (role == nullptr) {
    return no_role(text(exchange.fields, "role_name"));
  }
  std::vector<std::string> accessors;
  for (const auto& [id, secret] : role->secret_ids) {
    accessors.push_back(secret.accessor);
  }
  std::sort(accessors.begin(), accessors.end());
  return key_list(accessors);
}

Json ApproleAuth::describe_secret_id(const SecretId& secret) {
  const std::string created = format_rfc3339_nano(secret.created);
  return {{"cidr_list", string_array(secret.cidrs)},
          {"creation_time", created},
          {"expiration_time", secret.expires ? format_rfc3339_nano(*secret.expires) : std::string("0001-01-01T00:00:00Z")},
          {"last_updated_time", created},
          {"metadata", secret.metadata},
          {"secret_id_accessor", secret.accessor},
          {"secret_id_num_uses", secret.num_uses},
          {"secret_id_ttl", secret.ttl.count()},
          {"token_bound_cidrs", string_array(secret.token_cidrs)}};
}

Answer ApproleAuth::look_up_secret_id(Exchange& exchange) {
  const Role* role = find(exchange);
  if (role == nullptr) {
    return no_role(text(exchange.fields, "role_name"));
  }
  const auto found = role->secret_ids.find(text(exchange.fields, "secret_id"));
  return found == role->secret_ids.end() ? no_content() : with_data(describe_secret_id(found->second));
}

Answer ApproleAuth::look_up_accessor(Exchange& exchange) {
  const Role* role = find(exchange);
  if (role == nullptr) {
    return no_role(text(exchange.fields, "role_name"));
  }
  const std::string accessor = text(exchange.fields, "secret_id_accessor");
  for (const auto& [id, secret] : role->secret_ids) {
    if (secret.accessor == accessor) {
      return with_data(describe_secret_id(secret));
    }
  }
  Answer answer = with_data({{"error", "failed to find accessor entry for secret_id_accessor: " + go_quote(accessor)}});
  answer.status = 404;
  return answer;
}

Answer ApproleAuth::destroy_secret_id(Exchange& exchange) {
  if (Role* role = find(exchange)) {
    role->secret_ids.erase(text(exchange.fields, "secret_id"));
    const std::string accessor = text(exchange.fields, "secret_id_accessor");
    std::erase_if(role->secret_ids, [&](const auto& entry) { return entry.second.accessor == accessor; });
  }
  return no_content();
}

Answer ApproleAuth::check_secret_id(Role& role, const std::string& id, const std::string& address, LoginOffer& offer) {
  const auto found = role.secret_ids.find(id);
  if (found == role.secret_ids.end()) {
    return wrong_login();
  }
  SecretId& secret = found->second;
  if (secret.expires && *secret.expires <= state_.now()) {
    role.secret_ids.erase(found);
    return wrong_login();
  }
  const auto& cidrs = secret.cidrs.empty() ? role.secret_id_cidrs : secret.cidrs;
  if (!address_allowed(cidrs, address)) {
    // compat: Go's formatting mistake is part of the text, spec/vault-api.md 7.3
    return refused("source address " + go_quote(address) + " unauthorized by CIDR restrictions on the secret ID: %!w(<nil>)");
  }
  offer.metadata = secret.metadata;
  if (!secret.token_cidrs.empty()) {
    offer.terms.bound_cidrs = secret.token_cidrs;
  }
  if (secret.limited && --secret.num_uses == 0) {
    role.secret_ids.erase(found);
  }
  return no_content();
}

Answer ApproleAuth::login(Exchange& exchange) {
  const std::string role_id = text(exchange.fields, "role_id");
  if (role_id.empty()) {
    return failure(500, "missing role_id");
  }
  const auto found = std::find_if(roles_.begin(), roles_.end(), [&](const auto& entry) { return entry.second.role_id == role_id; });
  if (found == roles_.end()) {
    return wrong_login();
  }
  Role& role = found->second;
  Answer answer;
  LoginOffer offer;
  offer.terms = role.terms;
  if (role.bind_secret_id) {
    const std::string secret_id = text(exchange.fields, "secret_id");
    if (secret_id.empty()) {
      return refused("missing secret_id");
    }
    if (Answer checked = check_secret_id(role, secret_id, exchange.call.remote_address, offer); !succeeded(checked)) {
      return checked;
    }
  } else if (!address_allowed(role.secret_id_cidrs, exchange.call.remote_address)) {
    return wrong_login();
  }
  offer.metadata["role_name"] = found->first;
  offer.alias = role_id;
  offer.internal = Json{{"role", found->first}};
  answer.login = std::move(offer);
  return answer;
}

LoginRenewal ApproleAuth::renew_login(const Token& token) {
  const std::string name = text_member(token.internal, "role");
  return renew_by_role(roles_, name, go_quote(name));
}

}  // namespace leasehold::devvault

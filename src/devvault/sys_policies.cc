// Policies by name and what a token may do by them.
#include "sys_engine.h"

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

Json policy_data(const std::string& name, const Policy& policy, std::string_view text_key) {
  Json data = {{"name", name},
               {"version", policy.version},
               {"cas_required", false},
               {"allow_slashes_in_identity_templates", false},
               {"allow_wildcards_in_identity_templates", false}};
  data[std::string(text_key)] = policy.text;
  if (policy.modified) {
    data["modified"] = format_rfc3339_nano(*policy.modified);
  }
  return data;
}

Answer capability_answer(const State& state, const Token& token, const Json& fields) {
  auto paths = texts(fields, "paths");
  if (paths.empty()) {
    paths = texts(fields, "path");
  }
  if (paths.empty()) {
    return refused("paths must be supplied");
  }
  const Acl acl = acl_of(state, token);
  Json data = Json::object();
  for (const std::string& path : paths) {
    const std::string plain = path.starts_with('/') ? path.substr(1) : path;
    data[path] = acl.root() ? Json::array({"root"}) : string_array(capability_names(acl.capabilities(plain)));
  }
  if (paths.size() == 1) {
    data["capabilities"] = data[paths.front()];
  }
  Answer answer = with_data(std::move(data));
  answer.data_at_top = true;
  return answer;
}

}  // namespace

void SysPolicies::add_routes(Routes& routes) {
  using S = SysPolicies;
  const FieldTable policy = {{"policy", FieldType::Text}, {"rules", FieldType::Text}};
  for (const bool old : {false, true}) {
    routes.push_back({.pattern = old ? "policy" : "policies/acl",
                      .fields = {},
                      .read = old ? Handler(this, &S::list) : Handler(),
                      .list = Handler(this, &S::list)});
    routes.push_back({.pattern = old ? "policy/{name*}" : "policies/acl/{name*}",
                      .fields = policy,
                      .read = old ? Handler(this, &S::read_old) : Handler(this, &S::read),
                      .write = Handler(this, &S::write),
                      .remove = Handler(this, &S::remove)});
  }
  const FieldTable paths = {{"paths", FieldType::TextList},
                            {"path", FieldType::TextList},
                            {"token", FieldType::Text},
                            {"accessor", FieldType::Text}};
  routes.push_back({.pattern = "capabilities", .fields = paths, .write = Handler(this, &S::capabilities)});
  routes.push_back({.pattern = "capabilities-self", .fields = paths, .write = Handler(this, &S::capabilities_self)});
  routes.push_back({.pattern = "capabilities-accessor", .fields = paths, .write = Handler(this, &S::capabilities_accessor)});
}

Answer SysPolicies::list(Exchange& /*exchange*/) { return key_list(state_.policies.names()); }

Answer SysPolicies::read(Exchange& exchange) {
  const std::string name = to_lower(text(exchange.fields, "name"));
  const Policy* policy = state_.policies.find(name);
  return policy == nullptr ? nothing_there() : with_data(policy_data(name, *policy, "policy"));
}

Answer SysPolicies::read_old(Exchange& exchange) {
  const std::string name = to_lower(text(exchange.fields, "name"));
  const Policy* policy = state_.policies.find(name);
  if (policy == nullptr) {
    return nothing_there();
  }
  Answer answer = with_data(policy_data(name, *policy, "rules"));
  answer.data_at_top = true;
  return answer;
}

Answer SysPolicies::write(Exchange& exchange) {
  const std::string given = text(exchange.fields, "name");
  const std::string name = to_lower(given);
  std::string policy = text(exchange.fields, "policy");
  if (policy.empty()) {
    policy = text(exchange.fields, "rules");
  }
  if (policy.empty()) {
    return refused("'policy' parameter not supplied or empty");
  }
  if (auto put = state_.policies.put(name, plain_policy_text(policy), state_.now()); !put) {
    return refused(put.error().message);
  }
  if (name == given) {
    return no_content();
  }
  Answer answer;
  answer.warnings.push_back("policy name was converted to " + name);
  return answer;
}

Answer SysPolicies::remove(Exchange& exchange) {
  if (auto removed = state_.policies.remove(to_lower(text(exchange.fields, "name"))); !removed) {
    return refused(removed.error().message);
  }
  return no_content();
}

Answer SysPolicies::capabilities(Exchange& exchange) {
  const std::string id = text(exchange.fields, "token");
  if (id.empty()) {
    return engine_failure("no token found");
  }
  const TokenPtr token = live_token(state_, id, exchange.call.remote_address);
  return token ? capability_answer(state_, *token, exchange.fields) : listed_failure(400, "invalid token");
}

Answer SysPolicies::capabilities_self(Exchange& exchange) {
  return capability_answer(state_, *exchange.token, exchange.fields);
}

Answer SysPolicies::capabilities_accessor(Exchange& exchange) {
  const TokenPtr token = state_.tokens.by_accessor(text(exchange.fields, "accessor"));
  return token ? capability_answer(state_, *token, exchange.fields) : listed_failure(400, "invalid accessor");
}

}  // namespace leasehold::devvault

// Password policies, rate-limit quotas, metrics.
#include "sys_engine.h"

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "quotas.h"

namespace leasehold::devvault {

void SysLimits::add_routes(Routes& routes) {
  using S = SysLimits;
  const FieldTable policy = {{"name", FieldType::Text}, {"policy", FieldType::Text}};
  routes.push_back({.pattern = "policies/password", .list = Handler(this, &S::list_policies)});
  routes.push_back({.pattern = "policies/password/{name}",
                    .fields = policy,
                    .read = Handler(this, &S::read_policy),
                    .write = Handler(this, &S::write_policy),
                    .remove = Handler(this, &S::remove_policy)});
  routes.push_back({.pattern = "policies/password/{name}/generate", .fields = policy, .read = Handler(this, &S::generate)});
  routes.push_back({.pattern = "quotas/rate-limit", .list = Handler(this, &S::list_quotas)});
  routes.push_back({.pattern = "quotas/rate-limit/{name}",
                    .fields = {{"name", FieldType::Text},
                               {"path", FieldType::Text},
                               {"rate", FieldType::Any},
                               {"interval", FieldType::Duration},
                               {"block_interval", FieldType::Duration},
                               {"type", FieldType::Text},
                               {"role", FieldType::Text},
                               {"inheritable", FieldType::Boolean}},
                    .read = Handler(this, &S::read_quota),
                    .write = Handler(this, &S::write_quota),
                    .remove = Handler(this, &S::remove_quota)});
  Route metrics{.pattern = "metrics", .fields = {{"format", FieldType::Text}}, .read = Handler(this, &S::metrics)};
  metrics.unauthenticated = true;
  routes.push_back(std::move(metrics));
  routes.push_back({.pattern = "namespaces", .list = Handler(this, &S::list_namespaces)});
  Route replication{.pattern = "replication/status", .read = Handler(this, &S::no_replication)};
  replication.unauthenticated = true;
  routes.push_back(std::move(replication));
}

Answer SysLimits::list_policies(Exchange& /*exchange*/) {
  std::vector<std::string> names;
  for (const auto& [name, policy] : state_.password_policies) {
    names.push_back(name);
  }
  return key_list(names);
}

Answer SysLimits::read_policy(Exchange& exchange) {
  const auto found = state_.password_policies.find(text(exchange.fields, "name"));
  return found == state_.password_policies.end() ? nothing_there() : with_data({{"policy", found->second.text}});
}

Answer SysLimits::write_policy(Exchange& exchange) {
  const std::string given = text(exchange.fields, "policy");
  if (given.empty()) {
    return refused("missing policy");
  }
  auto policy = parse_password_policy(plain_policy_text(given));
  if (!policy) {
    return refused("invalid password policy: " + policy.error().message);
  }
  state_.password_policies[text(exchange.fields, "name")] = *std::move(policy);
  return no_content();
}

Answer SysLimits::remove_policy(Exchange& exchange) {
  state_.password_policies.erase(text(exchange.fields, "name"));
  return no_content();
}

Answer SysLimits::generate(Exchange& exchange) {
  const auto found = state_.password_policies.find(text(exchange.fields, "name"));
  return found == state_.password_policies.end() ? nothing_there() : with_data({{"password", generate_password(found->second)}});
}

Answer SysLimits::list_quotas(Exchange& /*exchange*/) {
  std::vector<std::string> names;
  for (const auto& [name, quota] : state_.quotas.all()) {
    names.push_back(name);
  }
  return key_list(names);
}

Answer SysLimits::read_quota(Exchange& exchange) {
  const std::string name = text(exchange.fields, "name");
  const Quota* quota = state_.quotas.find(name);
  if (quota == nullptr) {
    return nothing_there();
  }
  return with_data({{"block_interval", quota->block_interval.count()},
                    {"inheritable", false},
                    {"interval", quota->interval.count()},
                    {"name", name},
                    {"path", quota->path},
                    {"rate", number_from_literal(go_float(quota->rate))},
                    {"role", ""},
                    {"type", "rate-limit"}});
}

Answer SysLimits::write_quota(Exchange& exchange) {
  const Json& given = member(exchange.fields, "rate");
  auto rate = parse_float(given.is_string() ? given.get<std::string>() : number_literal(given).value_or(""));
  if (!rate || !(*rate > 0)) {
    return refused("'rate' is invalid");
  }
  Quota quota;
  quota.rate = *rate;
  quota.path = text(exchange.fields, "path");
  // The name of a mount means the mount.
  if (!quota.path.empty() && !quota.path.ends_with('/') && state_.mounts.at(quota.path + "/")) {
    quota.path.push_back('/');
  }
  if (has(exchange.fields, "interval")) {
    quota.interval = std::max(seconds(1), duration(exchange.fields, "interval"));
  }
  quota.block_interval = duration(exchange.fields, "block_interval");
  state_.quotas.put(text(exchange.fields, "name"), std::move(quota));
  return no_content();
}

Answer SysLimits::remove_quota(Exchange& exchange) {
  state_.quotas.remove(text(exchange.fields, "name"));
  return no_content();
}

Answer SysLimits::metrics(Exchange& exchange) {
  const std::string format = text(exchange.fields, "format");
  const std::size_t leases = state_.leases.all().size();
  Answer answer;
  if (format == "prometheus") {
    answer.own_text = "# TYPE vault_expire_num_leases gauge\nvault_expire_num_leases " + std::to_string(leases) + "\n";
  } else if (format.empty()) {
    const Json gauge = {{"Name", "vault.expire.num_leases"}, {"Value", leases}, {"Labels", Json::object()}};
    answer.own_body = Json{{"Timestamp", format_rfc3339_nano(state_.now())}, {"Gauges", Json::array({gauge})},
                           {"Points", Json::array()}, {"Counters", Json::array()}, {"Samples", Json::array()}};
  } else {
    answer.status = 400;
    answer.own_text = "metric response format " + go_quote(format) + " unknown";
  }
  return answer;
}

Answer SysLimits::list_namespaces(Exchange& /*exchange*/) { return nothing_there(); }

Answer SysLimits::no_replication(Exchange& /*exchange*/) { return failure(404, "unsupported path"); }

}  // namespace leasehold::devvault

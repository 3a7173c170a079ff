// Leases by id and by prefix (spec/vault-api.md 6).
#include "sys_engine.h"

#include "leasehold/base/scalars.h"

namespace leasehold::devvault {
namespace {

Answer queued() {
  Answer answer;
  answer.status = 202;
  return answer;
}

std::string lease_id(const Exchange& exchange) {
  const std::string id = text(exchange.fields, "lease_id");
  return id.empty() ? text(exchange.fields, "url_lease_id") : id;
}

Answer missing_id() { return refused("lease_id must be specified"); }

}  // namespace

void SysLeases::add_routes(Routes& routes) {
  using S = SysLeases;
  const FieldTable fields = {{"lease_id", FieldType::Any},        {"url_lease_id", FieldType::Text},
                             {"increment", FieldType::Duration},  {"sync", FieldType::Boolean},
                             {"prefix", FieldType::Text},         {"type", FieldType::Text},
                             {"include_child_namespaces", FieldType::Boolean}};
  routes.push_back({.pattern = "leases/lookup", .fields = fields, .write = Handler(this, &S::lookup), .list = Handler(this, &S::list)});
  routes.push_back({.pattern = "leases/lookup/{prefix*}", .fields = fields, .list = Handler(this, &S::list)});
  routes.push_back({.pattern = "leases/renew", .fields = fields, .write = Handler(this, &S::renew)});
  routes.push_back({.pattern = "leases/renew/{url_lease_id*}", .fields = fields, .write = Handler(this, &S::renew)});
  routes.push_back({.pattern = "leases/revoke", .fields = fields, .write = Handler(this, &S::revoke)});
  routes.push_back({.pattern = "leases/revoke/{url_lease_id*}", .fields = fields, .write = Handler(this, &S::revoke)});
  routes.push_back({.pattern = "leases/revoke-prefix/{prefix*}", .fields = fields, .write = Handler(this, &S::revoke_prefix)});
  routes.push_back({.pattern = "leases/revoke-force/{prefix*}", .fields = fields, .write = Handler(this, &S::revoke_force)});
  routes.push_back({.pattern = "leases/count", .fields = fields, .read = Handler(this, &S::count)});
  routes.push_back({.pattern = "leases", .fields = fields, .read = Handler(this, &S::irrevocable)});
}

Answer SysLeases::lookup(Exchange& exchange) {
  const Json& given = member(exchange.fields, "lease_id");
  if (given.is_null() || given == "") {
    return missing_id();
  }
  if (!given.is_string()) {
    return refused("invalid lease ID");
  }
  const LeasePtr lease = state_.leases.find(given.get<std::string>());
  if (!lease) {
    return refused("invalid lease");
  }
  const WallTime now = state_.now();
  const bool live = lease->expires > now;
  return with_data({{"expire_time", format_rfc3339_nano(lease->expires)},
                    {"id", lease->id},
                    {"issue_time", format_rfc3339_nano(lease->issued)},
                    {"last_renewal", lease->last_renewal ? Json(format_rfc3339_nano(*lease->last_renewal)) : Json(nullptr)},
                    {"path", lease->path},
                    // compat: an ended lease whose revocation is pending still answers, spec/vault-api.md 6.3
                    {"renewable", live && lease->renewable},
                    {"ttl", live ? seconds_left(lease->expires, now).count() : 0}});
}

Answer SysLeases::list(Exchange& exchange) {
  std::string prefix = text(exchange.fields, "prefix");
  if (!prefix.empty() && !prefix.ends_with('/')) {
    prefix.push_back('/');
  }
  std::vector<std::string> ids;
  for (const LeasePtr& lease : state_.leases.with_prefix(prefix)) {
    ids.push_back(lease->id);
  }
  if (auto keys = children_of(ids, prefix); !keys.empty()) {
    return key_list(keys);
  }
  // compat: tokens made by auth/token/create are leases there too, golden/vault-api/leases
  if (prefix.starts_with("auth/")) {
    return with_data({{"keys", Json::array()}});
  }
  return nothing_there();
}

net::awaitable<Answer> SysLeases::renew(Exchange& exchange) {
  const std::string id = lease_id(exchange);
  if (id.empty()) {
    co_return missing_id();
  }
  const LeasePtr lease = state_.leases.find(id);
  if (!lease) {
    co_return refused("lease not found");
  }
  if (lease->expires <= state_.now() || lease->revoking) {
    co_return refused("lease expired");
  }
  if (!lease->renewable) {
    co_return refused("lease is not renewable");
  }
  auto renewal = co_await lease->mount->engine->renew_lease(lease, duration(exchange.fields, "increment"));
  if (!renewal) {
    co_return refused("failed to renew entry: " + renewal.error().message);
  }
  // It may have been revoked while the engine worked.
  if (state_.leases.find(id) == nullptr || lease->revoking) {
    co_return refused("lease not found");
  }
  const WallTime now = state_.now();
  seconds ttl = renewal->ttl;
  if (lease->token_end) {
    ttl = std::min(ttl, seconds_left(*lease->token_end, now));
  }
  lease->last_renewal = now;
  lease->expires = now + ttl;
  lease->due = lease->expires;
  lease->attempts = 0;
  state_.leases.reschedule(*lease);
  state_.lifecycle->wake();
  Answer answer;
  answer.lease_id = id;
  answer.renewable = true;
  answer.lease_duration = ttl;
  answer.warnings = std::move(renewal->warnings);
  co_return answer;
}

net::awaitable<Answer> SysLeases::revoke(Exchange& exchange) {
  const std::string id = lease_id(exchange);
  if (id.empty()) {
    co_return missing_id();
  }
  const LeasePtr lease = state_.leases.find(id);
  if (!boolean(exchange.fields, "sync", true)) {
    if (lease) {
      state_.lifecycle->revoke_soon({lease});
    }
    co_return queued();
  }
  if (lease) {
    if (auto revoked = co_await state_.lifecycle->revoke(lease); !revoked) {
      co_return refused("failed to revoke entry: " + revoked.error().message);
    }
  }
  co_return no_content();
}

net::awaitable<Answer> SysLeases::revoke_prefix(Exchange& exchange) {
  const auto leases = state_.leases.with_prefix(text(exchange.fields, "prefix"));
  if (!boolean(exchange.fields, "sync", true)) {
    state_.lifecycle->revoke_soon(leases);
    co_return queued();
  }
  for (const LeasePtr& lease : leases) {
    if (auto revoked = co_await state_.lifecycle->revoke(lease); !revoked) {
      co_return refused("failed to revoke " + lease->id + ": failed to revoke entry: " + revoked.error().message);
    }
  }
  co_return no_content();
}

net::awaitable<Answer> SysLeases::revoke_force(Exchange& exchange) {
  for (const LeasePtr& lease : state_.leases.with_prefix(text(exchange.fields, "prefix"))) {
    co_await state_.lifecycle->force(lease);
  }
  co_return no_content();
}

Answer SysLeases::count(Exchange& exchange) {
  if (text(exchange.fields, "type") != "irrevocable") {
    return nothing_there();
  }
  Json counts = Json::object();
  std::int64_t total = 0;
  for (const LeasePtr& lease : state_.leases.all()) {
    if (lease->irrevocable) {
      counts[lease->mount->accessor] = integer(counts, lease->mount->accessor) + 1;
      ++total;
    }
  }
  return with_data({{"counts", std::move(counts)}, {"lease_count", total}});
}

Answer SysLeases::irrevocable(Exchange& exchange) {
  if (text(exchange.fields, "type") != "irrevocable") {
    return nothing_there();
  }
  Json leases = Json::array();
  for (const LeasePtr& lease : state_.leases.all()) {
    if (lease->irrevocable) {
      leases.push_back({{"lease_id", lease->id}, {"error", "gave up after " + std::to_string(lease->attempts) + " attempts"}});
    }
  }
  const auto count = leases.size();
  return with_data({{"leases", std::move(leases)}, {"lease_count", count}});
}

}  // namespace leasehold::devvault

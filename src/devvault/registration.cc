// What an engine's answer leaves behind: a token for a login, a lease for a secret, a wrapping token
// around either.
#include "core.h"

#include <algorithm>

#include <arpa/inet.h>

#include "crypto.h"
#include "http_rules.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

struct Address {
  int bits = 0;  ///< 0: not an address
  std::array<unsigned char, 16> bytes{};
};

Address parse_address(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
  } else if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
  }
  return address;
}

bool inside(const std::string& cidr, const Address& address) {
  const auto slash = cidr.find('/');
  const Address network = parse_address(cidr.substr(0, slash));
  if (network.bits == 0 || network.bits != address.bits) {
    return false;
  }
  auto given = slash == std::string::npos ? Result<std::int64_t>(network.bits) : parse_int(cidr.substr(slash + 1));
  if (!given || *given < 0 || *given > network.bits) {
    return false;
  }
  const int length = static_cast<int>(*given);
  for (int bit = 0; bit < length; ++bit) {
    const auto place = static_cast<std::size_t>(bit / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(bit % 8);
    if (((network.bytes[place] ^ address.bytes[place]) & mask) != 0) {
      return false;
    }
  }
  return true;
}

bool makes_batch(const Mount& mount, const std::string& type) {
  const std::string of_mount = text_member(mount.config, "token_type");
  if (of_mount == "batch" || of_mount == "service") {
    return of_mount == "batch";
  }
  if (type == "default" || type.empty() || type.starts_with("default-")) {
    return of_mount.empty() ? type == "default-batch" : of_mount == "default-batch";
  }
  return type == "batch";
}

}  // namespace

bool address_allowed(const std::vector<std::string>& cidrs, const std::string& address) {
  const Address parsed = parse_address(address);
  return cidrs.empty() || std::any_of(cidrs.begin(), cidrs.end(),
                                      [&](const std::string& cidr) { return inside(cidr, parsed); });
}

Json auth_block(const State& state, const Token& token, seconds ttl) {
  std::vector<std::string> all = token.policies;
  Json block = Json::object();
  const Entity* entity = state.identity.find(token.entity_id);
  if (entity != nullptr && !entity->policies.empty()) {
    all.insert(all.end(), entity->policies.begin(), entity->policies.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    auto sorted = entity->policies;
    std::sort(sorted.begin(), sorted.end());
    block["identity_policies"] = string_array(sorted);
  }
  block["client_token"] = token.id;
  block["accessor"] = token.accessor;
  block["policies"] = string_array(all);
  block["token_policies"] = string_array(token.policies);
  block["metadata"] = token.meta;
  block["lease_duration"] = ttl.count();
  block["renewable"] = token.renewable;
  block["entity_id"] = token.entity_id;
  block["token_type"] = token.batch ? "batch" : "service";
  block["orphan"] = token.orphan;
  block["mfa_requirement"] = nullptr;
  block["num_uses"] = token.num_uses;
  return block;
}

void register_login(State& state, Exchange& exchange, Answer& answer) {
  const LoginOffer offer = *std::exchange(answer.login, std::nullopt);
  const Mount& mount = *exchange.mount;
  if (!address_allowed(offer.terms.bound_cidrs, exchange.call.remote_address)) {
    answer = denied();
    return;
  }
  auto token = std::make_shared<Token>();
  if (!offer.alias.empty()) {
    const Entity& entity = state.identity.login(mount.accessor, offer.alias, offer.metadata);
    if (entity.disabled) {
      answer = denied();
      return;
    }
    token->entity_id = entity.id;
  }
  const WallTime now = state.now();
  auto grant = grant_ttl({.increment = {},
                          .role_ttl = offer.terms.ttl,
                          .role_max = offer.terms.max_ttl,
                          .explicit_max = offer.terms.explicit_max_ttl,
                          .period = offer.terms.period,
                          .mount_default = mount.effective_default(),
                          .mount_max = mount.effective_max(),
                          .issued = now,
                          .now = now});
  if (!grant) {
    answer = refused(grant.error().message);
    return;
  }
  token->batch = makes_batch(mount, offer.terms.type);
  token->id = new_token_id(token->batch);
  token->accessor = token->batch ? "" : new_accessor();
  token->orphan = true;
  token->renewable = !token->batch;
  token->policies = token_policies(offer.terms.policies, !offer.terms.no_default_policy);
  token->path = exchange.call.path;
  token->mount_uuid = mount.uuid;
  token->display_name = mount.path.substr(0, mount.path.size() - 1) +
                        (offer.display_name.empty() ? "" : "-" + offer.display_name);
  token->meta = offer.metadata;
  token->bound_cidrs = offer.terms.bound_cidrs;
  token->internal = offer.internal;
  token->num_uses = token->batch ? 0 : offer.terms.num_uses;
  token->issued = now;
  token->creation_ttl = grant->ttl;
  token->explicit_max_ttl = offer.terms.explicit_max_ttl;
  token->period = offer.terms.period;
  token->expires = now + grant->ttl;
  state.tokens.add(token);
  state.lifecycle->wake();
  answer.auth = auth_block(state, *token, grant->ttl);
  answer.wrapped_accessor = token->accessor;
  answer.warnings.insert(answer.warnings.end(), grant->warnings.begin(), grant->warnings.end());
}

void register_lease(State& state, const Exchange& exchange, Answer& answer) {
  LeaseOffer offer = *std::exchange(answer.lease, std::nullopt);
  auto lease = std::make_shared<Lease>();
  lease->path = exchange.call.path;
  lease->id = exchange.call.path + "/" + crypto::random_alphanumeric(24);
  lease->token_id = exchange.token ? exchange.token->id : "";
  lease->mount = exchange.mount;
  lease->secret = std::move(offer.secret);
  lease->issued = state.now();
  if (exchange.token && exchange.token->batch && exchange.token->expires) {
    // compat: cut to the batch token's rest without a warning, golden/vault-api/leases
    lease->token_end = exchange.token->expires;
    offer.ttl = std::min(offer.ttl, seconds_left(*lease->token_end, lease->issued));
  }
  lease->expires = lease->issued + offer.ttl;
  lease->due = lease->expires;
  lease->renewable = offer.renewable;
  state.leases.add(lease);
  answer.lease_id = lease->id;
  answer.renewable = offer.renewable;
  answer.lease_duration = offer.ttl;
  // The token may have ended while the engine worked: then so does the lease.
  if (exchange.token && state.tokens.find(exchange.token->id) == nullptr) {
    state.lifecycle->revoke_soon({lease});
  }
  state.lifecycle->wake();
}

void wrap(State& state, const Exchange& exchange, Answer& answer) {
  if (!succeeded(answer) || (!answer.data && !answer.auth)) {
    // compat: a wrapped empty list, golden/vault-api/wrapping
    if (exchange.call.operation == Operation::List && answer.status == 404) {
      answer = failure(404, "unsupported path");
    }
    return;
  }
  const WallTime now = state.now();
  auto token = std::make_shared<Token>();
  token->id = new_token_id(false);
  token->accessor = new_accessor();
  token->orphan = true;
  token->policies = {"response-wrapping"};
  token->path = exchange.call.path;
  token->display_name = "";
  token->num_uses = 1;
  token->issued = now;
  token->creation_ttl = exchange.call.wrap_ttl;
  token->explicit_max_ttl = exchange.call.wrap_ttl;
  token->expires = now + exchange.call.wrap_ttl;
  state.tokens.add(token);
  state.lifecycle->wake();
  answer.data_at_top = false;
  // compat: the inner answer keeps its own request id, golden/vault-api/wrapping
  const SecretString inner = envelope(answer, crypto::random_uuid());
  Json info = {{"token", token->id},
               {"accessor", token->accessor},
               {"ttl", exchange.call.wrap_ttl.count()},
               {"creation_time", format_rfc3339_nano(now)},
               {"creation_path", exchange.call.path}};
  if (!answer.wrapped_accessor.empty()) {
    info["wrapped_accessor"] = answer.wrapped_accessor;
  }
  state.cubbyholes[token->id]["response"] = Json{{"response", std::string(inner.expose())}};
  state.cubbyholes[token->id]["wrapinfo"] = Json{{"creation_path", exchange.call.path},
                                                 {"creation_ttl", exchange.call.wrap_ttl.count()},
                                                 {"creation_time", format_rfc3339_nano(now)},
                                                 {"wrapped_accessor", answer.wrapped_accessor}};
  Answer wrapped;
  wrapped.wrap_info = std::move(info);
  answer = std::move(wrapped);
}

}  // namespace leasehold::devvault

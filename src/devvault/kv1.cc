// Values keep the spelling of their numbers, since they never leave the document type.
#include "kv1.h"

namespace leasehold::devvault {
namespace {

/// A `ttl` or `lease` key that is a duration is the hint for clients; else the mount's default.
seconds ttl_hint(const Json& secret, const Mount& mount) {
  for (const std::string_view key : {"ttl", "lease"}) {
    const Json& value = member(secret, key);
    if (value.is_null()) {
      continue;
    }
    if (auto hint = convert_value(FieldType::Duration, value)) {
      return seconds(hint->get<std::int64_t>());
    }
  }
  return mount.effective_default();
}

Answer unsupported_operation() { return listed_failure(405, "unsupported operation"); }

}  // namespace

std::optional<bool> Kv1Engine::exists(Exchange& exchange) { return secrets_.contains(exchange.path); }

Answer Kv1Engine::read(const Exchange& exchange) const {
  const auto found = secrets_.find(exchange.path);
  if (found == secrets_.end()) {
    return nothing_there();
  }
  Answer answer = with_data(found->second);
  answer.lease_duration = ttl_hint(found->second, *exchange.mount);
  if (leased_) {
    answer.lease = LeaseOffer{.ttl = answer.lease_duration, .renewable = true, .secret = nullptr};
  }
  if (exchange.call.data.contains("list")) {
    answer.warnings.emplace_back("Endpoint ignored these unrecognized parameters: [list]");
  }
  return answer;
}

Answer Kv1Engine::write(const Exchange& exchange) {
  if (exchange.path.empty()) {
    return refused("missing path");
  }
  if (exchange.call.data.empty()) {
    return refused("missing data fields");
  }
  secrets_[exchange.path] = exchange.call.data;
  return no_content();
}

net::awaitable<Answer> Kv1Engine::handle(Exchange& exchange) {
  switch (exchange.call.operation) {
    case Operation::Read:
      co_return read(exchange);
    case Operation::Write:
      co_return write(exchange);
    case Operation::Delete:
      secrets_.erase(exchange.path);
      co_return no_content();
    case Operation::List:
      co_return list_keys(secrets_, exchange.path);
    default:
      co_return unsupported_operation();
  }
}

net::awaitable<Result<LeaseRenewal>> Kv1Engine::renew_lease(std::shared_ptr<Lease> lease, seconds increment) {
  const WallTime now = state_.now();
  auto grant = grant_ttl({.increment = increment,
                          .role_ttl = {},
                          .role_max = {},
                          .explicit_max = {},
                          .period = {},
                          .mount_default = lease->mount->effective_default(),
                          .mount_max = lease->mount->effective_max(),
                          .issued = lease->issued,
                          .now = now});
  if (!grant) {
    co_return grant.error();
  }
  co_return LeaseRenewal{.ttl = grant->ttl, .warnings = std::move(grant->warnings)};
}

std::optional<bool> CubbyholeEngine::exists(Exchange& exchange) {
  const auto own = state_.cubbyholes.find(exchange.token->id);
  return own != state_.cubbyholes.end() && own->second.contains(exchange.path);
}

Answer CubbyholeEngine::serve(const Exchange& exchange) {
  if (exchange.token->batch) {
    return refused("cubbyhole operations are only supported by 'service' type tokens");
  }
  auto& own = state_.cubbyholes[exchange.token->id];
  switch (exchange.call.operation) {
    case Operation::Read: {
      const auto found = own.find(exchange.path);
      if (found == own.end()) {
        return nothing_there();
      }
      Answer answer = with_data(found->second);
      if (exchange.path == "response") {
        answer.warnings.emplace_back(
            "Reading from 'cubbyhole/response' is deprecated. Please use sys/wrapping/unwrap to unwrap responses, as "
            "it provides additional security checks and other benefits.");
      }
      return answer;
    }
    case Operation::Write:
      if (exchange.call.data.empty()) {
        return engine_failure("missing data fields");
      }
      own[exchange.path] = exchange.call.data;
      return no_content();
    case Operation::Delete:
      own.erase(exchange.path);
      return no_content();
    case Operation::List:
      return list_keys(own, exchange.path);
    default:
      return unsupported_operation();
  }
}

net::awaitable<Answer> CubbyholeEngine::handle(Exchange& exchange) { co_return serve(exchange); }

}  // namespace leasehold::devvault

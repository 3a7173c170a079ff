// The heart of the server: judges a request in the order of spec/vault-api.md 1.2, hands it to an
// engine, registers tokens and leases, wraps.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "acl.h"
#include "lifecycle.h"
#include "leasehold/http/message.h"
#include "state.h"

namespace leasehold::devvault {

class Core {
 public:
  /// state.lifecycle must be set. Makes the mounts that every development server has.
  explicit Core(State& state);
  /// One request from the wire to the answer.
  net::awaitable<http::Response> respond(http::Request request);

 private:
  net::awaitable<Answer> judge(Call call);
  net::awaitable<Answer> serve(Exchange& exchange);
  State& state_;
};

/// Makes a token of a login and fills answer.auth; applies TTLs, policies, entity.
void register_login(State& state, Exchange& exchange, Answer& answer);
/// Puts the offered lease under the token and fills the lease members.
void register_lease(State& state, const Exchange& exchange, Answer& answer);
/// Replaces the answer by a wrapping token that holds it.
void wrap(State& state, const Exchange& exchange, Answer& answer);

/// The auth block of a token.
Json auth_block(const State& state, const Token& token, seconds ttl);
/// The token when it lives: known, not expired, its entity not disabled, address allowed.
TokenPtr live_token(const State& state, const std::string& id, const std::string& remote_address);

/// Makes, mounts and starts an engine. Error (Invalid): `plugin not found in the catalog: x`.
Result<MountPtr> add_mount(State& state, MountPtr mount);
/// The engine of a type; null when there is none. Defined in engines.cc.
std::unique_ptr<Engine> make_engine(State& state, const Mount& mount);

/// Address inside one of the CIDRs ("10.0.0.0/8", "::1/128", plain addresses). Empty list: yes.
bool address_allowed(const std::vector<std::string>& cidrs, const std::string& address);

}  // namespace leasehold::devvault

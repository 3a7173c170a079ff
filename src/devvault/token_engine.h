// auth/token/*: create, look up, renew, revoke (spec/vault-api.md 4).
#pragma once

#include "core.h"

namespace leasehold::devvault {

class TokenEngine final : public RoutedEngine {
 public:
  explicit TokenEngine(State& state);
  LoginRenewal renew_login(const Token& token) override;

 private:
  Answer create(Exchange& exchange);
  Answer create_orphan(Exchange& exchange);
  Answer create_with_role(Exchange& exchange);
  Answer lookup(Exchange& exchange);
  Answer lookup_self(Exchange& exchange);
  Answer lookup_accessor(Exchange& exchange);
  Answer renew(Exchange& exchange);
  Answer renew_self(Exchange& exchange);
  Answer renew_accessor(Exchange& exchange);
  Answer revoke(Exchange& exchange);
  Answer revoke_self(Exchange& exchange);
  Answer revoke_accessor(Exchange& exchange);
  Answer revoke_orphan(Exchange& exchange);
  Answer list_accessors(Exchange& exchange);
  Answer read_role(Exchange& exchange);
  Answer write_role(Exchange& exchange);
  Answer remove_role(Exchange& exchange);
  Answer list_roles(Exchange& exchange);

  Answer renew_token(const TokenPtr& token, Exchange& exchange, bool by_accessor);
  State& state_;
  std::map<std::string, Json> roles_;
};

}  // namespace leasehold::devvault

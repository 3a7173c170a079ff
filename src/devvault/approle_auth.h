// auth/<mount> of type approle (spec/vault-api.md 7.3).
#pragma once

#include "core.h"

namespace leasehold::devvault {

class ApproleAuth final : public RoutedEngine {
 public:
  explicit ApproleAuth(State& state);
  LoginRenewal renew_login(const Token& token) override;

 private:
  struct SecretId {
    std::string accessor;
    std::int64_t num_uses = 0;  ///< 0 = without end
    bool limited = false;
    seconds ttl{0};
    WallTime created;
    std::optional<WallTime> expires;
    std::map<std::string, std::string> metadata;
    std::vector<std::string> cidrs;
    std::vector<std::string> token_cidrs;
  };
  struct Role {
    std::string role_id;
    bool bind_secret_id = true;
    std::vector<std::string> secret_id_cidrs;
    std::int64_t secret_id_num_uses = 0;
    seconds secret_id_ttl{0};
    TokenTerms terms;
    std::map<std::string, SecretId> secret_ids;
  };

  Answer list_roles(Exchange& exchange);
  Answer read_role(Exchange& exchange);
  Answer write_role(Exchange& exchange);
  Answer remove_role(Exchange& exchange);
  Answer read_role_id(Exchange& exchange);
  Answer write_role_id(Exchange& exchange);
  Answer make_secret_id(Exchange& exchange);
  Answer list_secret_ids(Exchange& exchange);
  Answer look_up_secret_id(Exchange& exchange);
  Answer look_up_accessor(Exchange& exchange);
  Answer destroy_secret_id(Exchange& exchange);
  Answer login(Exchange& exchange);

  Role* find(const Exchange& exchange);
  static Json describe_secret_id(const SecretId& secret);
  Answer check_secret_id(Role& role, const std::string& id, const std::string& address, LoginOffer& offer);

  State& state_;
  std::map<std::string, Role> roles_;
};

}  // namespace leasehold::devvault

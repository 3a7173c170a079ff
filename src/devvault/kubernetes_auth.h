// auth/<mount> of type kubernetes: config, roles, login by TokenReview (spec/vault-api.md 7.2).
#pragma once

#include "core.h"
#include "jwt.h"

namespace leasehold::devvault {

class KubernetesAuth final : public RoutedEngine {
 public:
  explicit KubernetesAuth(State& state);
  LoginRenewal renew_login(const Token& token) override;

 private:
  struct Config {
    std::string host;
    std::string ca_cert;
    SecretString reviewer_jwt;
    std::vector<std::string> pem_keys;
    bool disable_local_ca_jwt = false;
    bool disable_iss_validation = true;
    std::string issuer;
  };
  struct Role {
    std::vector<std::string> names;
    std::vector<std::string> namespaces;
    std::string namespace_selector;
    std::string audience;
    std::string alias_name_source = "serviceaccount_uid";
    TokenTerms terms;
  };
  /// Who a ServiceAccount token says that it is.
  struct Account {
    std::string name_space;
    std::string name;
    std::string uid;
    std::string secret;
  };

  Answer read_config(Exchange& exchange);
  Answer write_config(Exchange& exchange);
  Answer read_role(Exchange& exchange);
  Answer write_role(Exchange& exchange);
  Answer remove_role(Exchange& exchange);
  Answer list_roles(Exchange& exchange);
  net::awaitable<Answer> login(Exchange& exchange);

  static Account account_of(const Json& claims);
  [[nodiscard]] Result<void> check_claims(const Jwt& jwt, const Role& role) const;
  [[nodiscard]] bool signature_good(const Jwt& jwt) const;
  net::awaitable<Result<void>> check_namespace(Role role, Account account);
  net::awaitable<bool> review(std::string token, Role role, Account account, std::vector<std::string> wanted);
  [[nodiscard]] http::Request api_request(std::string method, std::string target, std::string_view bearer) const;
  [[nodiscard]] std::string local_file(const char* name) const;

  State& state_;
  std::optional<Config> config_;
  std::map<std::string, Role> roles_;
};

}  // namespace leasehold::devvault

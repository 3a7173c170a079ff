// auth/<mount> of type jwt (spec/vault-api.md 7.4): static keys, a JWKS address, or discovery.
#pragma once

#include "core.h"
#include "jwt.h"

namespace leasehold::devvault {

class JwtAuth final : public RoutedEngine {
 public:
  explicit JwtAuth(State& state);
  LoginRenewal renew_login(const Token& token) override;

 private:
  struct Role {
    Json fields = Json::object();  ///< as given, converted
    TokenTerms terms;
  };

  Answer read_config(Exchange& exchange);
  net::awaitable<Answer> write_config(Exchange& exchange);
  Answer read_role(Exchange& exchange);
  Answer write_role(Exchange& exchange);
  Answer remove_role(Exchange& exchange);
  Answer list_roles(Exchange& exchange);
  net::awaitable<Answer> login(Exchange& exchange);

  net::awaitable<Result<Json>> fetch_json(std::string url, std::string ca_pem);
  /// The keys that the configuration names, fetched when they stand elsewhere.
  net::awaitable<Result<std::vector<crypto::PublicKey>>> keys(Json config);
  [[nodiscard]] Result<void> check_token(const Jwt& jwt, const Role& role) const;
  static Result<void> check_claims(const Jwt& jwt, const Role& role);

  State& state_;
  std::optional<Json> config_;
  std::map<std::string, Role> roles_;
};

}  // namespace leasehold::devvault

// auth/<mount> of type userpass (spec/vault-api.md 7.5).
#pragma once

#include "core.h"

namespace leasehold::devvault {

class UserpassAuth final : public RoutedEngine {
 public:
  explicit UserpassAuth(State& state);
  LoginRenewal renew_login(const Token& token) override;
  void unlock_user(const std::string& name) override;

 private:
  struct User {
    std::string password_hash;  ///< in crypt(3)'s form, bcrypt
    TokenTerms terms;
  };
  struct Failures {
    int count = 0;
    WallTime first;
    std::optional<WallTime> locked_until;
  };

  Answer read_user(Exchange& exchange);
  Answer write_user(Exchange& exchange);
  Answer write_password(Exchange& exchange);
  Answer remove_user(Exchange& exchange);
  Answer list_users(Exchange& exchange);
  Answer login(Exchange& exchange);
  void count_failure(const std::string& name);
  /// False: neither password nor password_hash was given.
  static bool set_password(const Json& fields, User& user);

  State& state_;
  std::map<std::string, User> users_;
  std::map<std::string, Failures> failures_;
};

}  // namespace leasehold::devvault

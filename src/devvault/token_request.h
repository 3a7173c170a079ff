// What auth/token/create asks for, checked against what the caller may give (spec/vault-api.md 4.2).
// Pure.
#pragma once

#include "core.h"

namespace leasehold::devvault {

/// Fields of create and create-orphan.
const FieldTable& create_fields();

struct TokenRequest {
  const Json& fields;
  const Token& parent;
  bool sudo = false;    ///< root, or sudo on the path
  bool orphan = false;  ///< create-orphan
  Json role;            ///< null, or the role's fields
  std::string role_name;
};

struct TokenDraft {
  TokenPtr token;
  seconds increment{0};
  std::vector<std::string> warnings;
};

/// The token without its times. Error (Invalid): the text for a 400.
Result<TokenDraft> draft_token(const TokenRequest& request, const State& state);

/// display_name as it is stored: `my app!` becomes token-my-app.
std::string stored_display_name(const std::string& given);

}  // namespace leasehold::devvault

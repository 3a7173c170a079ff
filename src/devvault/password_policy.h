// Password policies: how generated passwords look (sys/policies/password, spec/vault-api.md 8.3).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::devvault {

struct PasswordPolicy {
  struct Rule {
    std::string charset;
    std::size_t min_characters = 0;
  };
  std::string text;  ///< as given
  std::size_t length = 0;
  std::vector<Rule> rules;
};

/// HCL: `length = 20`, `rule "charset" { charset = "abc" min-chars = 1 }`.
/// Error (Invalid): what is wrong with it.
Result<PasswordPolicy> parse_password_policy(std::string_view text);

/// A password by the policy. REQUIRES: it came from parse_password_policy().
std::string generate_password(const PasswordPolicy& policy);

}  // namespace leasehold::devvault

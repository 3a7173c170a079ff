// The store of ACL policies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "call.h"
#include "policy_text.h"

namespace leasehold::devvault {

struct Policy {
  std::string text;
  std::vector<Rule> rules;
  std::int64_t version = 0;
  std::optional<WallTime> modified;
};

class Policies {
 public:
  explicit Policies(WallTime now);
  /// name in lower case. Null when absent. root exists with an empty text.
  [[nodiscard]] const Policy* find(const std::string& name) const;
  /// Error: the text for a 400.
  Result<void> put(const std::string& name, const std::string& text, WallTime now);
  Result<void> remove(const std::string& name);
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, Policy> policies_;
};

/// Text given as base64 is decoded, anything else is taken as it is.
std::string plain_policy_text(const std::string& text);

/// Lower case, sorted, each once, with `default` unless not wanted (spec 4.2). root stands alone.
std::vector<std::string> token_policies(std::vector<std::string> names, bool with_default);

}  // namespace leasehold::devvault

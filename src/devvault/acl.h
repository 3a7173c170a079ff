// The rules of a token's policies as one list that judges requests (spec/vault-api.md 2).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "call.h"
#include "policy_text.h"

namespace leasehold::devvault {

class Acl {
 public:
  /// All rules of all policies of the token, templates already filled. root allows everything.
  Acl(std::vector<Rule> rules, bool root);

  struct Verdict {
    bool allowed = false;
    bool sudo = false;
    bool root = false;
  };
  /// needed is the capability that the operation wants. data: fields of a write.
  [[nodiscard]] Verdict judge(const Call& call, std::uint32_t needed) const;
  /// The capabilities on a path, for sys/capabilities.
  [[nodiscard]] std::uint32_t capabilities(std::string_view path) const;
  [[nodiscard]] bool root() const { return root_; }
  /// May the token do anything at or below path, or on a rule that covers it? For the preflight.
  [[nodiscard]] bool touches(std::string_view path) const;

 private:
  [[nodiscard]] const Rule* winner(std::string_view path, bool list) const;
  std::map<std::string, Rule> exact_;
  std::vector<Rule> patterns_;
  bool root_;
};

/// A rule's path against a request path: final '*' = prefix, '+' = exactly one segment.
bool rule_matches(std::string_view rule, std::string_view path);

}  // namespace leasehold::devvault

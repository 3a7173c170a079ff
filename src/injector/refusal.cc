// The one place that decides how much of a hostile value a user gets to see again.
#include "refusal.h"

#include "leasehold/base/text.h"

namespace leasehold::injector {

Refusal refuse_annotation(std::string message, std::string_view name, std::string_view value) {
  constexpr std::size_t kShownMax = 80;
  std::string key = "vault.hashicorp.com/" + std::string(name);
  message += " (annotation " + key + ": " + go_quote(value.substr(0, kShownMax)) +
             (value.size() > kShownMax ? "..." : "") + ")";
  return {std::move(message), std::move(key)};
}

}  // namespace leasehold::injector

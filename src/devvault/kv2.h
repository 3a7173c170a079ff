// KV version 2: versions, check-and-set, metadata (spec/vault-api.md 8.2).
#pragma once

#include "core.h"
#include "kv2_secret.h"

namespace leasehold::devvault {

class Kv2Engine final : public Engine {
 public:
  explicit Kv2Engine(State& state);
  [[nodiscard]] bool unauthenticated(std::string_view /*path*/) const override { return false; }
  std::optional<bool> exists(Exchange& exchange) override;
  net::awaitable<Answer> handle(Exchange& exchange) override;

 private:
  /// The known paths; what does not match is a v1-style path.
  class Routes;
  Answer wrong_path(const Exchange& exchange) const;
  std::shared_ptr<Routes> routes_;
};

}  // namespace leasehold::devvault

// identity/entity/id/<id>: read and change an entity (disable it, give it policies). The rest of the
// identity store is not offered.
#pragma once

#include "core.h"

namespace leasehold::devvault {

class IdentityEngine final : public RoutedEngine {
 public:
  explicit IdentityEngine(State& state);

 private:
  Answer read(Exchange& exchange);
  Answer write(Exchange& exchange);
  State& state_;
};

}  // namespace leasehold::devvault

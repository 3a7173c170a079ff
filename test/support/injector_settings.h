// Settings of an injector as the chart starts it, for tests that need any.
#pragma once

#include <memory>

#include "settings.h"

namespace leasehold::test {

inline std::shared_ptr<injector::Settings> injector_settings() {
  auto made = std::make_shared<injector::Settings>();
  made->vault_address = "https://vault.example:8200";
  made->vault_image = "image";
  made->auth_type = "kubernetes";
  made->auth_path = "auth/kubernetes";
  made->run_as_user = "100";
  made->run_as_group = "1000";
  return made;
}

}  // namespace leasehold::test

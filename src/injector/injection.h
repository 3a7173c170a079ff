// What one pod gets, fully decided, before anything is written: the result of steps 2 to 6 of
// spec/injector.md 8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "annotations.h"
#include "pod.h"
#include "refusal.h"
#include "secrets.h"

namespace leasehold::injector {

/// Where the containers find the service account token (spec/injector.md 11).
struct TokenMount {
  std::string_view volume;
  std::string_view path;
  std::string_view file;
};

struct Injection {
  Injection(const Settings& settings, const Pod& pod) : pod_settings(settings, pod) {}

  PodSettings pod_settings;
  TokenMount token;
  std::vector<Secret> secrets;
  std::vector<std::string_view> custom_directories;  ///< vault-secrets-custom-0, -1, ...
  Parameters auth_config;                            ///< with role and token_path
  std::string token_path;
  std::optional<std::string> telemetry;  ///< JSON object
  bool auth_region_given = false;
  std::string_view auth_region;
  std::vector<std::string> warnings;

  [[nodiscard]] bool has_init() const { return pod_settings.pre_populate; }
  [[nodiscard]] bool has_sidecar() const { return !pod_settings.pre_populate_only; }
  [[nodiscard]] bool cache_is_kept() const {
    return pod_settings.cache_enable && has_init() && has_sidecar();
  }
};

Outcome<TokenMount> find_token(const Pod& pod, std::string_view volume);

/// nullopt: the pod does not ask for an injection, or has had it. settings and pod must outlive the
/// result. Refusals carry the full text.
Outcome<std::optional<Injection>> plan_injection(const Settings& settings, const Pod& pod,
                                                 std::string_view request_namespace);

}  // namespace leasehold::injector

// Steps 2 to 6 of the admission algorithm, in the order in which their refusals surface.
#include "injection.h"

#include <algorithm>
#include <array>
#include <set>

#include "json_patch.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "telemetry.h"
#include "warnings.h"

namespace leasehold::injector {
namespace {

constexpr std::string_view kDefaultsStage = "error adding default annotations";
constexpr std::string_view kBuildStage = "error creating new agent sidecar";

Outcome<bool> is_wanted(const AnnotationReader& annotations, const Pod& pod) {
  const auto asked = annotations.given("agent-inject");
  if (!asked) return false;
  const auto inject = parse_bool_lenient(*asked);
  if (!inject) {
    // compat: the replaced program takes this text in a value for its own "not found" error (Q12)
    if (asked->find("no inject annotation found") != std::string_view::npos) return false;
    return refuse_annotation("error checking if should inject agent: " + inject.error().message,
                             "agent-inject", *asked);
  }
  if (!*inject) return false;
  if (!pod.phase.empty() && pod.phase != "Pending") return false;
  return annotations.given("agent-inject-status") != "injected";
}

Outcome<void> check_namespace(std::string_view name) {
  constexpr std::array<std::string_view, 2> kSystem = {"kube-system", "kube-public"};
  if (std::find(kSystem.begin(), kSystem.end(), name) == kSystem.end()) return {};
  return refuse("error with request namespace: cannot inject into system namespaces: " +
                std::string(name));
}

Outcome<void> check_patch_syntax(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  if (const auto problem = json_patch_syntax(text)) {
    std::string key = std::string(kPrefix) + std::string(name);
    return Refusal{"error parsing JSON patch for annotation " + key + ": " + *problem, key};
  }
  return {};
}

Outcome<void> apply_defaults(const Settings& settings, const AnnotationReader& annotations,
                             std::string_view request_namespace, PodSettings& out) {
  if (settings.vault_address.empty()) return refuse("address for Vault required");
  if (settings.auth_path.empty())
    return refuse("Vault Auth Path required (the injector's -vault-auth-path is empty)");
  if (request_namespace.empty()) return refuse("kubernetes namespace required");
  if (auto done = annotations.read(Stage::Text, out); !done) return done;
  if (auto done = annotations.read(Stage::Defaults, out); !done) return done;
  if (auto done = check_patch_syntax("agent-json-patch", out.json_patch); !done) return done;
  return check_patch_syntax("agent-init-json-patch", out.init_json_patch);
}

/// Directories other than the global one, in the order of the secrets' names.
std::vector<std::string_view> custom_directories(const std::vector<Secret>& secrets,
                                                 std::string_view global) {
  std::vector<std::string_view> directories;
  std::set<std::string_view> seen;
  for (const Secret& secret : secrets) {
    if (secret.directory != global && seen.insert(secret.directory).second)
      directories.push_back(secret.directory);
  }
  return directories;
}

void resolve_security_context(const AnnotationReader& annotations, PodSettings& out) {
  out.run_as_given = annotations.given("agent-run-as-user") ||
                     annotations.given("agent-run-as-group") ||
                     annotations.given("agent-run-as-same-user");
  // Where security contexts are off (OpenShift), naming a user switches them on for this pod.
  if (!out.set_security_context_given && out.run_as_given) out.set_security_context = true;
}

void resolve_authentication(const Pod& pod, Injection& injection) {
  const PodSettings& settings = injection.pod_settings;
  injection.auth_config = read_parameters(pod, "auth-config-");
  const auto region = injection.auth_config.find("region");
  injection.auth_region_given = region != injection.auth_config.end();
  if (injection.auth_region_given) injection.auth_region = region->second;
  injection.token_path = path_join(injection.token.path, injection.token.file);
  injection.auth_config.try_emplace("token_path", injection.token_path);
  if (!settings.role.empty()) injection.auth_config["role"] = settings.role;
}

Outcome<void> build(const Pod& pod, const AnnotationReader& annotations, Injection& injection) {
  PodSettings& settings = injection.pod_settings;
  auto token = find_token(pod, settings.token_volume);
  if (!token) return token.error();
  injection.token = *token;
  auto secrets = read_secrets(pod, settings);
  if (!secrets) return secrets.error();
  injection.secrets = *std::move(secrets);
  if (auto done = annotations.read(Stage::Build, settings); !done) return done;
  resolve_security_context(annotations, settings);
  resolve_authentication(pod, injection);
  injection.custom_directories = custom_directories(injection.secrets, settings.secret_volume_path);
  const TelemetryStanza telemetry = read_telemetry(read_parameters(pod, "agent-telemetry-"));
  injection.telemetry = telemetry.json;
  if (telemetry.dropped) {
    injection.warnings.push_back(
        "all agent-telemetry annotations are ignored: one has a value of the wrong type");
  }
  return {};
}

Outcome<void> validate(const Injection& injection) {
  const PodSettings& settings = injection.pod_settings;
  const auto role = injection.auth_config.find("role");
  struct Check {
    bool fails;
    bool only_without_configmap;
    std::string_view text;
  };
  const std::array checks{
      Check{settings.request_namespace.empty(), false, "namespace missing from request"},
      Check{injection.token.volume.empty() || injection.token.path.empty() ||
                injection.token.file.empty(),
            false, "no service account token volume name, mount path or token path found"},
      Check{settings.image.empty(), false, "no Vault image found"},
      Check{settings.auth_type.empty(), true, "no Vault Auth Type found"},
      Check{settings.auth_type == "kubernetes" &&
                (role == injection.auth_config.end() || role->second.empty()),
            true, "no Vault role found (set vault.hashicorp.com/role)"},
      Check{settings.auth_path.empty(), true, "no Vault Auth Path found"},
      Check{settings.service.empty(), true, "no Vault address found"},
  };
  for (const Check& check : checks) {
    if (check.fails && (!check.only_without_configmap || settings.configmap.empty())) {
      return refuse("error validating agent configuration: " + std::string(check.text));
    }
  }
  return {};
}

}  // namespace

Outcome<std::optional<Injection>> plan_injection(const Settings& settings, const Pod& pod,
                                                 std::string_view request_namespace) {
  const AnnotationReader annotations(pod);
  const auto wanted = is_wanted(annotations, pod);
  if (!wanted) return wanted.error();
  if (!*wanted) return std::optional<Injection>();
  if (auto done = check_namespace(request_namespace); !done) return done.error();

  Injection injection(settings, pod);
  if (auto done = apply_defaults(settings, annotations, request_namespace, injection.pod_settings);
      !done) {
    return done.error().in(kDefaultsStage);
  }
  if (auto done = build(pod, annotations, injection); !done) return done.error().in(kBuildStage);
  if (auto done = validate(injection); !done) return done.error();
  for (std::string& text : oddities_of(injection)) injection.warnings.push_back(std::move(text));
  return std::optional<Injection>(std::move(injection));
}

}  // namespace leasehold::injector

// The table of annotations. Rows of stage Build stand in the order in which the replaced program
// reports their errors.
#include "annotations.h"

#include <algorithm>
#include <array>
#include <string>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

using Out = PodSettings;

template <auto Field>
Result<void> text(Out& out, std::string_view value) {
  out.*Field = value;
  return {};
}

template <auto Field>
Result<void> boolean(Out& out, std::string_view value) {
  const auto parsed = parse_bool_lenient(value);
  if (!parsed) return parsed.error();
  out.*Field = *parsed;
  return {};
}

/// compat: an empty number is 0, for agent-run-as-user even root,
/// golden/injector/run-as-user-empty-is-root.json
template <auto Field>
Result<void> integer(Out& out, std::string_view value) {
  if (value.empty()) {
    out.*Field = 0;
    return {};
  }
  const auto parsed = parse_int(value);
  if (!parsed) return parsed.error();
  out.*Field = *parsed;
  return {};
}

Result<void> run_as_user(Out& out, std::string_view value) {
  out.run_as_user_empty = value.empty();
  return integer<&Out::run_as_user>(out, value);
}

Result<void> run_as_user_absent(Out& out) {
  return integer<&Out::run_as_user>(out, out.injector->run_as_user);
}
Result<void> run_as_group_absent(Out& out) {
  return integer<&Out::run_as_group>(out, out.injector->run_as_group);
}

/// Takes the user of the pod's first container, and refuses when there is none.
Result<void> take_same_user(Out& out) {
  if (!out.run_as_same_user) return {};
  if (out.pod->containers.empty()) return invalid("No containers found in Pod Spec");
  const Container& first = out.pod->containers.front();
  if (!first.has_security_context) return invalid("No SecurityContext found for Container 0");
  if (!first.run_as_user) return invalid("RunAsUser is nil for Container 0's SecurityContext");
  if (*first.run_as_user == 0) return invalid("container not allowed to run as root");
  out.run_as_user = *first.run_as_user;
  return {};
}

Result<void> run_as_same_user(Out& out, std::string_view value) {
  if (auto done = boolean<&Out::run_as_same_user>(out, value); !done) return done;
  return take_same_user(out);
}

Result<void> grace(Out& out, std::string_view value) {
  const auto parsed = parse_uint(value);
  if (!parsed) return parsed.error();
  out.revoke_grace = *parsed;
  return {};
}

/// compat: underscores between digits are skipped, golden/injector/tables/float.json
std::string without_underscores(std::string_view value) {
  std::string digits;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const auto is_digit = [&](std::size_t i) {
      return i < value.size() && value[i] >= '0' && value[i] <= '9';
    };
    if (value[at] == '_' && at > 0 && is_digit(at - 1) && is_digit(at + 1)) continue;
    digits += value[at];
  }
  return digits;
}

Result<void> threshold(Out& out, std::string_view value) {
  const auto parsed = parse_float(
      value.find('_') == std::string_view::npos ? std::string(value) : without_underscores(value));
  if (!parsed) return parse_float(value).error();
  out.lease_renewal_threshold = *parsed;
  return {};
}

template <auto Field>
Result<void> duration_text(Out& out, std::string_view value) {
  if (!value.empty()) {
    if (const auto parsed = parse_duration(value); !parsed) {
      constexpr std::string_view kWhich = Field == &Out::auth_min_backoff ? "min" : "max";
      return invalid("error parsing " + std::string(kWhich) +
                     " backoff as duration: " + parsed.error().message);
    }
  }
  return text<Field>(out, value);
}

/// compat: a bad value counts as false, golden/injector/secret-preserve-case-*.json
Result<void> preserve_case(Out& out, std::string_view value) {
  const auto parsed = parse_bool_lenient(value);
  out.preserve_secret_case = parsed && *parsed;
  return {};
}

Result<void> default_template(Out& out, std::string_view value) {
  const std::string lower = to_lower(value);
  if (lower != "map" && lower != "json") return invalid("invalid default template type: " + lower);
  out.default_template_is_json = lower == "json";
  return {};
}

Result<void> share_process_namespace(Out& out, std::string_view value) {
  const auto parsed = parse_bool_lenient(value);
  if (!parsed) {
    return invalid("invalid value " + std::string(value) +
                   " for annotation \"vault.hashicorp.com/agent-share-process-namespace\", err=" +
                   parsed.error().message);
  }
  if (*parsed && out.pod->share_process_namespace == false) {
    return invalid("shareProcessNamespace explicitly disabled on the pod, refusing to enable it");
  }
  out.share_process_namespace = *parsed;
  out.share_process_namespace_given = true;
  return {};
}

Result<void> inject_containers(Out& out, std::string_view value) {
  out.inject_containers = value;
  out.inject_containers_given = true;
  return {};
}

Result<void> set_security_context(Out& out, std::string_view value) {
  out.set_security_context_given = true;
  return boolean<&Out::set_security_context>(out, value);
}

Result<void> inject(Out& /*out*/, std::string_view value) {
  const auto parsed = parse_bool_lenient(value);
  if (!parsed) return parsed.error();
  return {};
}

// clang-format off
constexpr std::array kRows{
    AnnotationRow{"agent-inject-status", "text", "", Stage::Text, text<&Out::status>, "Written by the injector: injected. A pod that has it is left alone."},
    AnnotationRow{"agent-request-namespace", "text", "the pod's namespace", Stage::Text, text<&Out::request_namespace>, "Must not be empty; has no other effect."},
    AnnotationRow{"agent-inject-containers", "comma list", "all containers", Stage::Text, inject_containers, "Containers that get the secret volumes. Not trimmed: write a,b."},
    AnnotationRow{"agent-copy-volume-mounts", "text", "", Stage::Text, text<&Out::copy_volume_mounts>, "Container whose volume mounts the agent's containers get too (but for service account tokens)."},
    AnnotationRow{"agent-json-patch", "JSON patch", "", Stage::Text, text<&Out::json_patch>, "Patch for the sidecar container, RFC 6902."},
    AnnotationRow{"agent-init-json-patch", "JSON patch", "", Stage::Text, text<&Out::init_json_patch>, "Patch for the init container, RFC 6902."},
    AnnotationRow{"agent-image", "text", "-vault-image", Stage::Text, text<&Out::image>, "Image of the injected containers."},
    AnnotationRow{"agent-limits-cpu", "quantity", "-cpu-limit", Stage::Text, text<&Out::limits_cpu>, "CPU limit; empty = none."},
    AnnotationRow{"agent-limits-mem", "quantity", "-memory-limit", Stage::Text, text<&Out::limits_memory>, "Memory limit; empty = none."},
    AnnotationRow{"agent-limits-ephemeral", "quantity", "-ephemeral-storage-limit", Stage::Text, text<&Out::limits_ephemeral>, "Ephemeral storage limit; empty = none."},
    AnnotationRow{"agent-requests-cpu", "quantity", "-cpu-request", Stage::Text, text<&Out::requests_cpu>, "CPU request; empty = none."},
    AnnotationRow{"agent-requests-mem", "quantity", "-memory-request", Stage::Text, text<&Out::requests_memory>, "Memory request; empty = none."},
    AnnotationRow{"agent-requests-ephemeral", "quantity", "-ephemeral-storage-request", Stage::Text, text<&Out::requests_ephemeral>, "Ephemeral storage request; empty = none."},
    AnnotationRow{"agent-configmap", "text", "", Stage::Text, text<&Out::configmap>, "ConfigMap with config-init.hcl and config.hcl, mounted at /vault/configs, in place of the generated configuration."},
    AnnotationRow{"agent-extra-secret", "text", "", Stage::Text, text<&Out::extra_secret>, "Kubernetes Secret mounted at /vault/custom in the injected containers."},
    AnnotationRow{"tls-secret", "text", "", Stage::Text, text<&Out::tls_secret>, "Kubernetes Secret mounted at /vault/tls in the injected containers."},
    AnnotationRow{"agent-service-account-token-volume-name", "text", "", Stage::Text, text<&Out::token_volume>, "Volume with the projected service account token to log in with."},
    AnnotationRow{"go-max-procs", "text", "", Stage::Text, text<&Out::go_max_procs>, "Environment variable GOMAXPROCS."},
    AnnotationRow{"client-timeout", "text", "", Stage::Text, text<&Out::client_timeout>, "Environment variable VAULT_CLIENT_TIMEOUT."},
    AnnotationRow{"client-max-retries", "text", "", Stage::Text, text<&Out::client_max_retries>, "Environment variable VAULT_MAX_RETRIES."},
    AnnotationRow{"log-level", "text", "info", Stage::Text, text<&Out::log_level>, "Environment variable VAULT_LOG_LEVEL."},
    AnnotationRow{"log-format", "text", "standard", Stage::Text, text<&Out::log_format>, "Environment variable VAULT_LOG_FORMAT."},
    AnnotationRow{"proxy-address", "text", "-proxy-address", Stage::Text, text<&Out::proxy_address>, "Environment variable HTTPS_PROXY."},
    AnnotationRow{"service", "text", "-vault-address", Stage::Text, text<&Out::service>, "Address of Vault."},
    AnnotationRow{"namespace", "text", "-vault-namespace", Stage::Text, text<&Out::vault_namespace>, "Vault namespace of the login."},
    AnnotationRow{"tls-server-name", "text", "", Stage::Text, text<&Out::tls_server_name>, "Name to expect in Vault's certificate."},
    AnnotationRow{"ca-cert", "path", "", Stage::Text, text<&Out::ca_cert>, "CA certificate for Vault, a file in the agent's container."},
    AnnotationRow{"ca-key", "path", "", Stage::Text, text<&Out::ca_key>, "Folder of CA certificates for Vault (vault.ca_path; the name is historical)."},
    AnnotationRow{"client-cert", "path", "", Stage::Text, text<&Out::client_cert>, "Client certificate."},
    AnnotationRow{"client-key", "path", "", Stage::Text, text<&Out::client_key>, "Key of the client certificate."},
    AnnotationRow{"role", "text", "", Stage::Text, text<&Out::role>, "Role of the login. Required with auth type kubernetes."},
    AnnotationRow{"auth-type", "text", "-vault-auth-type", Stage::Text, text<&Out::auth_type>, "Type of the auth method."},
    AnnotationRow{"auth-path", "text", "-vault-auth-path", Stage::Text, text<&Out::auth_path>, "Mount path of the auth method."},
    AnnotationRow{"agent-cache-use-auto-auth-token", "text", "true", Stage::Text, text<&Out::cache_use_auto_auth_token>, "cache.use_auto_auth_token: true, false or force."},
    AnnotationRow{"agent-cache-listener-port", "text", "8200", Stage::Text, text<&Out::cache_listener_port>, "Port of the agent's listener on 127.0.0.1."},
    AnnotationRow{"agent-disable-idle-connections", "comma list", "-disable-idle-connections", Stage::Text, text<&Out::disable_idle_connections>, "disable_idle_connections; empty = none."},
    AnnotationRow{"agent-disable-keep-alives", "comma list", "-disable-keep-alives", Stage::Text, text<&Out::disable_keep_alives>, "disable_keep_alives; empty = none."},
    AnnotationRow{"secret-volume-path", "path", "/vault/secrets", Stage::Text, text<&Out::secret_volume_path>, "Where the secrets are mounted."},
    AnnotationRow{"preserve-secret-case", "bool", "false", Stage::Text, preserve_case, "Keep the case of secret names in file names. A bad value counts as false."},
    AnnotationRow{"template-static-secret-render-interval", "text", "-template-static-secret-render-interval", Stage::Text, text<&Out::static_secret_render_interval>, "How often secrets without a lease are read again."},

    AnnotationRow{"auth-min-backoff", "duration", "-auth-min-backoff", Stage::Defaults, duration_text<&Out::auth_min_backoff>, "First pause after a failed login."},
    AnnotationRow{"auth-max-backoff", "duration", "-auth-max-backoff", Stage::Defaults, duration_text<&Out::auth_max_backoff>, "Longest pause after a failed login."},

    AnnotationRow{"agent-inject", "bool", "false", Stage::Build, inject, "Whether to inject at all."},
    AnnotationRow{"agent-init-first", "bool", "false", Stage::Build, boolean<&Out::init_first>, "Run the init container before the pod's own."},
    AnnotationRow{"agent-pre-populate", "bool", "true", Stage::Build, boolean<&Out::pre_populate>, "Inject the init container."},
    AnnotationRow{"agent-pre-populate-only", "bool", "false", Stage::Build, boolean<&Out::pre_populate_only>, "Do not inject the sidecar."},
    AnnotationRow{"agent-revoke-on-shutdown", "bool", "-revoke-on-shutdown", Stage::Build, boolean<&Out::revoke_on_shutdown>, "Revoke the agent's token when the pod ends."},
    AnnotationRow{"agent-revoke-grace", "seconds", "5", Stage::Build, grace, "Pause before that."},
    AnnotationRow{"tls-skip-verify", "bool", "false", Stage::Build, boolean<&Out::tls_skip_verify>, "Do not check Vault's certificate."},
    AnnotationRow{"agent-run-as-user", "integer", "-run-as-user", Stage::Build, run_as_user, "User id of the injected containers. Empty = 0 = root.", run_as_user_absent},
    AnnotationRow{"agent-run-as-group", "integer", "-run-as-group", Stage::Build, integer<&Out::run_as_group>, "Group id of the injected containers.", run_as_group_absent},
    AnnotationRow{"agent-run-as-same-user", "bool", "-run-as-same-user", Stage::Build, run_as_same_user, "Use the user id of the pod's first container.", take_same_user},
    AnnotationRow{"agent-share-process-namespace", "bool", "", Stage::Build, share_process_namespace, "spec.shareProcessNamespace, true or false. Ignored without the init container."},
    AnnotationRow{"agent-set-security-context", "bool", "-set-security-context", Stage::Build, set_security_context, "Give the injected containers a securityContext."},
    AnnotationRow{"agent-cache-enable", "bool", "false", Stage::Build, boolean<&Out::cache_enable>, "Caching in the agent, kept from init container to sidecar."},
    AnnotationRow{"agent-cache-exit-on-err", "bool", "false", Stage::Build, boolean<&Out::cache_exit_on_err>, "End the agent when the kept cache cannot be read."},
    AnnotationRow{"agent-inject-default-template", "map or json", "-default-template", Stage::Build, default_template, "Template of secrets without one."},
    AnnotationRow{"agent-inject-token", "bool", "false", Stage::Build, boolean<&Out::inject_token>, "Write the Vault token to the file token beside the secrets."},
    AnnotationRow{"template-config-exit-on-retry-failure", "bool", "-template-config-exit-on-retry-failure", Stage::Build, boolean<&Out::exit_on_retry_failure>, "End the agent when a template cannot be rendered after all retries."},
    AnnotationRow{"template-max-connections-per-host", "integer", "AGENT_INJECT_TEMPLATE_MAX_CONNECTIONS_PER_HOST", Stage::Build, integer<&Out::max_connections_per_host>, "Connections of the templates to one Vault server; 0 = default."},
    AnnotationRow{"template-lease-renewal-threshold", "number", "0", Stage::Build, threshold, "Share of a lease after which a secret that cannot be renewed is read again; 0 = default."},
    AnnotationRow{"agent-enable-quit", "bool", "false", Stage::Build, boolean<&Out::enable_quit>, "Let the agent's listener answer /agent/v1/quit."},
    AnnotationRow{"agent-auto-auth-exit-on-err", "bool", "false", Stage::Build, boolean<&Out::auto_auth_exit_on_err>, "End the agent when a login fails."},
};

constexpr std::array kFamilies{
    FamilyRow{"agent-inject-secret-", "Vault path", "", "Declares the secret NAME and the path it is read from."},
    FamilyRow{"agent-inject-template-", "template", "the default template", "Template of the secret; alone it declares one too."},
    FamilyRow{"agent-inject-template-file-", "path", "", "File with the template, in the agent's container. Used when there is no template annotation."},
    FamilyRow{"agent-inject-file-", "path", "NAME in lower case", "File to write, below the secret's volume."},
    FamilyRow{"agent-inject-perms-", "text", "0644", "Mode of that file, as 0400."},
    FamilyRow{"agent-inject-command-", "text", "", "Command to run after the file was written."},
    FamilyRow{"agent-template-left-delim-", "text", "{{", "Left delimiter of the template."},
    FamilyRow{"agent-template-right-delim-", "text", "}}", "Right delimiter of the template."},
    FamilyRow{"error-on-missing-key-", "bool", "false", "Fail when the template asks for a field that the secret does not have."},
    FamilyRow{"secret-volume-path-", "path", "secret-volume-path", "Directory of this secret, a volume of its own."},
    FamilyRow{"preserve-secret-case-", "bool", "preserve-secret-case", "Keep the case of this secret's name in the file name."},
    FamilyRow{"auth-config-", "text", "", "Parameter NAME of the auth method (dashes become underscores)."},
    FamilyRow{"agent-telemetry-", "JSON or text", "", "Parameter NAME of the agent's telemetry (dashes become underscores)."},
};
// clang-format on

/// Row numbers by name, for binary search.
constexpr auto kByName = [] {
  std::array<std::uint8_t, kRows.size()> order{};
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint8_t>(i);
  std::sort(order.begin(), order.end(),
            [](auto a, auto b) { return kRows[a].name < kRows[b].name; });
  return order;
}();

std::optional<std::size_t> find_row(std::string_view name) {
  const auto* found =
      std::lower_bound(kByName.begin(), kByName.end(), name,
                       [](auto row, std::string_view wanted) { return kRows[row].name < wanted; });
  if (found == kByName.end() || kRows[*found].name != name) return std::nullopt;
  return *found;
}

}  // namespace

PodSettings::PodSettings(const Settings& s, const Pod& p)
    : injector(&s),
      pod(&p),
      image(s.vault_image),
      limits_cpu(s.cpu_limit),
      limits_memory(s.memory_limit),
      limits_ephemeral(s.ephemeral_limit),
      requests_cpu(s.cpu_request),
      requests_memory(s.memory_request),
      requests_ephemeral(s.ephemeral_request),
      run_as_same_user(s.run_as_same_user),
      set_security_context(s.set_security_context),
      revoke_on_shutdown(s.revoke_on_shutdown),
      proxy_address(s.proxy_address),
      service(s.vault_address),
      vault_namespace(s.vault_namespace),
      auth_type(s.auth_type),
      auth_path(s.auth_path),
      auth_min_backoff(s.auth_min_backoff),
      auth_max_backoff(s.auth_max_backoff),
      disable_idle_connections(s.disable_idle_connections),
      disable_keep_alives(s.disable_keep_alives),
      default_template_is_json(s.default_template == "json"),
      exit_on_retry_failure(s.exit_on_retry_failure),
      static_secret_render_interval(s.static_secret_render_interval),
      // compat: the injector's own lease renewal threshold is read and not used (Q2),
      // golden/injector/template-config-flags-json.json
      max_connections_per_host(s.max_connections_per_host) {}

std::span<const AnnotationRow> annotation_rows() {
  return kRows;
}
std::span<const FamilyRow> family_rows() {
  return kFamilies;
}

AnnotationReader::AnnotationReader(const Pod& pod) : values_(kRows.size()) {
  for (const auto& [name, value] : pod.annotations) {
    if (const auto row = find_row(name)) values_[*row] = value;
  }
}

Outcome<void> AnnotationReader::read(Stage stage, PodSettings& out) const {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    const AnnotationRow& row = kRows[i];
    if (row.stage != stage) continue;
    if (values_[i]) {
      if (auto stored = row.store(out, *values_[i]); !stored) {
        return refuse_annotation(stored.error().message, row.name, *values_[i]);
      }
    } else if (row.absent != nullptr) {
      if (auto stored = row.absent(out); !stored) {
        return refuse(stored.error().message + " (the injector's " +
                      std::string(row.default_value) + ")");
      }
    }
  }
  return {};
}

std::optional<std::string_view> AnnotationReader::given(std::string_view name) const {
  const auto row = find_row(name);
  return row ? values_[*row] : std::nullopt;
}

}  // namespace leasehold::injector

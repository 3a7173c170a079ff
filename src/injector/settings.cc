// The table of settings and the one function that reads it.
#include "settings.h"

#include <array>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"

namespace leasehold::injector {
namespace {

using flags::Kind;

template <auto Field>
Result<void> text(Settings& settings, std::string_view value) {
  settings.*Field = std::string(value);
  return {};
}

template <auto Field>
Result<void> boolean(Settings& settings, std::string_view value) {
  const auto parsed = parse_bool_lenient(value);
  if (!parsed) return parsed.error();
  settings.*Field = *parsed;
  return {};
}

Result<void> connections(Settings& settings, std::string_view value) {
  const auto parsed = parse_int(value);
  if (!parsed) return parsed.error();
  settings.max_connections_per_host = *parsed;
  return {};
}

Result<void> threshold(Settings& settings, std::string_view value) {
  const auto parsed = parse_float(value);
  if (!parsed) return parsed.error();
  settings.lease_renewal_threshold = *parsed;
  return {};
}

/// Kept as text: the annotation's text goes into the agent's configuration as it was written.
template <auto Field>
Result<void> duration_text(Settings& settings, std::string_view value) {
  if (!value.empty()) {
    if (const auto parsed = parse_duration(value); !parsed) return parsed.error();
  }
  return text<Field>(settings, value);
}

Result<void> shutdown_delay(Settings& settings, std::string_view value) {
  const auto parsed = parse_duration(value);
  if (!parsed) return parsed.error();
  if (parsed->count() < 0) return invalid("-shutdown-delay must not be negative");
  settings.shutdown_delay = *parsed;
  return {};
}

Result<void> leaf_life(Settings& settings, std::string_view value) {
  const auto parsed = parse_duration(value);
  if (!parsed) return parsed.error();
  // Shorter ones could not reach all replicas in time; longer ones would outlive the authority.
  if (*parsed < std::chrono::seconds(10) || *parsed > std::chrono::hours(24 * 365)) {
    return invalid("-tls-auto-leaf-life must be from 10s to 8760h");
  }
  settings.tls_auto_leaf_life = *parsed;
  return {};
}

/// PEM, or base64 of it: whatever decodes is decoded.
Result<void> ca_bytes(Settings& settings, std::string_view value) {
  auto decoded = base64_decode(value);
  settings.ca_cert_bytes = decoded ? *std::move(decoded) : std::string(value);
  return {};
}

/// Flags that fall back to their default when they are set to empty.
template <auto Field>
Result<void> text_or_default(Settings& settings, std::string_view value) {
  if (!value.empty()) settings.*Field = std::string(value);
  return {};
}

// D in spec/injector.md 2: the doubled prefix is read first (Q1); B: the bare name is read last.
#define LH_D(name) "AGENT_INJECT_AGENT_INJECT_" name ",AGENT_INJECT_" name
#define LH_B(name) "AGENT_INJECT_" name "," name

// clang-format off
constexpr std::array kRows{
    SettingRow{{"listen", Kind::Text, ":8080", "AGENT_INJECT_LISTEN", "Address to listen on, host:port."}, text<&Settings::listen>},
    SettingRow{{"log-level", Kind::Text, "info", "AGENT_INJECT_LOG_LEVEL", "trace, debug, info, warn or error."}, text<&Settings::log_level>},
    SettingRow{{"log-format", Kind::Text, "standard", "AGENT_INJECT_LOG_FORMAT", "standard or json."}, text<&Settings::log_format>},
    SettingRow{{"vault-address", Kind::Text, "", "AGENT_INJECT_VAULT_ADDR", "Address of Vault as the injected agents reach it. Required."}, text<&Settings::vault_address>},
    SettingRow{{"vault-image", Kind::Text, "hashicorp/vault:2.0.4", "AGENT_INJECT_VAULT_IMAGE", "Image of the injected containers."}, text_or_default<&Settings::vault_image>},
    SettingRow{{"vault-auth-type", Kind::Text, "kubernetes", "AGENT_INJECT_VAULT_AUTH_TYPE", "Type of the auth method."}, text_or_default<&Settings::auth_type>},
    SettingRow{{"vault-auth-path", Kind::Text, "auth/kubernetes", "AGENT_INJECT_VAULT_AUTH_PATH", "Mount path of the auth method."}, text<&Settings::auth_path>},
    SettingRow{{"vault-namespace", Kind::Text, "", "AGENT_INJECT_VAULT_NAMESPACE", "Vault namespace of the login."}, text<&Settings::vault_namespace>},
    SettingRow{{"vault-cacert-bytes", Kind::Text, "", LH_D("VAULT_CACERT_BYTES"), "CA certificates for Vault, PEM or base64 of PEM."}, ca_bytes},
    SettingRow{{"proxy-address", Kind::Text, "", "AGENT_INJECT_PROXY_ADDR", "HTTPS proxy of the injected agents."}, text<&Settings::proxy_address>},
    SettingRow{{"revoke-on-shutdown", Kind::Boolean, "false", "AGENT_INJECT_REVOKE_ON_SHUTDOWN", "Revoke the agent's token when its pod ends."}, boolean<&Settings::revoke_on_shutdown>},
    SettingRow{{"run-as-user", Kind::Text, "100", LH_D("RUN_AS_USER"), "User id of the injected containers."}, text_or_default<&Settings::run_as_user>},
    SettingRow{{"run-as-group", Kind::Text, "1000", LH_D("RUN_AS_GROUP"), "Group id of the injected containers."}, text_or_default<&Settings::run_as_group>},
    SettingRow{{"run-as-same-user", Kind::Boolean, "false", LH_D("RUN_AS_SAME_USER"), "Use the user id of the pod's first container."}, boolean<&Settings::run_as_same_user>},
    SettingRow{{"set-security-context", Kind::Boolean, "true", LH_D("SET_SECURITY_CONTEXT"), "Give the injected containers a securityContext."}, boolean<&Settings::set_security_context>},
    SettingRow{{"default-template", Kind::Text, "map", "AGENT_INJECT_DEFAULT_TEMPLATE", "Template of secrets without one: map or json."}, text<&Settings::default_template>},
    SettingRow{{"cpu-request", Kind::Text, "250m", LH_D("CPU_REQUEST"), "CPU request of the injected containers."}, text<&Settings::cpu_request>},
    SettingRow{{"cpu-limit", Kind::Text, "500m", LH_D("CPU_LIMIT"), "CPU limit of the injected containers."}, text<&Settings::cpu_limit>},
    SettingRow{{"memory-request", Kind::Text, "64Mi", LH_D("MEM_REQUEST"), "Memory request of the injected containers."}, text<&Settings::memory_request>},
    SettingRow{{"memory-limit", Kind::Text, "128Mi", LH_D("MEM_LIMIT"), "Memory limit of the injected containers."}, text<&Settings::memory_limit>},
    SettingRow{{"ephemeral-storage-request", Kind::Text, "", LH_D("EPHEMERAL_REQUEST"), "Ephemeral storage request of the injected containers."}, text<&Settings::ephemeral_request>},
    SettingRow{{"ephemeral-storage-limit", Kind::Text, "", LH_D("EPHEMERAL_LIMIT"), "Ephemeral storage limit of the injected containers."}, text<&Settings::ephemeral_limit>},
    SettingRow{{"template-config-exit-on-retry-failure", Kind::Boolean, "true", "AGENT_INJECT_TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE", "End the agent when a template cannot be rendered after all retries."}, boolean<&Settings::exit_on_retry_failure>},
    SettingRow{{"template-static-secret-render-interval", Kind::Text, "", LH_D("TEMPLATE_STATIC_SECRET_RENDER_INTERVAL"), "How often secrets without a lease are read again."}, text<&Settings::static_secret_render_interval>},
    SettingRow{{"", Kind::Text, "0", LH_D("TEMPLATE_MAX_CONNECTIONS_PER_HOST"), "Connections of the agent's templates to one Vault server, 0 = default."}, connections},
    SettingRow{{"", Kind::Text, "0", LH_D("TEMPLATE_LEASE_RENEWAL_THRESHOLD"), "Read and not used, as in the replaced program: set the annotation template-lease-renewal-threshold."}, threshold},
    SettingRow{{"auth-min-backoff", Kind::Text, "", LH_D("AUTH_MIN_BACKOFF"), "First pause after a failed login."}, duration_text<&Settings::auth_min_backoff>},
    SettingRow{{"auth-max-backoff", Kind::Text, "", LH_D("AUTH_MAX_BACKOFF"), "Longest pause after a failed login."}, duration_text<&Settings::auth_max_backoff>},
    SettingRow{{"disable-idle-connections", Kind::Text, "", "AGENT_INJECT_DISABLE_IDLE_CONNECTIONS", "Comma-separated parts of the agent that keep no idle connections."}, text<&Settings::disable_idle_connections>},
    SettingRow{{"disable-keep-alives", Kind::Text, "", "AGENT_INJECT_DISABLE_KEEP_ALIVES", "Comma-separated parts of the agent that use each connection once."}, text<&Settings::disable_keep_alives>},
    SettingRow{{"telemetry-path", Kind::Text, "", "AGENT_INJECT_TELEMETRY_PATH", "Path of the Prometheus metrics on the same port. Empty = off."}, text<&Settings::telemetry_path>},
    SettingRow{{"use-leader-elector", Kind::Boolean, "false", "AGENT_INJECT_USE_LEADER_ELECTOR", "Elect a leader among several replicas."}, boolean<&Settings::use_leader_elector>},
    SettingRow{{"tls-auto", Kind::Text, "", LH_B("TLS_AUTO"), "Name of the MutatingWebhookConfiguration whose caBundle is kept up to date."}, text<&Settings::tls_auto>},
    SettingRow{{"tls-auto-hosts", Kind::Text, "", LH_B("TLS_AUTO_HOSTS"), "Comma-separated host names of the generated certificate."}, text<&Settings::tls_auto_hosts>},
    SettingRow{{"tls-ca-cert-file", Kind::Text, "", LH_B("TLS_CA_CERT_FILE"), "CA certificate to publish when certificate files are used."}, text<&Settings::tls_ca_cert_file>},
    SettingRow{{"tls-cert-file", Kind::Text, "", LH_B("TLS_CERT_FILE"), "Certificate chain, PEM. Read again when it changes."}, text<&Settings::tls_cert_file>},
    SettingRow{{"tls-key-file", Kind::Text, "", LH_B("TLS_KEY_FILE"), "Private key of the certificate, PEM."}, text<&Settings::tls_key_file>},
    SettingRow{{"tls-min-version", Kind::Text, "tls12", LH_B("TLS_MIN_VERSION"), "tls10, tls11, tls12 or tls13."}, text<&Settings::tls_min_version>},
    SettingRow{{"tls-cipher-suites", Kind::Text, "", LH_B("TLS_CIPHER_SUITES"), "Comma-separated cipher suites for TLS 1.2 and below."}, text<&Settings::tls_cipher_suites>},
    SettingRow{{"tls-auto-leaf-life", Kind::Text, "24h", "AGENT_INJECT_TLS_AUTO_LEAF_LIFE", "How long a generated certificate is valid; it is replaced when a tenth of that is left."}, leaf_life},
    SettingRow{{"kubeconfig", Kind::Text, "", "AGENT_INJECT_KUBECONFIG", "Where the API server is, for an injector outside of the cluster. Empty = as a pod finds it."}, text<&Settings::kubeconfig>},
    SettingRow{{"", Kind::Text, "default", "NAMESPACE", "Namespace of the Secret vault-injector-certs, with leader election."}, text<&Settings::name_space>},
    SettingRow{{"", Kind::Text, "", "POD_NAME", "Name of the injector's own pod, with leader election."}, text<&Settings::pod_name>},
    SettingRow{{"shutdown-delay", Kind::Text, "5s", "AGENT_INJECT_SHUTDOWN_DELAY", "How long to go on serving after SIGTERM, while endpoints lag behind."}, shutdown_delay},
};
// clang-format on
#undef LH_D
#undef LH_B

/// The first of the names that is set decides, even when it is set to empty (which sets nothing).
std::string from_environment(std::string_view names, const flags::Environment& environment) {
  while (!names.empty()) {
    const auto comma = names.find(',');
    if (auto value = environment(names.substr(0, comma))) return *std::move(value);
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  return {};
}

Result<void> apply(const SettingRow& row, const flags::Parsed& given,
                   const flags::Environment& environment, Settings& settings) {
  if (auto done = row.store(settings, row.flag.default_value); !done) return done;
  if (!row.flag.name.empty()) {
    if (const auto value = given.last(row.flag.name)) {
      if (auto done = row.store(settings, *value); !done) {
        return invalid("invalid value for flag -" + std::string(row.flag.name) + ": " +
                       done.error().message);
      }
    }
  }
  const std::string value = from_environment(row.flag.environment, environment);
  if (value.empty()) return {};
  if (auto done = row.store(settings, value); !done) {
    return invalid("Error parsing environment variables: " + done.error().message + " (" +
                   std::string(row.flag.environment) + ")");
  }
  return {};
}

}  // namespace

std::span<const SettingRow> setting_rows() {
  return kRows;
}

std::vector<flags::Row> flag_rows() {
  std::vector<flags::Row> rows;
  for (const SettingRow& row : kRows) {
    if (!row.flag.name.empty()) rows.push_back(row.flag);
  }
  return rows;
}

Result<Settings> resolve_settings(const flags::Parsed& given,
                                  const flags::Environment& environment) {
  Settings settings;
  for (const SettingRow& row : kRows) {
    if (auto done = apply(row, given, environment, settings); !done) return done.error();
  }
  if (settings.vault_address.empty()) {
    return invalid("No Vault service configured: set AGENT_INJECT_VAULT_ADDR or -vault-address");
  }
  if (settings.default_template != "map" && settings.default_template != "json") {
    return invalid("Invalid default flag type: " + settings.default_template + " (map or json)");
  }
  return settings;
}

}  // namespace leasehold::injector

// The annotations of a pod, as rows: name, default, parse-and-store, help. The same rows give the
// documentation (docs/annotations.md). Truth: spec/injector.md 9 and 10, golden/injector.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pod.h"
#include "refusal.h"
#include "settings.h"

namespace leasehold::injector {

/// Everything that single annotations decide, defaults filled in from Settings. Views live as long
/// as the request's document and the Settings.
struct PodSettings {
  PodSettings(const Settings& settings, const Pod& pod);

  const Settings* injector;
  const Pod* pod;
  // --- control ---
  bool init_first = false;
  bool pre_populate = true;
  bool pre_populate_only = false;
  bool share_process_namespace_given = false;
  bool share_process_namespace = false;
  std::string_view status;
  std::string_view request_namespace = "-";  ///< only its emptiness counts
  std::string_view inject_containers;
  bool inject_containers_given = false;
  std::string_view copy_volume_mounts;
  std::string_view json_patch;
  std::string_view init_json_patch;
  // --- containers ---
  std::string_view image;
  std::string_view limits_cpu;
  std::string_view limits_memory;
  std::string_view limits_ephemeral;
  std::string_view requests_cpu;
  std::string_view requests_memory;
  std::string_view requests_ephemeral;
  std::int64_t run_as_user = 0;
  std::int64_t run_as_group = 0;
  bool run_as_same_user = false;
  bool run_as_given = false;  ///< any of the three annotations is there
  bool run_as_user_empty = false;
  bool set_security_context = true;
  bool set_security_context_given = false;
  bool revoke_on_shutdown = false;
  std::uint64_t revoke_grace = 5;
  std::string_view configmap;
  std::string_view extra_secret;
  std::string_view tls_secret;
  std::string_view token_volume;
  std::string_view go_max_procs;
  std::string_view client_timeout;
  std::string_view client_max_retries;
  std::string_view log_level = "info";
  std::string_view log_format = "standard";
  std::string_view proxy_address;
  // --- Vault and authentication ---
  std::string_view service;
  std::string_view vault_namespace;
  bool tls_skip_verify = false;
  std::string_view tls_server_name;
  std::string_view ca_cert;
  std::string_view ca_key;
  std::string_view client_cert;
  std::string_view client_key;
  std::string_view role;
  std::string_view auth_type;
  std::string_view auth_path;
  std::string_view auth_min_backoff;
  std::string_view auth_max_backoff;
  bool auto_auth_exit_on_err = false;
  bool enable_quit = false;
  bool cache_enable = false;
  std::string_view cache_use_auto_auth_token = "true";
  std::string_view cache_listener_port = "8200";
  bool cache_exit_on_err = false;
  std::string_view disable_idle_connections;
  std::string_view disable_keep_alives;
  // --- templates ---
  bool default_template_is_json = false;
  bool inject_token = false;
  std::string_view secret_volume_path = "/vault/secrets";
  bool preserve_secret_case = false;
  bool exit_on_retry_failure = true;
  std::string_view static_secret_render_interval;
  std::int64_t max_connections_per_host = 0;
  double lease_renewal_threshold = 0;
};

/// When a bad value surfaces; rows of a stage are evaluated in table order.
enum class Stage {
  Text,      ///< cannot fail
  Defaults,  ///< refusals start with "error adding default annotations: "
  Build,     ///< refusals start with "error creating new agent sidecar: "
};

struct AnnotationRow {
  std::string_view name;           ///< without prefix
  std::string_view type;           ///< for the documentation
  std::string_view default_value;  ///< "-flag", a literal, or "" for none
  Stage stage;
  Result<void> (*store)(PodSettings&, std::string_view);
  std::string_view help;
  /// Called when the annotation is absent, where the injector's own setting can be wrong for a pod.
  Result<void> (*absent)(PodSettings&) = nullptr;
};
std::span<const AnnotationRow> annotation_rows();

/// Annotations whose name ends in a NAME of the user.
struct FamilyRow {
  std::string_view name;  ///< up to and with the dash
  std::string_view type;
  std::string_view default_value;
  std::string_view help;
};
std::span<const FamilyRow> family_rows();

/// The rows' values of one pod, looked up once, stored stage by stage.
class AnnotationReader {
 public:
  /// pod must outlive the reader.
  explicit AnnotationReader(const Pod& pod);

  /// Stores the rows of one stage. Refusals carry the bare text, the annotation and its value.
  Outcome<void> read(Stage stage, PodSettings& out) const;
  /// nullopt when the annotation is absent.
  [[nodiscard]] std::optional<std::string_view> given(std::string_view name) const;

 private:
  std::vector<std::optional<std::string_view>> values_;
};

}  // namespace leasehold::injector

// What the operator of the injector chose: flags and environment, resolved once at start
// (spec/injector.md 2). Rows of one table give parsing, --help and the defaults of annotations.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/flags/flags.h"

namespace leasehold::injector {

/// Immutable after start; shared by all threads.
struct Settings {
  std::string listen;
  std::string log_level;
  std::string log_format;
  std::string vault_address;
  std::string vault_image;
  std::string auth_type;
  std::string auth_path;
  std::string vault_namespace;
  std::string ca_cert_bytes;  ///< decoded when it was base64
  std::string proxy_address;
  bool revoke_on_shutdown = false;
  std::string run_as_user;   ///< text: a bad value fails every injection, not the start
  std::string run_as_group;  ///< the same
  bool run_as_same_user = false;
  bool set_security_context = true;
  std::string default_template;  ///< map or json
  std::string cpu_request;
  std::string cpu_limit;
  std::string memory_request;
  std::string memory_limit;
  std::string ephemeral_request;
  std::string ephemeral_limit;
  bool exit_on_retry_failure = true;
  std::string static_secret_render_interval;
  std::int64_t max_connections_per_host = 0;
  double lease_renewal_threshold = 0;
  std::string auth_min_backoff;
  std::string auth_max_backoff;
  std::string disable_idle_connections;
  std::string disable_keep_alives;
  std::string telemetry_path;
  bool use_leader_elector = false;
  std::string tls_auto;
  std::string tls_auto_hosts;
  std::string tls_ca_cert_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_min_version;
  std::string tls_cipher_suites;
  std::chrono::nanoseconds tls_auto_leaf_life{std::chrono::hours(24)};
  std::chrono::nanoseconds shutdown_delay{0};
  std::string kubeconfig;
  std::string name_space;  ///< of the Secret that replicas share
  std::string pod_name;
};

/// One setting. name "" = environment only.
struct SettingRow {
  flags::Row flag;
  Result<void> (*store)(Settings&, std::string_view);
};
std::span<const SettingRow> setting_rows();

/// Environment (when not empty) over flag over default. Errors carry the text of the replaced
/// program for that step (spec/injector.md 3, steps 1-4).
Result<Settings> resolve_settings(const flags::Parsed& given,
                                  const flags::Environment& environment);

/// Rows that are flags, for flags::parse and flags::usage.
std::vector<flags::Row> flag_rows();

}  // namespace leasehold::injector

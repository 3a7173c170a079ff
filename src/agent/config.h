// The agent's configuration: plain, resolved, immutable after start. config_reader makes it from
// HCL or JSON (spec/agent.md 3-5); the names are those of the file format.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::agent {

struct VaultConfig {
  std::string address;
  std::string ca_cert;
  std::string ca_path;
  std::string client_cert;
  std::string client_key;
  std::string tls_server_name;
  std::string namespace_;
  bool tls_skip_verify = false;
  /// As written; 0 or absent means 12, -1 means none. See attempts().
  std::int64_t num_retries = 0;
};

/// What is wrong with a value of method.config or sink.config is said by the constructor of the
/// method or sink, which runs after all files are read; so the kind of each value is kept.
enum class ConfigValueKind { Text, Bool, Int, Float, Other };

struct MethodConfig {
  std::string type;
  std::string mount_path;  ///< resolved: auth/<type> when not given, no trailing slash
  std::string namespace_;  ///< canonical: "ns/" or ""
  std::chrono::nanoseconds wrap_ttl{0};
  std::chrono::nanoseconds min_backoff{0};  ///< 0 = not given
  std::chrono::nanoseconds max_backoff{0};  ///< 0 = not given
  bool exit_on_err = false;
  /// method.config, scalars as text; checked by check_method().
  std::map<std::string, std::string, std::less<>> config;
  /// The same keys with the kinds of their values.
  std::map<std::string, ConfigValueKind, std::less<>> config_kinds;
  bool has_config = false;
};

struct SinkConfig {
  std::string type;
  std::string path;
  std::uint32_t mode = 0640;
  std::int64_t uid = -1;
  std::int64_t gid = -1;
  /// What sink.config says wrongly, in the words that are printed when the sink is made:
  /// `error creating file sink: ...` or `Unknown sink type "kafka"`; "" when it is right.
  std::string start_error;
  std::chrono::nanoseconds wrap_ttl{0};
  std::string dh_type;
  std::string dh_path;
  bool derive_key = false;
  std::string aad;
  std::string aad_env_var;
};

struct AutoAuthConfig {
  MethodConfig method;
  std::vector<SinkConfig> sinks;
  bool enable_reauth_on_new_credentials = false;
};

/// Ours: a file of a known format instead of a template.
struct OutputConfig {
  std::string format;  ///< "" = none; see typed_output.h
  std::string secret;  ///< path
  std::string prefix;  ///< of names
  std::string host;
  std::string port;
  std::string database;
  std::string sslmode;
  std::string service;
};

/// Ours: whom to tell of a changed file, without a shell.
struct NotifyConfig {
  std::string signal;   ///< SIGHUP, ...
  std::string process;  ///< name of the program that gets the signal
  std::string restart;  ///< name of the program that is asked to end
  std::string http;     ///< URL
  std::string ca_cert;  ///< file with who is trusted for https; "" = the system's
  std::string tls_server_name;
  bool tls_skip_verify = false;
  std::string method = "POST";
  std::chrono::nanoseconds timeout{std::chrono::seconds(5)};

  [[nodiscard]] bool any() const { return !process.empty() || !restart.empty() || !http.empty(); }
  friend bool operator==(const NotifyConfig&, const NotifyConfig&) = default;
};

struct TemplateBlock {
  std::string source;    ///< file
  std::string contents;  ///< text
  bool has_source = false;    ///< given, even if empty; giving both or none is an error at start
  bool has_contents = false;
  std::string destination;
  bool create_dest_dirs = true;
  std::optional<std::uint32_t> perms;
  std::string user;
  std::string group;
  std::optional<std::int64_t> uid;
  std::optional<std::int64_t> gid;
  bool backup = false;
  /// One element with blanks runs through `sh -c`; several are argv. Empty: no command.
  std::vector<std::string> command;
  std::chrono::nanoseconds command_timeout{std::chrono::seconds(30)};
  std::chrono::nanoseconds wait_min{0};  ///< both 0: no quiescence
  std::chrono::nanoseconds wait_max{0};
  bool error_on_missing_key = false;
  bool error_fatal = true;
  std::string left_delimiter;   ///< "" = {{
  std::string right_delimiter;  ///< "" = }}
  std::vector<std::string> function_denylist;
  std::string sandbox_path;
  OutputConfig output;
  NotifyConfig notify;
};

struct TemplateConfig {
  bool exit_on_retry_failure = false;
  std::chrono::nanoseconds static_secret_render_interval{std::chrono::minutes(5)};
  std::int64_t max_connections_per_host = 10;
  double lease_renewal_threshold = 0.90;
  /// Ours: how often leases are looked up. nullopt = from the TTL; zero = off.
  std::optional<std::chrono::nanoseconds> lease_check_interval;
  /// Ours: how long a lease is kept after its secret was replaced.
  std::chrono::nanoseconds drain{std::chrono::seconds(10)};
};

/// Ours: what survives a restart, and what is told of it.
struct StateConfig {
  std::string path;    ///< of the state file, on a memory volume of the agent's containers alone
  std::string socket;  ///< for `check`, `why`; "" = agent.sock beside path
};

/// How a request through the listener is given a token.
enum class ProxyToken { Unset, No, Yes, Force };

struct PersistConfig {
  std::string type;
  std::string path;
  bool keep_after_import = false;
  bool exit_on_err = false;
  std::string service_account_token_file;
};

struct CacheConfig {
  ProxyToken use_auto_auth_token = ProxyToken::Unset;
  std::optional<PersistConfig> persist;
};

struct ApiProxyConfig {
  ProxyToken use_auto_auth_token = ProxyToken::Unset;
  bool from_cache = false;  ///< no block of its own, made of cache.use_auto_auth_token
};

struct ListenerConfig {
  std::string type;
  std::string address;
  std::string role;
  bool tls_disable = false;
  std::string tls_min_version;
  std::string tls_max_version;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::vector<std::string> tls_cipher_suites;
  std::string tls_client_ca_file;
  bool tls_require_and_verify_client_cert = false;
  bool require_request_header = false;
  bool enable_quit = false;
};

/// Whether we serve this listener (probes and metrics, plain or with a certificate); the others are accepted
/// without effect.
bool is_served(const ListenerConfig& listener);

struct TelemetryConfig {
  std::chrono::nanoseconds prometheus_retention_time{std::chrono::hours(24)};
  bool disable_hostname = false;
  bool enable_hostname_label = false;
  std::string metrics_prefix = "vault";
  bool filter_default = true;
  std::vector<std::string> prefix_filter;
  /// Sinks that are configured and that we do not have, for the warning at start.
  std::vector<std::string> other_sinks;
};

struct EnvTemplate {
  std::string name;  ///< of the environment variable
  TemplateBlock block;
  bool has_contents = false;
  bool has_source = false;
  /// Keys that an env_template must not have, in the order in which they are refused.
  std::vector<std::string> not_allowed;
};

struct ExecConfig {
  std::vector<std::string> command;
  std::string restart_on_secret_changes = "always";
  std::string restart_stop_signal = "SIGTERM";
  std::string child_process_stdout;
  std::string child_process_stderr;
};

struct AgentConfig {
  std::optional<VaultConfig> vault;
  std::optional<AutoAuthConfig> auto_auth;
  std::vector<TemplateBlock> templates;
  std::optional<CacheConfig> cache;
  std::optional<ApiProxyConfig> api_proxy;
  std::vector<ListenerConfig> listeners;
  std::optional<TelemetryConfig> telemetry;
  std::vector<EnvTemplate> env_templates;
  std::optional<ExecConfig> exec;
  std::optional<StateConfig> state;
  TemplateConfig template_config;
  bool has_template_config = false;
  bool exit_after_auth = false;
  bool revoke_on_shutdown = false;  ///< ours
  std::string termination_message_path = "/dev/termination-log";  ///< ours; "" = none
  bool pod_events = true;  ///< ours: the last diagnosis as an Event on the pod, if RBAC allows
  std::string pid_file;
  std::string log_level;
  std::string log_format;
  std::string log_file;
  std::string log_rotate_duration;
  std::optional<std::int64_t> log_rotate_bytes;
  std::optional<std::int64_t> log_rotate_max_files;
  std::vector<std::string> disable_idle_connections;
  std::vector<std::string> disable_keep_alives;
  /// Blocks that are read and checked, but that this version does not act on: listener, cache,
  /// api_proxy, env_template, exec, sinks of telemetry. The agent says so at start.
  std::vector<std::string> without_effect;
};

/// A thing that is accepted but likely wrong: unknown key, integer that means nanoseconds, repeated key.
struct ConfigWarning {
  enum class Kind { UnknownKey, Nanoseconds, RepeatedKey };
  std::string message;  ///< with file:line:column and what to do
  Kind kind = Kind::UnknownKey;
  std::uint32_t line = 0;  ///< 0: unknown
  std::uint32_t column = 0;
  std::string what;  ///< the message without its place
};

struct LoadedConfig {
  AgentConfig config;
  std::vector<ConfigWarning> warnings;
};

struct ReadOptions {
  /// Refuse a key that is set twice in one block of HCL, as Vault 1.21 and later do; else a warning.
  bool strict_hcl = false;
};

/// Reads one text (HCL or JSON by its first non-blank byte). name stands in positions.
/// Error (Invalid): the text that the peer prints after `error loading configuration from PATH: `.
Result<LoadedConfig> parse_config(const std::string& name, const std::string& text, const ReadOptions& options = {});

/// Loads files and directories and merges them left to right (spec/agent.md 1.7), then validates
/// (section 5). Error (Invalid): all messages, a line each, as the peer prints them:
/// `error loading configuration from PATH: ...` or `error validating configuration: ...`.
Result<LoadedConfig> load_config(const std::vector<std::string>& paths, const ReadOptions& options = {});

/// The same without the validation: for tools that want parts of a configuration.
Result<LoadedConfig> read_config(const std::vector<std::string>& paths, const ReadOptions& options = {});

/// `ns1/a`, `/ns1/a/` as `ns1/a/`; "" and `root` as "".
std::string canonical_namespace(std::string_view name);

/// Section 5 on a merged configuration. Error (Invalid): the text after
/// `error validating configuration: `.
Result<void> validate_config(const AgentConfig& config);

/// The logging settings, after flags and environment have been laid over them. Error (Invalid): the
/// line that is printed as it is: `unknown log level: loud`.
Result<void> check_log_settings(const AgentConfig& config);

/// Words of disable_idle_connections and disable_keep_alives (key). Error (Invalid): `unknown KEY value: foo`.
Result<void> check_subsystems(std::string_view key, const std::vector<std::string>& names);

/// What the constructor of the auth method would say (spec/agent.md 6), before any login. Error
/// (Invalid): the whole line, `Error creating kubernetes auth method: missing 'role' value`.
Result<void> check_method(const MethodConfig& method);

}  // namespace leasehold::agent

// Writes the configuration as text, member by member in the order of the reference. Everything
// comes in as a JSON string or a checked scalar, so no annotation can add a member.
#include "agent_config.h"

#include <array>
#include <charconv>
#include <cmath>

#include "json_text.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

void write_method(JsonText& out, const Injection& injection) {
  const PodSettings& s = injection.pod_settings;
  out.key("method").open('{').member("type", s.auth_type);
  out.member_unless_empty("mount_path", s.auth_path);
  out.member_unless_empty("min_backoff", s.auth_min_backoff);
  out.member_unless_empty("max_backoff", s.auth_max_backoff);
  out.member_unless_empty("namespace", s.vault_namespace);
  out.key("config").open('{');
  for (const auto& [name, value] : injection.auth_config) out.quoted_key(name).string(value);
  out.close('}').flag_if("exit_on_err", s.auto_auth_exit_on_err).close('}');
}

void write_sink(JsonText& out, std::string_view path) {
  out.open('{')
      .member("type", "file")
      .key("config")
      .open('{')
      .member("path", path)
      .close('}')
      .close('}');
}

void write_auto_auth(JsonText& out, const Injection& injection) {
  out.key("auto_auth").open('{');
  write_method(out, injection);
  out.key("sink").open('[');
  write_sink(out, "/home/vault/.vault-token");
  if (injection.pod_settings.inject_token) {
    write_sink(out, path_join(injection.pod_settings.secret_volume_path, "token"));
  }
  out.close(']').close('}');
}

void write_vault(JsonText& out, const PodSettings& s) {
  out.key("vault").open('{').member("address", s.service);
  out.member_unless_empty("ca_cert", s.ca_cert);
  // compat: ca-key is the folder of CA certificates (Q17), golden/injector/vault-tls-all.json
  out.member_unless_empty("ca_path", s.ca_key);
  out.flag_if("tls_skip_verify", s.tls_skip_verify);
  out.member_unless_empty("client_cert", s.client_cert);
  out.member_unless_empty("client_key", s.client_key);
  out.member_unless_empty("tls_server_name", s.tls_server_name);
  out.close('}');
}

/// The path is put in verbatim: users write `pki/issue/web" "common_name=a.example`.
std::string default_template(std::string_view path, bool json) {
  std::string text = "{{ with secret \"" + std::string(path) + "\" }}";
  text += json ? "{{ .Data | toJSON }}\n{{ end }}"
               : "{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}";
  return text;
}

void write_templates(JsonText& out, const Injection& injection) {
  if (injection.secrets.empty()) return;
  out.key("template").open('[');
  for (const Secret& secret : injection.secrets) {
    out.open('{').member("destination", secret.destination);
    if (!secret.contents.empty()) {
      out.member("contents", secret.contents);
    } else if (secret.source.empty()) {
      out.member("contents",
                 default_template(secret.path, injection.pod_settings.default_template_is_json));
    }
    out.member("left_delimiter", secret.left_delimiter)
        .member("right_delimiter", secret.right_delimiter);
    out.member_unless_empty("command", secret.command);
    out.member_unless_empty("source", secret.source);
    out.member_unless_empty("perms", secret.perms);
    out.flag_if("error_on_missing_key", secret.error_on_missing_key);
    out.close('}');
  }
  out.close(']');
}

void write_cache(JsonText& out, const Injection& injection, bool init) {
  const PodSettings& s = injection.pod_settings;
  const bool kept = injection.cache_is_kept();
  const bool sidecar_only = s.cache_enable && !injection.has_init() && !init;
  const bool cached = kept || sidecar_only;
  if (!cached && !s.enable_quit) return;
  out.key("listener").open('[').open('{').member("type", "tcp");
  out.member("address", "127.0.0.1:" + std::string(s.cache_listener_port))
      .flag_if("tls_disable", true);
  if (s.enable_quit) out.key("agent_api").raw("{\"enable_quit\":true}");
  out.close('}').close(']').key("cache").open('{');
  if (cached) {
    // compat: a string, though the agent's own documentation has a bool,
    // golden/injector/cache-enable.json
    out.member_unless_empty("use_auto_auth_token", s.cache_use_auto_auth_token);
  }
  if (kept) {
    out.key("persist").open('{').member("type", "kubernetes").member("path", "/vault/agent-cache");
    out.flag_if("exit_on_err", s.cache_exit_on_err).close('}');
  }
  out.close('}');
}

void write_list(JsonText& out, std::string_view name, std::string_view list) {
  if (list.empty()) return;
  out.key(name).open('[');
  for (const std::string& part : split(list, ',')) out.string(part);
  out.close(']');
}

Outcome<void> write_template_config(JsonText& out, const PodSettings& s) {
  const double threshold = s.lease_renewal_threshold;
  if (std::isnan(threshold)) return refuse("json: unsupported value: NaN");
  if (std::isinf(threshold))
    return refuse(std::string("json: unsupported value: ") + (threshold > 0 ? "+Inf" : "-Inf"));
  out.key("template_config")
      .open('{')
      .key("exit_on_retry_failure")
      .boolean(s.exit_on_retry_failure);
  out.member_unless_empty("static_secret_render_interval", s.static_secret_render_interval);
  if (s.max_connections_per_host != 0)
    out.key("max_connections_per_host").number(s.max_connections_per_host);
  if (threshold != 0) {
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), threshold).ptr;
    out.key("lease_renewal_threshold")
        .raw({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
  }
  out.close('}');
  return {};
}

}  // namespace

Outcome<AgentConfigs> write_agent_configs(const Injection& injection) {
  JsonText head;
  head.open('{');
  write_auto_auth(head, injection);
  JsonText middle;
  middle.member("pid_file", "/home/vault/.pid");
  write_vault(middle, injection.pod_settings);
  write_templates(middle, injection);
  JsonText tail;
  if (auto done = write_template_config(tail, injection.pod_settings); !done) {
    return done.error().in("error creating patch for agent");
  }
  write_list(tail, "disable_idle_connections", injection.pod_settings.disable_idle_connections);
  write_list(tail, "disable_keep_alives", injection.pod_settings.disable_keep_alives);
  if (injection.telemetry) tail.key("telemetry").raw(*injection.telemetry);
  tail.close('}');

  const auto assemble = [&](bool init) {
    JsonText out;
    out.raw(head.text()).key("exit_after_auth").boolean(init).raw(middle.text());
    write_cache(out, injection, init);
    out.raw(tail.text());
    return out.take();
  };
  AgentConfigs configs;
  if (injection.has_init()) configs.init = assemble(true);
  if (injection.has_sidecar()) configs.sidecar = assemble(false);
  return configs;
}

}  // namespace leasehold::injector

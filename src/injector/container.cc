// Writes a container member by member. Environment, mounts and resources are tables or short lists.
#include "container.h"

#include <algorithm>
#include <array>

#include "container_schema.h"
#include "json_patch.h"
#include "json_text.h"
#include "leasehold/base/text.h"
#include "quantity.h"

namespace leasehold::injector {
namespace {

constexpr std::string_view kPatchStage = "error creating patch for agent";

void write_variable(JsonText& out, std::string_view name, std::string_view value) {
  out.open('{').member("name", name).member_unless_empty("value", value).close('}');
}

void write_field_variable(JsonText& out, std::string_view name, std::string_view field) {
  out.open('{').member("name", name).key("valueFrom").open('{').key("fieldRef").open('{');
  out.member("fieldPath", field).close('}').close('}').close('}');
}

/// What IRSA puts into the pod's containers; the first container that has a variable decides.
void write_aws(JsonText& out, const Injection& injection) {
  constexpr std::array<std::string_view, 4> kNames = {
      "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"};
  for (const auto name : kNames) {
    for (const Container& container : injection.pod_settings.pod->containers) {
      const auto& variables = container.environment;
      const auto found = std::find_if(variables.begin(), variables.end(),
                                      [&](const Variable& v) { return v.name == name; });
      if (found == variables.end()) continue;
      write_variable(out, name, found->value);
      break;
    }
  }
  // Last, so that it wins in Kubernetes.
  if (injection.auth_region_given) write_variable(out, "AWS_REGION", injection.auth_region);
}

/// With a ConfigMap the agent gets Vault's address by environment, which its CLI reads too.
void write_vault_variables(JsonText& out, const PodSettings& s) {
  const std::array<std::pair<std::string_view, std::string_view>, 7> variables{{
      {"VAULT_ADDR", s.service},
      {"VAULT_CACERT", s.ca_cert},
      {"VAULT_CAPATH", s.ca_key},
      {"VAULT_CLIENT_CERT", s.client_cert},
      {"VAULT_CLIENT_KEY", s.client_key},
      {"VAULT_SKIP_VERIFY", s.tls_skip_verify ? "true" : "false"},
      {"VAULT_TLS_SERVER_NAME", s.tls_server_name},
  }};
  for (const auto& [name, value] : variables) {
    if (!value.empty()) write_variable(out, name, value);
  }
}

void write_environment(JsonText& out, const Injection& injection, std::string_view config) {
  const PodSettings& s = injection.pod_settings;
  out.key("env").open('[');
  write_field_variable(out, "NAMESPACE", "metadata.namespace");
  write_field_variable(out, "HOST_IP", "status.hostIP");
  write_field_variable(out, "POD_IP", "status.podIP");
  const std::array<std::pair<std::string_view, std::string_view>, 6> optional{{
      {"GOMAXPROCS", s.go_max_procs},
      {"VAULT_CLIENT_TIMEOUT", s.client_timeout},
      {"VAULT_MAX_RETRIES", s.client_max_retries},
      {"VAULT_LOG_LEVEL", s.log_level},
      {"VAULT_LOG_FORMAT", s.log_format},
      {"HTTPS_PROXY", s.proxy_address},
  }};
  for (const auto& [name, value] : optional) {
    if (!value.empty()) write_variable(out, name, value);
  }
  if (s.configmap.empty()) {
    out.open('{').member("name", "VAULT_CONFIG").key("value").base64(config).close('}');
  } else {
    write_vault_variables(out, s);
  }
  if (!s.injector->ca_cert_bytes.empty())
    write_variable(out, "VAULT_CACERT_BYTES", s.injector->ca_cert_bytes);
  if (s.auth_type == "aws") write_aws(out, injection);
  out.close(']');
}

void write_mount(JsonText& out, std::string_view name, std::string_view path, bool read_only) {
  out.open('{')
      .member("name", name)
      .flag_if("readOnly", read_only)
      .member("mountPath", path)
      .close('}');
}

void write_aws_mount(JsonText& out, const Pod& pod) {
  for (const Container& container : pod.containers) {
    for (const Mount& mount : container.mounts) {
      if (mount.path.find("eks.amazonaws.com") == std::string_view::npos) continue;
      write_mount(out, mount.name, mount.path, true);
      return;
    }
  }
}

Outcome<void> write_copied_mounts(JsonText& out, const Pod& pod, std::string_view container_name) {
  if (container_name.empty()) return {};
  for (const auto* list : {&pod.containers, &pod.init_containers}) {
    for (const Container& container : *list) {
      if (container.name != container_name) continue;
      for (const Mount& mount : container.mounts) {
        if (mount.source == nullptr ||
            to_lower(mount.path).find("serviceaccount") != std::string::npos)
          continue;
        std::string copy;
        if (auto done = append_mount(copy, *mount.source); !done) return done;
        out.raw(copy);
      }
    }
  }
  return {};
}

Outcome<void> write_mounts(JsonText& out, const Injection& injection, Role role) {
  const PodSettings& s = injection.pod_settings;
  out.key("volumeMounts").open('[');
  if (role == Role::Init) write_mount(out, "home-init", "/home/vault", false);
  write_mount(out, injection.token.volume, injection.token.path, true);
  if (role == Role::Sidecar) write_mount(out, "home-sidecar", "/home/vault", false);
  if (s.auth_type == "aws") write_aws_mount(out, *s.pod);
  for (const std::string& mount : secret_mounts(injection)) out.raw(mount);
  if (!s.extra_secret.empty()) write_mount(out, "extra-secrets", "/vault/custom", true);
  if (auto done = write_copied_mounts(out, *s.pod, s.copy_volume_mounts); !done) return done;
  if (!s.configmap.empty()) write_mount(out, "vault-config", "/vault/configs", true);
  if (!s.tls_secret.empty()) write_mount(out, "vault-tls-secrets", "/vault/tls", true);
  if (injection.cache_is_kept()) write_mount(out, "vault-agent-cache", "/vault/agent-cache", false);
  out.close(']');
  return {};
}

struct Resource {
  std::string_view name;  ///< in the container
  std::string_view annotation;
  std::string_view PodSettings::* value;
  std::string_view flag;  ///< of the injector, where the value comes from without the annotation
  std::string Settings::* set_by_flag;
};
constexpr std::array kLimits{
    Resource{"cpu", "agent-limits-cpu", &PodSettings::limits_cpu, "-cpu-limit", &Settings::cpu_limit},
    Resource{"memory", "agent-limits-mem", &PodSettings::limits_memory, "-memory-limit",
             &Settings::memory_limit},
    Resource{"ephemeral-storage", "agent-limits-ephemeral", &PodSettings::limits_ephemeral,
             "-ephemeral-storage-limit", &Settings::ephemeral_limit}};
constexpr std::array kRequests{
    Resource{"cpu", "agent-requests-cpu", &PodSettings::requests_cpu, "-cpu-request",
             &Settings::cpu_request},
    Resource{"memory", "agent-requests-mem", &PodSettings::requests_memory, "-memory-request",
             &Settings::memory_request},
    Resource{"ephemeral-storage", "agent-requests-ephemeral", &PodSettings::requests_ephemeral,
             "-ephemeral-storage-request", &Settings::ephemeral_request}};

Outcome<void> write_quantities(JsonText& out, const PodSettings& s, std::string_view member,
                               const std::array<Resource, 3>& resources) {
  bool any = false;
  for (const Resource& resource : resources) {
    const std::string_view text = s.*resource.value;
    if (text.empty()) continue;
    const auto quantity = canonical_quantity(text);
    if (!quantity) {
      const std::string& by_flag = s.injector->*resource.set_by_flag;
      if (text.data() != by_flag.data())
        return refuse_annotation(quantity.error().message, resource.annotation, text);
      return refuse(quantity.error().message + " (the injector's " + std::string(resource.flag) +
                    " is " + go_quote(by_flag) + ")");
    }
    if (!any) out.key(member).open('{');
    any = true;
    out.member(resource.name, *quantity);
  }
  if (any) out.close('}');
  return {};
}

Outcome<void> write_resources(JsonText& out, const PodSettings& s) {
  out.key("resources").open('{');
  if (auto done = write_quantities(out, s, "limits", kLimits); !done) return done;
  if (auto done = write_quantities(out, s, "requests", kRequests); !done) return done;
  out.close('}');
  return {};
}

/// Values go into the shell string as they are.
/// compat: no quotes (Q22), no namespace and no skip-verify flag,
/// golden/injector/revoke-with-tls-flags.json
void write_lifecycle(JsonText& out, const PodSettings& s) {
  out.key("lifecycle").open('{');
  if (s.revoke_on_shutdown) {
    std::string command = "/bin/sleep " + std::to_string(s.revoke_grace) +
                          " && /bin/vault token revoke -address=" + std::string(s.service);
    const std::array<std::pair<std::string_view, std::string_view>, 3> files{
        {{" -ca-cert=", s.ca_cert},
         {" -client-cert=", s.client_cert},
         {" -client-key=", s.client_key}}};
    for (const auto& [flag, path] : files) {
      if (!path.empty()) command += std::string(flag) + std::string(path);
    }
    command += " -self";
    out.key("preStop").open('{').key("exec").open('{').key("command").open('[');
    out.string("/bin/sh").string("-c").string(command).close(']').close('}').close('}');
  }
  out.close('}');
}

void write_security_context(JsonText& out, const PodSettings& s) {
  if (!s.set_security_context) return;
  out.key("securityContext").open('{').key("capabilities").raw("{\"drop\":[\"ALL\"]}");
  out.key("runAsUser").number(s.run_as_user).key("runAsGroup").number(s.run_as_group);
  out.key("runAsNonRoot").boolean(s.run_as_user != 0 && s.run_as_group != 0);
  out.key("readOnlyRootFilesystem")
      .raw("true")
      .key("allowPrivilegeEscalation")
      .raw("false")
      .close('}');
}

std::string_view shell_line(bool configmap, Role role) {
  if (!configmap) {
    return "echo ${VAULT_CONFIG?} | base64 -d > /home/vault/config.json && vault agent "
           "-config=/home/vault/config.json";
  }
  return role == Role::Init
             ? "touch /home/vault/.vault-token && vault agent "
               "-config=/vault/configs/config-init.hcl"
             : "touch /home/vault/.vault-token && vault agent -config=/vault/configs/config.hcl";
}

}  // namespace

std::vector<std::string> secret_mounts(const Injection& injection) {
  std::vector<std::string> mounts;
  const auto add = [&](const std::string& name, std::string_view path) {
    JsonText out(128);
    write_mount(out, name, path, false);
    mounts.push_back(out.take());
  };
  add("vault-secrets", injection.pod_settings.secret_volume_path);
  for (std::size_t i = 0; i < injection.custom_directories.size(); ++i) {
    add("vault-secrets-custom-" + std::to_string(i), injection.custom_directories[i]);
  }
  return mounts;
}

Outcome<std::string> write_container(const Injection& injection, Role role,
                                     std::string_view config) {
  const PodSettings& s = injection.pod_settings;
  JsonText out(config.size() * 3 / 2 + 3072);
  out.open('{').member("name", role == Role::Init ? "vault-agent-init" : "vault-agent");
  out.member_unless_empty("image", s.image).key("command").raw("[\"/bin/sh\",\"-ec\"]");
  out.key("args").open('[').string(shell_line(!s.configmap.empty(), role)).close(']');
  write_environment(out, injection, config);
  if (auto done = write_resources(out, s); !done) return done.error().in(kPatchStage);
  if (auto done = write_mounts(out, injection, role); !done) return done.error().in(kPatchStage);
  if (role == Role::Sidecar) write_lifecycle(out, s);
  write_security_context(out, s);
  out.close('}');
  const std::string_view patch = role == Role::Init ? s.init_json_patch : s.json_patch;
  if (patch.empty()) return out.take();
  auto patched = patch_container(out.text(), patch);
  if (!patched) {
    Refusal refusal = patched.error().in(kPatchStage);
    refusal.annotation =
        std::string(kPrefix) + (role == Role::Init ? "agent-init-json-patch" : "agent-json-patch");
    return refusal;
  }
  return *std::move(patched);
}

}  // namespace leasehold::injector

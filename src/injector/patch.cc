// Operations in the order of the spec. Arrays that the pod lacks are created once, with all
// elements: the replaced program creates them again at each step and loses volumes (Q21,
// docs/differences.md).
#include "patch.h"

#include <algorithm>

#include "agent_config.h"
#include "container.h"
#include "container_schema.h"
#include "json_text.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

void add(JsonText& out, std::string_view path, std::string_view value) {
  out.open('{').key("op").raw("\"add\"").key("path").raw("\"").append(path).append("\"");
  out.key("value").raw(value).close('}');
}

/// Appends elements to the array at path, or creates it with all of them.
void extend(JsonText& out, const std::string& path, bool is_there,
            const std::vector<std::string>& elements) {
  if (elements.empty()) return;
  if (is_there) {
    for (const std::string& element : elements) add(out, path + "/-", element);
  } else {
    add(out, path, "[" + join(elements, ",") + "]");
  }
}

std::string memory_volume(std::string_view name) {
  return "{\"name\":\"" + std::string(name) + "\",\"emptyDir\":{\"medium\":\"Memory\"}}";
}

std::string named_volume(std::string_view name, std::string_view kind, std::string_view member,
                         std::string_view value) {
  JsonText out(128);
  out.open('{')
      .member("name", name)
      .key(kind)
      .open('{')
      .member(member, value)
      .close('}')
      .close('}');
  return out.take();
}

std::vector<std::string> volumes_of(const Injection& injection) {
  const PodSettings& s = injection.pod_settings;
  std::vector<std::string> volumes;
  if (injection.has_init()) volumes.push_back(memory_volume("home-init"));
  if (injection.has_sidecar()) volumes.push_back(memory_volume("home-sidecar"));
  volumes.push_back(memory_volume("vault-secrets"));
  for (std::size_t i = 0; i < injection.custom_directories.size(); ++i) {
    volumes.push_back(memory_volume("vault-secrets-custom-" + std::to_string(i)));
  }
  if (!s.configmap.empty())
    volumes.push_back(named_volume("vault-config", "configMap", "name", s.configmap));
  if (!s.extra_secret.empty())
    volumes.push_back(named_volume("extra-secrets", "secret", "secretName", s.extra_secret));
  if (!s.tls_secret.empty())
    volumes.push_back(named_volume("vault-tls-secrets", "secret", "secretName", s.tls_secret));
  if (injection.cache_is_kept()) volumes.push_back(memory_volume("vault-agent-cache"));
  return volumes;
}

void mount_into(JsonText& out, const Container& container, const std::string& path,
                const std::vector<std::string>& mounts) {
  extend(out, path + "/volumeMounts", !container.mounts.empty(), mounts);
}

void mount_secrets(JsonText& out, const Injection& injection,
                   const std::vector<std::string>& mounts) {
  const PodSettings& s = injection.pod_settings;
  const auto listed = split(s.inject_containers, ',');
  const auto& containers = s.pod->containers;
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const bool wanted = !s.inject_containers_given ||
                        std::find(listed.begin(), listed.end(), containers[i].name) != listed.end();
    if (wanted) mount_into(out, containers[i], "/spec/containers/" + std::to_string(i), mounts);
  }
}

Outcome<void> add_init(JsonText& out, const Injection& injection, const std::string& container,
                       const std::vector<std::string>& mounts) {
  const PodSettings& s = injection.pod_settings;
  const auto& existing = s.pod->init_containers;
  if (s.init_first && !existing.empty()) {
    // One replacement of the whole array: the others are written anew, after ours.
    std::string all = "[" + container;
    for (const Container& other : existing) {
      all += ',';
      if (auto done = append_container(all, *other.source); !done) return done;
    }
    add(out, "/spec/initContainers", all + "]");
  } else {
    extend(out, "/spec/initContainers", !existing.empty(), {container});
  }
  const std::size_t shift = s.init_first ? 1 : 0;
  for (std::size_t i = 0; i < existing.size(); ++i) {
    if (existing[i].name == "vault-agent-init") continue;
    mount_into(out, existing[i], "/spec/initContainers/" + std::to_string(i + shift), mounts);
  }
  return {};
}

}  // namespace

Outcome<std::string> write_patch(const Injection& injection) {
  const PodSettings& s = injection.pod_settings;
  AgentConfigs configs;
  if (s.configmap.empty()) {
    auto written = write_agent_configs(injection);
    if (!written) return written.error();
    configs = *std::move(written);
  }
  JsonText out(configs.init.size() * 3 + 8192);
  out.open('[');
  extend(out, "/spec/volumes", !s.pod->volumes.empty(), volumes_of(injection));
  const std::vector<std::string> mounts = secret_mounts(injection);
  const std::size_t containers = s.pod->containers.size() + s.pod->init_containers.size();
  if (containers * mounts.size() > limits::kSecretMountsMax) {
    return refuse("too many secret folders: " + std::to_string(containers) + " containers times " +
                  std::to_string(mounts.size()) + " folders are more than " +
                  std::to_string(limits::kSecretMountsMax) + " mounts");
  }
  mount_secrets(out, injection, mounts);
  if (injection.has_init()) {
    const auto container = write_container(injection, Role::Init, configs.init);
    if (!container) return container.error();
    if (auto done = add_init(out, injection, *container, mounts); !done) {
      return done.error().in("error creating patch for agent");
    }
    // compat: only together with the init container (Q15),
    // golden/injector/share-process-namespace-ignored-without-init.json
    if (s.share_process_namespace_given) {
      add(out, "/spec/shareProcessNamespace", s.share_process_namespace ? "true" : "false");
    }
  }
  if (injection.has_sidecar()) {
    const auto container = write_container(injection, Role::Sidecar, configs.sidecar);
    if (!container) return container.error();
    extend(out, "/spec/containers", !s.pod->containers.empty(), {*container});
  }
  add(out, "/metadata/annotations/vault.hashicorp.com~1agent-inject-status", "\"injected\"");
  out.close(']');
  return out.take();
}

}  // namespace leasehold::injector

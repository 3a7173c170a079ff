#include "warnings.h"

#include <algorithm>
#include <array>

#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

/// The API server cuts each warning and drops what is beyond the sum.
constexpr std::size_t kOneMax = 256;
constexpr std::size_t kAllMax = 4096;
constexpr std::size_t kSecretsToldMax = 3;
constexpr std::string_view kShellCharacters = " \t\n;&|<>$`\"'\\()*?[]#~=%";

using Warnings = std::vector<std::string>;

struct NamedValue {
  std::string_view name;
  std::string_view value;
};

void warn_of_containers(const PodSettings& settings, Warnings& out) {
  if (!settings.pre_populate && settings.pre_populate_only) {
    out.emplace_back(
        "agent-pre-populate: \"false\" and agent-pre-populate-only: \"true\" leave no agent: "
        "secrets are never written");
  }
  if (settings.share_process_namespace_given && !settings.pre_populate) {
    out.emplace_back("agent-share-process-namespace is ignored when agent-pre-populate is false");
  }
  if (settings.run_as_user_empty && !settings.run_as_same_user) {
    out.emplace_back("agent-run-as-user is empty, which counts as 0: the agent runs as root");
  }
  if (!settings.ca_key.empty()) {
    out.emplace_back(
        "ca-key sets the folder of CA certificates (vault.ca_path), not a key: the name is "
        "historical");
  }
}

/// The hook is one line of a shell, and values stand in it as they are (Q22).
void warn_of_hook(const PodSettings& settings, Warnings& out) {
  if (!settings.revoke_on_shutdown) return;
  const std::array values{NamedValue{"service", settings.service}, NamedValue{"ca-cert", settings.ca_cert},
                          NamedValue{"client-cert", settings.client_cert},
                          NamedValue{"client-key", settings.client_key}};
  for (const NamedValue& row : values) {
    if (row.value.find_first_of(kShellCharacters) == std::string_view::npos) continue;
    out.push_back(row.name == "service"
                      ? "the Vault address has characters that the shell of the preStop hook interprets"
                      : std::string(row.name) +
                            " has characters that the shell of the preStop hook interprets");
  }
}

/// Quantities beyond what their suffixes can say lose them (Q24).
void warn_of_quantities(const PodSettings& settings, Warnings& out) {
  const std::array values{
      NamedValue{"agent-limits-cpu", settings.limits_cpu},
      NamedValue{"agent-limits-mem", settings.limits_memory},
      NamedValue{"agent-limits-ephemeral", settings.limits_ephemeral},
      NamedValue{"agent-requests-cpu", settings.requests_cpu},
      NamedValue{"agent-requests-mem", settings.requests_memory},
      NamedValue{"agent-requests-ephemeral", settings.requests_ephemeral},
  };
  constexpr std::size_t kLongestSound = 5;  // 999.9E has more digits than any machine has bytes
  for (const NamedValue& row : values) {
    if (row.value.ends_with('E') && row.value.size() >= kLongestSound) {
      out.push_back(std::string(row.name) + " is beyond 999E and may lose its suffix");
    }
  }
}

void warn_of_secrets(const Injection& injection, Warnings& out) {
  std::size_t told = 0;
  for (const Secret& secret : injection.secrets) {
    const bool usual = secret.left_delimiter == "{{" && secret.right_delimiter == "}}";
    if (usual || !secret.contents.empty() || !secret.source.empty()) continue;
    if (++told > kSecretsToldMax) break;
    out.push_back("secret " + std::string(secret.name) +
                  " has its own delimiters and no template: the default template is written as plain text");
  }
  for (const auto& [name, ignored] : injection.pod_settings.pod->annotations) {
    if (name != "agent-inject-template-file" && name != "agent-inject-template-file-") continue;
    out.push_back(std::string(name) + " without a NAME declares a secret called " +
                  std::string(name.substr(std::string_view("agent-inject-template-").size())));
  }
}

}  // namespace

Warnings oddities_of(const Injection& injection) {
  Warnings out;
  warn_of_containers(injection.pod_settings, out);
  warn_of_hook(injection.pod_settings, out);
  warn_of_quantities(injection.pod_settings, out);
  if (!injection.token.path.starts_with("/var/run/secrets/kubernetes.io") &&
      injection.pod_settings.token_volume.empty()) {
    out.push_back("the first mount whose path contains serviceaccount is used to log in: " +
                  std::string(injection.token.path));
  }
  warn_of_secrets(injection, out);
  return out;
}

Warnings oddities_of(const RequestFacts& request) {
  Warnings out;
  if (request.is_yaml) out.emplace_back("the review is YAML: API servers send JSON");
  if (!request.api_version.empty() && request.api_version != "admission.k8s.io/v1" &&
      request.api_version != "admission.k8s.io/v1beta1") {
    out.emplace_back("the review's version is neither v1 nor v1beta1 of admission.k8s.io");
  }
  if (!request.operation.empty() && request.operation != "CREATE") {
    out.push_back("the pod is patched on " + std::string(request.operation) +
                  " as if it were created: register the webhook for CREATE alone");
  }
  if (!request.kind.empty() && request.kind != "Pod") {
    out.push_back("a " + std::string(request.kind) + " is read as a pod: register the webhook for pods alone");
  }
  if (request.name_space == "kube-node-lease") {
    out.emplace_back("kube-node-lease is a system namespace; pods there are injected all the same");
  }
  return out;
}

Warnings oddities_of_ignored(const Pod& pod) {
  for (const auto& [name, value] : pod.annotations) {
    if (name == "agent-inject" && value.find("no inject annotation found") != std::string_view::npos) {
      return {"agent-inject has a value that is taken for \"not there\": the pod is not injected"};
    }
  }
  return {};
}

Warnings fit_warnings(Warnings warnings) {
  Warnings fitting;
  std::size_t sum = 0;
  for (std::string& text : warnings) {
    if (text.size() > kOneMax) {
      std::size_t end = kOneMax;
      while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
      text.resize(end);
    }
    sum += text.size();
    if (sum > kAllMax) break;
    fitting.push_back(std::move(text));
  }
  return fitting;
}

}  // namespace leasehold::injector

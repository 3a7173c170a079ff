#include "explain.h"

#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "injection.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

constexpr std::size_t kShownMax = 80;

std::string shown(std::string_view value) {
  return go_quote(value.substr(0, kShownMax)) + (value.size() > kShownMax ? "..." : "");
}

std::string origin_of(const SettingRow& row, const flags::Parsed& given, const flags::Environment& environment) {
  for (const std::string& name : split(row.flag.environment, ',')) {
    const auto value = environment(name);
    if (value && value->empty()) break;  // set to empty: it sets nothing, and hides the next ones
    if (value) return shown(*value) + " (environment " + name + ")";
  }
  const std::string flag(row.flag.name);
  if (!flag.empty() && given.has(flag)) return shown(given.last(flag).value_or("")) + " (flag -" + flag + ")";
  return row.flag.default_value.empty() ? "not set" : shown(row.flag.default_value) + " (built in)";
}

/// A page is made of lines; sections indent theirs.
class Page {
 public:
  void title(const std::string& text) { out_ += text + "\n"; }
  void section(const std::string& text) { out_ += "  " + text + "\n"; }
  void line(const std::string& text) { out_ += "    " + text + "\n"; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write_secrets(const Injection& injection, Page& page) {
  if (injection.secrets.empty()) {
    page.section("files: none (no agent-inject-secret-NAME)");
    return;
  }
  page.section("files");
  for (const Secret& secret : injection.secrets) {
    const bool is_json = injection.pod_settings.default_template_is_json;
    const std::string by = !secret.contents.empty()  ? "the template of agent-inject-template-" + std::string(secret.name)
                           : !secret.source.empty() ? "the template file " + std::string(secret.source)
                                                    : std::string("the default template (") + (is_json ? "json)" : "map)");
    const std::string from = secret.path.empty() ? "" : " from " + std::string(secret.path);
    page.line(secret.destination + from + ", by " + by);
  }
}

void write_commands(const Injection& injection, Page& page) {
  bool titled = false;
  for (const Secret& secret : injection.secrets) {
    const std::string text = shell_needed(secret.command);
    if (text.empty()) continue;
    if (!std::exchange(titled, true)) page.section("commands that need a shell");
    page.line("agent-inject-command-" + std::string(secret.name) + " " + text);
  }
}

void write_login(const Injection& injection, Page& page) {
  const PodSettings& settings = injection.pod_settings;
  const auto role = injection.auth_config.find("role");
  page.section("login");
  page.line("Vault " + std::string(settings.service));
  if (!settings.configmap.empty()) {
    page.line("as the ConfigMap " + std::string(settings.configmap) + " says");
    return;
  }
  page.line("method " + std::string(settings.auth_type) + " at " + std::string(settings.auth_path) +
            (role == injection.auth_config.end() ? "" : ", role " + std::string(role->second)));
  page.line("token " + injection.token_path + " of volume " + std::string(injection.token.volume));
}

std::string containers_text(const Injection& injection) {
  if (injection.has_init() && injection.has_sidecar()) return "an init container and a sidecar";
  if (injection.has_init()) return "an init container, no sidecar (agent-pre-populate-only)";
  if (injection.has_sidecar()) return "a sidecar, no init container (agent-pre-populate is false)";
  return "volumes alone: both containers are switched off";
}

void write_annotations(const Pod& pod, Page& page) {
  page.section("annotations");
  for (const auto& [name, value] : pod.annotations) {
    std::string help;
    for (const AnnotationRow& row : annotation_rows()) {
      if (row.name == name) help = row.help;
    }
    for (const FamilyRow& row : family_rows()) {
      if (help.empty() && name.size() > row.name.size() && name.starts_with(row.name)) help = row.help;
    }
    page.line(std::string(name) + ": " + shown(value) + (help.empty() ? "" : "  - " + help));
  }
}

void write_defaults(const Pod& pod, const Origins& origins, Page& page) {
  const AnnotationReader given(pod);
  page.section("not annotated, so");
  for (const AnnotationRow& row : annotation_rows()) {
    if (given.given(row.name) || row.default_value.empty()) continue;
    std::string value(row.default_value);
    if (value.starts_with('-') || value.starts_with("AGENT_INJECT_")) {
      const auto origin = origins.find(value.starts_with('-') ? value.substr(1) : value);
      if (origin != origins.end()) value = origin->second;
    }
    page.line(std::string(row.name) + " = " + value);
  }
}

/// Annotations of ours on the workload, where nobody reads them.
void find_misplaced(const Manifest& object, const PodPlace& place, std::vector<std::string>& problems) {
  std::string_view root = place.pointer;
  for (const std::string_view inside : {"/spec/jobTemplate/spec/template", "/spec/template", "/template"}) {
    if (!root.ends_with(inside)) continue;
    root.remove_suffix(inside.size());
    const Manifest::json_pointer at(std::string(root) + "/metadata/annotations");
    if (!object.contains(at) || !object[at].is_object()) return;
    for (const auto& [key, value] : object[at].items()) {
      if (!key.starts_with(kPrefix)) continue;
      problems.push_back(key + " stands on " + place.owner + " itself, where it has no effect: it belongs into the pod template (" +
                         std::string(inside).substr(1) + "/metadata/annotations)");
    }
    return;
  }
}

void find_problems(const Pod& pod, const Injection* injection, std::vector<std::string>& problems) {
  for (const auto& [name, value] : pod.annotations) {
    if (std::string text = unknown_annotation(name); !text.empty()) problems.push_back(std::move(text));
  }
  if (injection == nullptr) return;
  for (const std::string& warning : injection->warnings) problems.push_back(warning);
  for (const Secret& secret : injection->secrets) {
    const std::string text = missing_data(secret.path);
    if (!text.empty()) problems.push_back("agent-inject-secret-" + std::string(secret.name) + ": " + text);
    const bool no_shell = injection->pod_settings.image.find("-distroless") != std::string_view::npos;
    if (no_shell && !shell_needed(secret.command).empty()) {
      problems.push_back("agent-inject-command-" + std::string(secret.name) + " " + shell_needed(secret.command) +
                         ": the agent's image " + std::string(injection->pod_settings.image) + " has none");
    }
  }
}

std::string why_not(const Pod& pod) {
  const AnnotationReader annotations(pod);
  const auto asked = annotations.given("agent-inject");
  if (!asked) return "no: it has no annotation " + std::string(kPrefix) + "agent-inject";
  if (annotations.given("agent-inject-status") == "injected") return "no: it has been injected already (agent-inject-status)";
  if (!pod.phase.empty() && pod.phase != "Pending") return "no: it is " + std::string(pod.phase);
  return "no: agent-inject is " + shown(*asked);
}

void write_pod(const Manifest& object, const PodPlace& place, const Settings& settings, const Origins& origins, Page& page) {
  std::vector<std::string> problems;
  find_misplaced(object, place, problems);
  page.title(place.owner + " in namespace " + place.name_space);
  Manifest source = object;
  Manifest ignored = Manifest::array();
  add_service_account(source, place.pointer, ignored);
  boost::system::error_code error;
  const boost::json::value document = boost::json::parse(source[Manifest::json_pointer(place.pointer)].dump(-1, ' ', false, Manifest::error_handler_t::replace), error);
  const auto pod = decode_pod(document);
  if (!pod) {
    page.section("injected: refused: " + pod.error().message);
    return;
  }
  const auto plan = plan_injection(settings, *pod, place.name_space);
  const Injection* injection = plan && *plan ? &**plan : nullptr;
  page.section("injected: " + (!plan ? "refused: " + plan.error().message
                               : injection != nullptr ? "yes, " + containers_text(*injection)
                                                      : why_not(*pod)));
  if (injection != nullptr) {
    write_login(*injection, page);
    write_secrets(*injection, page);
    write_commands(*injection, page);
  }
  if (!pod->annotations.empty()) write_annotations(*pod, page);
  if (injection != nullptr) write_defaults(*pod, origins, page);
  find_problems(*pod, injection, problems);
  page.section(problems.empty() ? "problems: none" : "problems");
  for (const std::string& problem : problems) page.line("- " + problem);
}

}  // namespace

Origins describe_origins(const flags::Parsed& given, const flags::Environment& environment) {
  Origins origins;
  for (const SettingRow& row : setting_rows()) {
    const std::string text = origin_of(row, given, environment);
    if (!row.flag.name.empty()) origins.emplace(row.flag.name, text);
    for (const std::string& name : split(row.flag.environment, ',')) origins.emplace(name, text);
  }
  return origins;
}

std::string explain_object(const Manifest& object, const std::string& name_space,
                           const std::shared_ptr<const Settings>& settings, const Origins& origins) {
  Page page;
  for (const PodPlace& place : find_pods(object, name_space)) write_pod(object, place, *settings, origins, page);
  return page.take();
}

}  // namespace leasehold::injector

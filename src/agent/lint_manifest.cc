#include "lint_manifest.h"

#include <algorithm>

#include "leasehold/base/command_hint.h"
#include "leasehold/base/text.h"
#include "leasehold/yaml/document.h"
#include "lint_config.h"
#include "lint_mounts.h"

namespace leasehold::agent::lint {
namespace {

constexpr std::string_view kPrefix = "vault.hashicorp.com/";
constexpr std::string_view kNameSuffix = "-NAME";
constexpr std::string_view kTemplate = "agent-inject-template-";
constexpr std::string_view kCommand = "agent-inject-command-";
constexpr std::string_view kTemplateFile = "agent-inject-template-file-";

// A test holds them against docs/annotations.md.
constexpr std::string_view kAnnotations[] = {
    "agent-inject-status",
    "agent-request-namespace",
    "agent-inject-containers",
    "agent-copy-volume-mounts",
    "agent-json-patch",
    "agent-init-json-patch",
    "agent-image",
    "agent-limits-cpu",
    "agent-limits-mem",
    "agent-limits-ephemeral",
    "agent-requests-cpu",
    "agent-requests-mem",
    "agent-requests-ephemeral",
    "agent-configmap",
    "agent-extra-secret",
    "tls-secret",
    "agent-service-account-token-volume-name",
    "go-max-procs",
    "client-timeout",
    "client-max-retries",
    "log-level",
    "log-format",
    "proxy-address",
    "service",
    "namespace",
    "tls-server-name",
    "ca-cert",
    "ca-key",
    "client-cert",
    "client-key",
    "role",
    "auth-type",
    "auth-path",
    "agent-cache-use-auto-auth-token",
    "agent-cache-listener-port",
    "agent-disable-idle-connections",
    "agent-disable-keep-alives",
    "secret-volume-path",
    "preserve-secret-case",
    "template-static-secret-render-interval",
    "auth-min-backoff",
    "auth-max-backoff",
    "agent-inject",
    "agent-init-first",
    "agent-pre-populate",
    "agent-pre-populate-only",
    "agent-revoke-on-shutdown",
    "agent-revoke-grace",
    "tls-skip-verify",
    "agent-run-as-user",
    "agent-run-as-group",
    "agent-run-as-same-user",
    "agent-share-process-namespace",
    "agent-set-security-context",
    "agent-cache-enable",
    "agent-cache-exit-on-err",
    "agent-inject-default-template",
    "agent-inject-token",
    "template-config-exit-on-retry-failure",
    "template-max-connections-per-host",
    "template-lease-renewal-threshold",
    "agent-enable-quit",
    "agent-auto-auth-exit-on-err",
    "agent-inject-secret-NAME",
    "agent-inject-template-NAME",
    "agent-inject-template-file-NAME",
    "agent-inject-file-NAME",
    "agent-inject-perms-NAME",
    "agent-inject-command-NAME",
    "agent-template-left-delim-NAME",
    "agent-template-right-delim-NAME",
    "error-on-missing-key-NAME",
    "secret-volume-path-NAME",
    "preserve-secret-case-NAME",
    "auth-config-NAME",
    "agent-telemetry-NAME",
};

/// Where the name of the secret begins, if name is spelt like the row; npos when it is too short.
std::size_t after_dashes(std::string_view name, std::ptrdiff_t dashes) {
  std::size_t at = 0;
  for (; dashes > 0; --dashes) {
    at = name.find('-', at);
    if (at == std::string_view::npos) return at;
    ++at;
  }
  return at;
}

/// What somebody may have meant by an unknown name; rows with NAME take the name that is there.
std::vector<std::string> candidates_for(std::string_view name) {
  std::vector<std::string> candidates;
  for (std::string_view row : kAnnotations) {
    if (!row.ends_with(kNameSuffix)) {
      candidates.emplace_back(row);
      continue;
    }
    row.remove_suffix(kNameSuffix.size() - 1);
    const std::size_t rest = after_dashes(name, std::count(row.begin(), row.end(), '-'));
    if (rest != std::string_view::npos) {
      candidates.push_back(std::string(row) + std::string(name.substr(rest)));
    }
  }
  return candidates;
}

/// How to mend an unknown annotation; "" when nobody can tell.
std::string mended(std::string_view name) {
  const std::string with_name = std::string(name) + std::string(kNameSuffix);
  if (std::find(std::begin(kAnnotations), std::end(kAnnotations), with_name) !=
      std::end(kAnnotations)) {
    return "write " + std::string(kPrefix) + with_name + ", NAME being that of the secret";
  }
  const std::vector<std::string> candidates = candidates_for(name);
  const std::string_view near = nearest(name, {candidates.begin(), candidates.end()});
  return near.empty() ? ""
                      : "did you mean " + go_quote(std::string(kPrefix) + std::string(near)) + "?";
}

bool is_known(std::string_view name) {
  return std::any_of(std::begin(kAnnotations), std::end(kAnnotations), [&](std::string_view row) {
    if (!row.ends_with(kNameSuffix)) return row == name;
    row.remove_suffix(kNameSuffix.size() - 1);
    return name.size() > row.size() && name.starts_with(row);
  });
}

Position position_of(const yaml::Node& node) {
  return {node.line, node.column};
}

/// Go's strconv.ParseBool, as the injector reads its switch.
bool is_true(std::string_view text) {
  return text == "1" || text == "t" || text == "T" || text == "true" || text == "TRUE" ||
         text == "True";
}

/// What YAML makes a boolean, number or null of.
bool is_text(const yaml::Node& node) {
  if (node.kind != yaml::Kind::Scalar) return false;
  return node.style != yaml::Style::Plain || yaml::to_json(node).starts_with('"');
}

bool has_ending(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

class ManifestCheck {
 public:
  ManifestCheck(const SourceFile& file, const Settings& settings, Findings& out)
      : file_(file), settings_(settings), out_(out) {}

  void run() {
    yaml::Place error_at;
    const auto documents = yaml::parse(file_.text(), &error_at);
    if (!documents) {
      const Position at{std::max(error_at.line, 1U), std::max(error_at.column, 1U)};
      return out_.add(RuleId::ManifestSyntax, at, 1, documents.error().message);
    }
    for (const yaml::Node& document : *documents) walk(document);
    check_config_paths(*documents, out_);
  }

 private:
  void walk(const yaml::Node& node) {
    for (const yaml::Node& element : node.elements) walk(element);
    const yaml::Node* kind = node.find("kind");
    const bool is_config_map = kind != nullptr && kind->text == "ConfigMap";
    for (const yaml::Entry& entry : node.entries) {
      if (entry.key.text == "annotations" && entry.value.kind == yaml::Kind::Mapping) {
        annotations(entry.value);
      } else if (is_config_map && entry.key.text == "data") {
        config_map(entry.value);
      } else {
        walk(entry.value);
      }
    }
  }

  [[nodiscard]] PlacedText placed(const yaml::Node& value) const {
    PlacedText text;
    text.file = &file_;
    text.text = value.text;
    text.shape = value.style == yaml::Style::Literal ? Shape::Lines : Shape::Inline;
    text.start = position_of(value);
    return text;
  }

  void annotations(const yaml::Node& map) {
    const yaml::Entry* first = nullptr;
    bool injected = false;
    for (const yaml::Entry& entry : map.entries) {
      std::string_view name = entry.key.text;
      if (!name.starts_with(kPrefix)) continue;
      name.remove_prefix(kPrefix.size());
      if (first == nullptr) first = &entry;
      if (name == "agent-inject") injected = injected || is_true(entry.value.text);
      annotation(name, entry, map);
    }
    if (first != nullptr && !injected && map.find("vault.hashicorp.com/agent-inject") == nullptr) {
      out_.add(RuleId::NotInjected, position_of(first->key), first->key.text.size(),
               "this pod is not injected");
    }
  }

  void annotation(std::string_view name, const yaml::Entry& entry, const yaml::Node& map) {
    if (!is_known(name)) {
      out_.add(RuleId::UnknownAnnotation, position_of(entry.key), entry.key.text.size(),
               "the injector knows no annotation " + go_quote(entry.key.text), mended(name));
    }
    if (!is_text(entry.value)) {
      const bool scalar = entry.value.kind == yaml::Kind::Scalar;
      return out_.add(RuleId::AnnotationNotText, position_of(entry.value), entry.value.text.size(),
                      "the value of " + go_quote(entry.key.text) + " is no text",
                      scalar ? "write " + go_quote(entry.value.text) : "");
    }
    if (name.starts_with(kCommand) && settings_.no_shell) command(entry.value);
    if (name.starts_with(kTemplate) && !name.starts_with(kTemplateFile)) {
      name.remove_prefix(kTemplate.size());
      check_template(placed(entry.value), settings_of(name, map), settings_, out_);
    }
  }

  /// The annotation knows no list, so the agent takes a shell for every command with blanks.
  void command(const yaml::Node& value) {
    if (value.text.find(' ') == std::string::npos) return;
    const std::string notify = notify_instead(value.text);
    out_.add(RuleId::CommandShell, position_of(value), value.text.size(),
             "a command with blanks is started by `sh -c`, and the image has no shell",
             notify.empty() ? "take an image with a shell"
                            : "write " + notify + " in a configuration of your own (agent-configmap)");
  }

  static TemplateSettings settings_of(std::string_view name, const yaml::Node& map) {
    const auto value = [&](std::string_view annotation) {
      const yaml::Node* found =
          map.find(std::string(kPrefix) + std::string(annotation) + std::string(name));
      return found == nullptr ? std::string() : found->text;
    };
    return {value("agent-template-left-delim-"), value("agent-template-right-delim-"),
            is_true(value("error-on-missing-key-"))};
  }

  void config_map(const yaml::Node& data) {
    for (const yaml::Entry& entry : data.entries) {
      if (entry.value.kind != yaml::Kind::Scalar) continue;
      const std::string_view name = entry.key.text;
      if (has_ending(name, {".tmpl", ".ctmpl", ".tpl"})) {
        check_template(placed(entry.value),
                       {settings_.left_delimiter, settings_.right_delimiter, false}, settings_,
                       out_);
      } else if (name.ends_with(".hcl")) {
        check_config(placed(entry.value), {.is_part = false}, settings_, out_);
      }
    }
  }

  const SourceFile& file_;
  const Settings& settings_;
  Findings& out_;
};

}  // namespace

std::span<const std::string_view> known_annotations() {
  return kAnnotations;
}

void check_manifest(const SourceFile& file, const Settings& settings, Findings& out) {
  ManifestCheck(file, settings, out).run();
}

}  // namespace leasehold::agent::lint

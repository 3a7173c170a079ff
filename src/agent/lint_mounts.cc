#include "lint_mounts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "leasehold/base/text.h"

namespace leasehold::agent::lint {
namespace {

/// The names of files that a volume gives; nullopt when the manifest does not tell.
using Files = std::optional<std::vector<std::string>>;

std::string text_at(const yaml::Node& node, std::string_view key) {
  const yaml::Node* found = node.find(key);
  return found == nullptr ? "" : found->text;
}

const std::vector<yaml::Node>& elements_at(const yaml::Node& node, std::string_view key) {
  static const std::vector<yaml::Node> kNone;
  const yaml::Node* found = node.find(key);
  return found == nullptr ? kNone : found->elements;
}

/// A -config argument: its path and where that stands.
struct ConfigArgument {
  std::string path;
  Position at;
  std::size_t length = 0;
};

class MountCheck {
 public:
  explicit MountCheck(Findings& out) : out_(out) {}

  void run(const std::vector<yaml::Node>& documents) {
    for (const yaml::Node& document : documents) collect(document);
    for (const yaml::Node& document : documents) walk(document);
  }

 private:
  void collect(const yaml::Node& node) {
    for (const yaml::Node& element : elements_at(node, "items")) collect(element);  // kind: List
    const yaml::Node* metadata = node.find("metadata");
    if (text_at(node, "kind") != "ConfigMap" || metadata == nullptr) return;
    std::vector<std::string>& keys = config_maps_[text_at(*metadata, "name")];
    for (const char* part : {"data", "binaryData"}) {
      if (const yaml::Node* data = node.find(part)) {
        for (const yaml::Entry& entry : data->entries) keys.push_back(entry.key.text);
      }
    }
  }

  /// Pod specs stand at different depths of different kinds.
  void walk(const yaml::Node& node) {
    if (node.find("containers") != nullptr) check_pod(node);
    for (const yaml::Node& element : node.elements) walk(element);
    for (const yaml::Entry& entry : node.entries) walk(entry.value);
  }

  void check_pod(const yaml::Node& spec) {
    for (const char* list : {"initContainers", "containers"}) {
      for (const yaml::Node& container : elements_at(spec, list)) {
        for (const ConfigArgument& argument : config_arguments(container)) check(argument, container, spec);
      }
    }
  }

  static std::vector<ConfigArgument> config_arguments(const yaml::Node& container) {
    std::vector<ConfigArgument> found;
    for (const char* list : {"command", "args"}) {
      bool value_follows = false;
      for (const yaml::Node& word : elements_at(container, list)) {
        std::string_view text = word.text;
        const Position at{word.line, word.column};
        if (value_follows) found.push_back({std::string(text), at, text.size()});
        while (text.starts_with('-')) text.remove_prefix(1);
        value_follows = text == "config" && text.size() != word.text.size();
        const bool flag = text.size() != word.text.size() && text.starts_with("config=");
        if (flag) found.push_back({std::string(text.substr(7)), at, word.text.size()});
      }
    }
    return found;
  }

  [[nodiscard]] Files files_of(const yaml::Node& spec, const std::string& volume_name) const {
    for (const yaml::Node& volume : elements_at(spec, "volumes")) {
      const yaml::Node* source = volume.find("configMap");
      if (text_at(volume, "name") != volume_name || source == nullptr) continue;
      const auto& items = elements_at(*source, "items");
      std::vector<std::string> paths;
      for (const yaml::Node& item : items) paths.push_back(text_at(item, "path"));
      if (!items.empty()) return paths;
      const auto map = config_maps_.find(text_at(*source, "name"));
      return map == config_maps_.end() ? Files() : Files(map->second);
    }
    return std::nullopt;
  }

  /// Says what is wrong if the mount that holds the path is a ConfigMap without that file.
  void check(const ConfigArgument& argument, const yaml::Node& container, const yaml::Node& spec) {
    const std::string path = path_clean(argument.path);
    for (const yaml::Node& mount : elements_at(container, "volumeMounts")) {
      const std::string folder = path_clean(text_at(mount, "mountPath"));
      const Files files = files_of(spec, text_at(mount, "name"));
      const bool below = path.starts_with(folder + "/");
      if (path == folder && !text_at(mount, "subPath").empty()) {
        const std::string key = text_at(mount, "subPath");
        if (files && std::find(files->begin(), files->end(), key) == files->end()) report(argument, key, *files, folder);
        return;
      }
      if (!below || !files) continue;
      const std::string name = path.substr(folder.size() + 1);
      if (std::find(files->begin(), files->end(), name) == files->end()) report(argument, name, *files, folder);
      return;
    }
  }

  void report(const ConfigArgument& argument, const std::string& name, const std::vector<std::string>& files,
              const std::string& folder) {
    std::vector<std::string_view> names(files.begin(), files.end());
    std::string_view near = nearest(name, names);
    if (near.empty() && names.size() == 1) near = names.front();
    out_.add(RuleId::ConfigPath, argument.at, argument.length,
             "the ConfigMap has no key " + go_quote(name) + "; it has " + join(files, ", "),
             near.empty() ? "" : "write -config=" + path_join(folder, near) + ", or name the key " + go_quote(name));
  }

  Findings& out_;
  std::map<std::string, std::vector<std::string>, std::less<>> config_maps_;
};

}  // namespace

void check_config_paths(const std::vector<yaml::Node>& documents, Findings& out) { MountCheck(out).run(documents); }

}  // namespace leasehold::agent::lint

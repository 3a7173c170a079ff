// Files and folders of configuration, merged left to right (spec/agent.md 1.7).
#include "config.h"

#include <algorithm>
#include <dirent.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

namespace fs = std::filesystem;

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

template <class T>
void replace_if_given(std::optional<T>& to, std::optional<T>& from) {
  if (from) to = std::move(from);
}

void replace_if_given(std::string& to, std::string& from) {
  if (!from.empty()) to = std::move(from);
}

/// Blocks are replaced as a whole, lists grow, switches stay on once they are on.
void merge(AgentConfig& to, AgentConfig from) {
  replace_if_given(to.vault, from.vault);
  replace_if_given(to.auto_auth, from.auto_auth);
  replace_if_given(to.cache, from.cache);
  replace_if_given(to.api_proxy, from.api_proxy);
  replace_if_given(to.telemetry, from.telemetry);
  replace_if_given(to.exec, from.exec);
  replace_if_given(to.state, from.state);
  if (from.has_template_config) to.template_config = from.template_config;
  to.has_template_config = to.has_template_config || from.has_template_config;
  append(to.templates, from.templates);
  append(to.env_templates, from.env_templates);
  append(to.listeners, from.listeners);
  append(to.disable_idle_connections, from.disable_idle_connections);
  append(to.disable_keep_alives, from.disable_keep_alives);
  to.exit_after_auth = to.exit_after_auth || from.exit_after_auth;
  to.revoke_on_shutdown = to.revoke_on_shutdown || from.revoke_on_shutdown;
  to.pod_events = to.pod_events && from.pod_events;
  if (from.termination_message_path != AgentConfig{}.termination_message_path) {
    to.termination_message_path = from.termination_message_path;
  }
  replace_if_given(to.pid_file, from.pid_file);
  replace_if_given(to.log_level, from.log_level);
  replace_if_given(to.log_format, from.log_format);
  replace_if_given(to.log_file, from.log_file);
  replace_if_given(to.log_rotate_duration, from.log_rotate_duration);
  replace_if_given(to.log_rotate_bytes, from.log_rotate_bytes);
  replace_if_given(to.log_rotate_max_files, from.log_rotate_max_files);
  for (std::string& name : from.without_effect) {
    if (std::find(to.without_effect.begin(), to.without_effect.end(), name) == to.without_effect.end()) {
      to.without_effect.push_back(std::move(name));
    }
  }
}

void merge(LoadedConfig& to, LoadedConfig from) {
  merge(to.config, std::move(from.config));
  append(to.warnings, from.warnings);
}

Result<LoadedConfig> load_file(const std::string& path, const ReadOptions& options) {
  struct stat info {};
  // A device or pipe would keep us waiting or never end.
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return invalid(S_ISDIR(info.st_mode) ? "location is a directory, not a file" : path + " is not a regular file");
  }
  const Result<std::string> text = runtime::read_file(path, limits::kConfigFileBytesMax);
  if (!text) return invalid(text.error().message);
  return parse_config(path, *text, options);
}

bool is_configuration(const std::string& name) {
  if (!name.ends_with(".hcl") && !name.ends_with(".json")) return false;
  const bool temporary = name.ends_with('~') || name.starts_with(".#") || (name.starts_with('#') && name.ends_with('#'));
  return !temporary;
}

Result<LoadedConfig> load_folder(const std::string& folder, const ReadOptions& options) {
  std::error_code failure;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure)) {
    const std::string name = entry->path().filename();
    std::error_code ignored;
    if (!entry->is_directory(ignored) && is_configuration(name)) names.push_back(name);
  }
  if (failure) return invalid("open " + folder + ": " + to_lower(failure.message()));
  LoadedConfig merged;
  for (const std::string& name : names) {
    const std::string path = path_join(folder, name);
    Result<LoadedConfig> loaded = load_file(path, options);
    if (!loaded) return invalid("error loading " + go_quote(path) + ": " + loaded.error().message);
    merge(merged, *std::move(loaded));
  }
  return merged;
}

/// The key of a ConfigMap is the name of its file, and -config easily names another one.
std::string neighbours_of(const std::string& path) {
  constexpr std::size_t kMost = 5;
  const std::size_t slash = path.rfind('/');
  std::error_code failure;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(slash == std::string::npos ? "." : path.substr(0, slash + 1), failure), end;
       !failure && entry != end && names.size() <= kMost; entry.increment(failure)) {
    const std::string name = entry->path().filename();
    std::error_code ignored;
    if (!name.starts_with('.') && entry->is_regular_file(ignored)) names.push_back(name);
  }
  if (failure || names.empty()) return failure ? "" : "; its folder is empty";
  std::sort(names.begin(), names.end());
  if (names.size() > kMost) names.back() = "...";
  return "; its folder has " + join(names, ", ");
}

Result<LoadedConfig> load_path(const std::string& path, const ReadOptions& options) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    const std::error_code failure(errno, std::generic_category());
    const bool is_missing = failure == std::errc::no_such_file_or_directory;
    return invalid("stat " + path + ": " + to_lower(failure.message()) + (is_missing ? neighbours_of(path) : ""));
  }
  return S_ISDIR(info.st_mode) ? load_folder(path, options) : load_file(path, options);
}

}  // namespace

Result<LoadedConfig> read_config(const std::vector<std::string>& paths, const ReadOptions& options) {
  LoadedConfig merged;
  std::vector<std::string> errors;
  for (const std::string& path : paths) {
    Result<LoadedConfig> loaded = load_path(path, options);
    if (loaded) {
      merge(merged, *std::move(loaded));
    } else {
      errors.push_back("error loading configuration from " + path + ": " + loaded.error().message);
    }
  }
  if (!errors.empty()) return invalid(join(errors, "\n"));
  return merged;
}

Result<LoadedConfig> load_config(const std::vector<std::string>& paths, const ReadOptions& options) {
  Result<LoadedConfig> merged = read_config(paths, options);
  if (!merged) return merged;
  const Result<void> valid = validate_config(merged->config);
  if (!valid) return invalid("error validating configuration: " + valid.error().message);
  return merged;
}

}  // namespace leasehold::agent

#include "sample_data.h"

#include <algorithm>
#include <array>

#include "fetch.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

using gofuncs::Dependency;

constexpr std::array<std::string_view, 9> kAnswerMembers = {
    "data",      "auth",       "wrap_info", "lease_id",  "lease_duration",
    "renewable", "request_id", "warnings",  "mount_type"};

std::string_view without_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// `list  /secret/x/` and `LIST secret/x` are the same key.
std::string canonical_key(std::string_view key) {
  key = trim_space(key);
  const std::size_t blank = key.find(' ');
  const std::string word = to_lower(key.substr(0, blank == std::string_view::npos ? 0 : blank));
  if (word == "file") return "file " + std::string(trim_space(key.substr(blank)));
  if (word == "put" || word == "list")
    return word + " " + std::string(without_slashes(trim_space(key.substr(blank))));
  if (word == "get" || word == "read") key = trim_space(key.substr(blank));
  return std::string(without_slashes(key));
}

yaml::Node mapping_with(std::string_view key, yaml::Node value) {
  yaml::Node outer;
  outer.kind = yaml::Kind::Mapping;
  yaml::Node name;
  name.text = key;
  outer.entries.push_back({std::move(name), std::move(value)});
  return outer;
}

/// Short forms become whole answers.
yaml::Node whole_answer(yaml::Node value) {
  if (value.kind == yaml::Kind::Sequence)
    return mapping_with("data", mapping_with("keys", std::move(value)));
  const bool whole =
      std::any_of(kAnswerMembers.begin(), kAnswerMembers.end(),
                  [&](std::string_view member) { return value.find(member) != nullptr; });
  return whole ? value : mapping_with("data", std::move(value));
}

std::string position(const yaml::Place& at) {
  return at.line == 0 ? "" : ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

bool looks_like_json(std::string_view text) {
  return trim_space(text).starts_with('{');
}

Result<yaml::Node> read_tree(const std::string& name, std::string_view text) {
  yaml::Place at;
  const auto documents = yaml::parse(text, &at);
  // JSON is read as YAML first, for the places; what only a JSON reader understands comes second.
  if (!documents && looks_like_json(text)) {
    auto tree = yaml::parse_json(text);
    if (!tree) return invalid(name + ": sample data is not JSON: " + tree.error().message);
    return tree;
  }
  if (!documents)
    return invalid(name + position(at) +
                   ": sample data is neither YAML nor JSON: " + documents.error().message);
  if (documents->size() != 1 || documents->front().kind != yaml::Kind::Mapping) {
    const yaml::Place first = documents->empty()
                                  ? yaml::Place{1, 1}
                                  : yaml::Place{documents->front().line, documents->front().column};
    return invalid(name + position(first) +
                   ": sample data must be one map of paths to answers, e.g. `secret/data/app: "
                   "{data: {data: {user: anna}}}`");
  }
  return documents->front();
}

/// The path with part put in after each of its slashes: where a KV v2 mount may end.
std::vector<std::string> with_part(std::string_view path, std::string_view part) {
  std::vector<std::string> all;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    all.push_back(std::string(path.substr(0, slash + 1)) + std::string(part) +
                  std::string(path.substr(slash)));
  }
  return all;
}

Result<gotemplate::Value> local_file(const Dependency& dependency) {
  auto text = runtime::read_secret_file(dependency.path, limits::kConfigFileBytesMax);
  if (!text) return text.error();
  return gofuncs::file_value(text->expose());  // expose(): into the template's value
}

}  // namespace

bool is_kv2_secret(const yaml::Node& response) {
  const yaml::Node* data = response.find("data");
  return data != nullptr && data->find("data") != nullptr && data->find("metadata") != nullptr;
}

Result<void> SampleData::add(const std::string& name, std::string_view text) {
  auto tree = read_tree(name, text);
  if (!tree) return tree.error();
  for (auto& [key, value] : tree->entries) {
    const std::string path = canonical_key(key.text);
    const bool is_file = path.starts_with("file ");
    if (key.kind != yaml::Kind::Scalar || path.empty()) {
      return invalid(name + position({key.line, key.column}) +
                     ": a path is wanted here, e.g. secret/data/app");
    }
    if (!is_file && value.kind == yaml::Kind::Scalar) {
      return invalid(name + position({value.line, value.column}) + ": the answer for " +
                     go_quote(path) + " must be a map, e.g. {data: {user: anna}}");
    }
    responses_.insert_or_assign(path, is_file ? std::move(value) : whole_answer(std::move(value)));
  }
  return {};
}

bool SampleData::is_kv2_mount(std::string_view mount) const {
  const std::string prefix = std::string(without_slashes(mount)) + "/data/";
  return std::any_of(responses_.begin(), responses_.end(), [&](const auto& entry) {
    return entry.first.starts_with(prefix) && is_kv2_secret(entry.second);
  });
}

const yaml::Node* SampleData::sample_of(const Dependency& dependency) const {
  const bool list = dependency.kind == Dependency::Kind::List;
  const bool write =
      dependency.kind == Dependency::Kind::Write || dependency.kind == Dependency::Kind::Pki;
  std::vector<std::string> keys;
  const auto add_keys = [&](const std::string& path) {
    if (list) keys.push_back("list " + path);
    if (write) keys.push_back("put " + path);
    if (!dependency.query.empty()) keys.push_back(path + "?" + dependency.query);
    keys.push_back(path);
  };
  add_keys(dependency.path);
  for (const std::string& path : with_part(dependency.path, list ? "metadata" : "data"))
    add_keys(path);
  for (const std::string& key : keys) {
    if (const auto found = responses_.find(key); found != responses_.end()) return &found->second;
  }
  return nullptr;
}

std::string_view SampleData::nearest_path(std::string_view path) const {
  std::vector<std::string_view> known;
  for (const auto& [key, value] : responses_) known.push_back(key);
  return nearest(path, known);
}

Result<gotemplate::Value> SampleData::answer(const Dependency& dependency) const {
  if (dependency.kind == Dependency::Kind::File) {
    const auto found = responses_.find("file " + dependency.path);
    return found == responses_.end() ? local_file(dependency)
                                     : gofuncs::file_value(found->second.text);
  }
  if (dependency.kind == Dependency::Kind::Other) {
    return invalid(dependency.name +
                   ": Consul and Nomad are not available in this agent; remove the function from "
                   "the template");
  }
  const yaml::Node* found = sample_of(dependency);
  if (found == nullptr) {
    const std::string_view near = nearest_path(dependency.path);
    return not_found("the sample data has nothing for " + dependency.name +
                     (near.empty() ? "; add the path with its answer"
                                   : "; did you mean " + go_quote(near) + "?"));
  }
  return value_of(dependency, yaml::to_json(*found));
}

std::vector<std::string> SampleData::auth_mounts(std::string_view role) const {
  std::vector<std::string> mounts;
  for (const auto& [path, node] : responses_) {
    const std::size_t at = path.find("/role/");
    if (!path.starts_with("auth/") || at == std::string::npos) continue;
    if (!role.empty() && path.substr(at + 6) != role) continue;
    mounts.push_back(path.substr(0, at));
  }
  return mounts;
}

}  // namespace leasehold::agent

// Answers for templates without a server: a file that maps paths to what Vault would answer.
//   secret/data/app: {data: {data: {user: anna}, metadata: {version: 1}}}
//   LIST secret/metadata/: [app, web]
// A value without any member of an answer (data, lease_id, auth, ...) is the content of data.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/gofuncs/render.h"
#include "leasehold/yaml/document.h"

namespace leasehold::agent {

class SampleData {
 public:
  /// Adds a file's samples to those that are there; a path that comes again replaces the older one.
  /// Error (Invalid): `NAME:3:5: what is wrong and how it should be`.
  Result<void> add(const std::string& name, std::string_view text);

  /// What Vault would answer. A path without `data/` or `metadata/` finds the sample of a KV v2
  /// secret, as the agent's request would. Error (NotFound): which path lacks a sample, and the
  /// nearest that has one.
  [[nodiscard]] Result<gotemplate::Value> answer(const gofuncs::Dependency& dependency) const;

  /// The sample that answer() would use; null without one.
  [[nodiscard]] const yaml::Node* sample_of(const gofuncs::Dependency& dependency) const;
  /// True when a sample below mount/data/ looks like a KV v2 secret.
  [[nodiscard]] bool is_kv2_mount(std::string_view mount) const;
  /// The known path nearest to one that has no sample, or "".
  [[nodiscard]] std::string_view nearest_path(std::string_view path) const;
  /// The auth mounts whose roles have samples: `auth/kubernetes` of auth/kubernetes/role/app. With role:
  /// only those that have this role.
  [[nodiscard]] std::vector<std::string> auth_mounts(std::string_view role = "") const;
  [[nodiscard]] bool empty() const { return responses_.empty(); }

 private:
  /// By `path`, `PUT path`, `LIST path`, `file path`; whole answers.
  std::map<std::string, yaml::Node, std::less<>> responses_;
};

/// True when the content of data has the two members that a KV v2 secret has.
bool is_kv2_secret(const yaml::Node& response);

}  // namespace leasehold::agent

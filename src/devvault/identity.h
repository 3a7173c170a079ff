// Entities and their aliases: one entity for each login name of each auth mount, made at the first
// login (spec/vault-api.md 7).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "call.h"

namespace leasehold::devvault {

struct Alias {
  std::string mount_accessor;
  std::string name;
  std::map<std::string, std::string> metadata;
};

struct Entity {
  std::string id;
  std::string name;
  bool disabled = false;
  std::vector<std::string> policies;
  std::map<std::string, std::string> metadata;
  std::vector<Alias> aliases;
};

class Identity {
 public:
  /// The entity of an alias, made when it is new; metadata replaces what the alias had.
  Entity& login(const std::string& mount_accessor, const std::string& name,
                const std::map<std::string, std::string>& metadata);
  /// Null when unknown.
  [[nodiscard]] Entity* find(const std::string& id);
  [[nodiscard]] const Entity* find(const std::string& id) const;
  /// What policy templates may name: identity.entity.id and the like, with their values.
  [[nodiscard]] std::map<std::string, std::string> template_values(const std::string& id) const;
  void forget_mount(const std::string& mount_accessor);

 private:
  std::map<std::string, Entity> entities_;
  std::map<std::pair<std::string, std::string>, std::string> by_alias_;
};

}  // namespace leasehold::devvault

// Entities in memory.
#include "identity.h"

#include "crypto.h"
#include "leasehold/base/encoding.h"

namespace leasehold::devvault {

Entity& Identity::login(const std::string& mount_accessor, const std::string& name,
                        const std::map<std::string, std::string>& metadata) {
  std::string& id = by_alias_[{mount_accessor, name}];
  if (id.empty()) {
    id = crypto::random_uuid();
    Entity& fresh = entities_[id];
    fresh.id = id;
    fresh.name = "entity_" + hex_encode(crypto::random_bytes(4));
    fresh.aliases.push_back({.mount_accessor = mount_accessor, .name = name, .metadata = {}});
  }
  Entity& entity = entities_[id];
  for (Alias& alias : entity.aliases) {
    if (alias.mount_accessor == mount_accessor && alias.name == name) {
      alias.metadata = metadata;
    }
  }
  return entity;
}

Entity* Identity::find(const std::string& id) {
  const auto found = entities_.find(id);
  return found == entities_.end() ? nullptr : &found->second;
}

const Entity* Identity::find(const std::string& id) const {
  const auto found = entities_.find(id);
  return found == entities_.end() ? nullptr : &found->second;
}

std::map<std::string, std::string> Identity::template_values(const std::string& id) const {
  std::map<std::string, std::string> values;
  const Entity* entity = find(id);
  if (entity == nullptr) {
    return values;
  }
  values["identity.entity.id"] = entity->id;
  values["identity.entity.name"] = entity->name;
  for (const auto& [key, value] : entity->metadata) {
    values["identity.entity.metadata." + key] = value;
  }
  for (const Alias& alias : entity->aliases) {
    const std::string prefix = "identity.entity.aliases." + alias.mount_accessor + ".";
    values[prefix + "id"] = entity->id;
    values[prefix + "name"] = alias.name;
    for (const auto& [key, value] : alias.metadata) {
      values[prefix + "metadata." + key] = value;
    }
  }
  return values;
}

void Identity::forget_mount(const std::string& mount_accessor) {
  std::erase_if(by_alias_, [&](const auto& entry) { return entry.first.first == mount_accessor; });
  for (auto& [id, entity] : entities_) {
    std::erase_if(entity.aliases, [&](const Alias& alias) { return alias.mount_accessor == mount_accessor; });
  }
}

}  // namespace leasehold::devvault

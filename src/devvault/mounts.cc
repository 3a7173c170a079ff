// Finding and describing mounts.
#include "mounts.h"

#include "crypto.h"
#include "leasehold/base/encoding.h"

namespace leasehold::devvault {

MountPtr Mounts::serving(std::string_view path) const {
  std::string prefix(path);
  if (!prefix.ends_with('/')) {
    prefix.push_back('/');
  }
  while (!prefix.empty()) {
    if (const auto found = mounts_.find(prefix); found != mounts_.end()) {
      return found->second;
    }
    prefix.pop_back();
    const auto slash = prefix.rfind('/');
    prefix.erase(slash == std::string::npos ? 0 : slash + 1);
  }
  return nullptr;
}

MountPtr Mounts::at(const std::string& full_path) const {
  const auto found = mounts_.find(full_path);
  return found == mounts_.end() ? nullptr : found->second;
}

MountPtr Mounts::by_accessor(const std::string& accessor) const {
  for (const auto& [path, mount] : mounts_) {
    if (mount->accessor == accessor) {
      return mount;
    }
  }
  return nullptr;
}

MountPtr Mounts::conflict(const std::string& full_path) const {
  if (MountPtr above = serving(full_path)) {
    return above;
  }
  const auto below_it = mounts_.lower_bound(full_path);
  return below_it != mounts_.end() && below_it->first.starts_with(full_path) ? below_it->second : nullptr;
}

std::vector<MountPtr> Mounts::all() const {
  std::vector<MountPtr> mounts;
  for (const auto& [path, mount] : mounts_) {
    mounts.push_back(mount);
  }
  return mounts;
}

Json describe(const Mount& mount) {
  Json config = mount.config;
  config["default_lease_ttl"] = mount.default_ttl.count();
  config["max_lease_ttl"] = mount.max_ttl.count();
  if (!config.contains("force_no_cache")) {
    config["force_no_cache"] = false;
  }
  if (mount.auth && !config.contains("token_type")) {
    config["token_type"] = "default-service";
  }
  Json object = {{"accessor", mount.accessor},
                 {"description", mount.description},
                 {"external_entropy_access", false},
                 {"local", mount.local},
                 {"options", mount.options},
                 {"plugin_version", ""},
                 {"running_plugin_version", ""},
                 {"running_sha256", ""},
                 {"seal_wrap", mount.seal_wrap},
                 {"type", mount.type},
                 {"uuid", mount.uuid}};
  object["config"] = std::move(config);
  if (!mount.built_in) {
    object["deprecation_status"] = "supported";
  }
  return object;
}

std::string below(const Mount& mount, std::string_view path) {
  const std::string full = mount.full_path();
  return path.size() < full.size() ? std::string() : std::string(path.substr(full.size()));
}

std::string new_mount_accessor(const Mount& mount) {
  return (mount.auth ? "auth_" : "") + mount.type + "_" + hex_encode(crypto::random_bytes(4));
}

}  // namespace leasehold::devvault

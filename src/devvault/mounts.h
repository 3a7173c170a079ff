// The table of mounts: secrets engines and auth methods by path (spec/vault-api.md 3.2).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "call.h"
#include "engine.h"
#include "ttl.h"

namespace leasehold::devvault {

struct Mount {
  bool auth = false;
  std::string path;  ///< ends in '/'; without auth/
  std::string type;
  std::string accessor;
  std::string uuid;
  std::string description;
  Json options;  ///< null for built-in mounts, else an object of strings
  bool local = false;
  bool seal_wrap = false;
  bool built_in = false;
  seconds default_ttl{0};  ///< 0 = the system's
  seconds max_ttl{0};
  Json config = Json::object();  ///< further members of `config`, only those that were set
  std::unique_ptr<Engine> engine;

  [[nodiscard]] std::string full_path() const { return auth ? "auth/" + path : path; }
  [[nodiscard]] seconds effective_default() const {
    return default_ttl.count() > 0 ? default_ttl : std::min(kSystemTtl, effective_max());
  }
  [[nodiscard]] seconds effective_max() const { return max_ttl.count() > 0 ? max_ttl : kSystemTtl; }
};
using MountPtr = std::shared_ptr<Mount>;

class Mounts {
 public:
  /// The mount that serves path (longest prefix, auth/ included); path may be the mount itself
  /// without its slash. Null when there is none.
  [[nodiscard]] MountPtr serving(std::string_view path) const;
  /// full_path ends in '/'.
  [[nodiscard]] MountPtr at(const std::string& full_path) const;
  [[nodiscard]] MountPtr by_accessor(const std::string& accessor) const;
  /// The mount that keeps another from being made there: at, above or below. Null when free.
  [[nodiscard]] MountPtr conflict(const std::string& full_path) const;
  void add(MountPtr mount) { mounts_[mount->full_path()] = std::move(mount); }
  void remove(const std::string& full_path) { mounts_.erase(full_path); }
  [[nodiscard]] std::vector<MountPtr> all() const;

 private:
  std::map<std::string, MountPtr> mounts_;
};

/// The members that sys/mounts and sys/auth show.
Json describe(const Mount& mount);
/// path below the mount; "" for the mount itself.
std::string below(const Mount& mount, std::string_view path);
/// kv_5e2f6040, auth_kubernetes_1a2b3c4d.
std::string new_mount_accessor(const Mount& mount);

}  // namespace leasehold::devvault

// One versioned secret and the rules of its versions, without HTTP.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "call.h"
#include "leasehold/base/result.h"

namespace leasehold::devvault {

/// Settings of a mount and of a secret; the secret's win where they are set.
struct Kv2Settings {
  std::int64_t max_versions = 0;  ///< 0 = 10
  bool cas_required = false;
  seconds delete_version_after{0};
};

struct Kv2Version {
  Json data;
  WallTime created;
  std::optional<WallTime> deleted;  ///< may lie in the future
  bool destroyed = false;
};

struct Kv2Secret {
  Kv2Settings settings;
  Json custom_metadata;  ///< null or an object of strings
  std::int64_t current = 0;
  std::int64_t oldest = 0;
  WallTime created;
  WallTime updated;
  std::map<std::int64_t, Kv2Version> versions;

  /// 0 or less = the newest. Null when it was never written or was dropped.
  [[nodiscard]] Kv2Version* version(std::int64_t number);
  /// The number that 0 stands for.
  [[nodiscard]] std::int64_t resolve(std::int64_t number) const { return number <= 0 ? current : number; }
};

/// Whether a write may go on. options: the body's `options` or null.
/// Errors (Invalid): the three check-and-set texts.
Result<void> check_and_set(const Json& options, const Kv2Secret* secret, bool required);

/// Adds a version and drops those beyond max_versions.
void add_version(Kv2Secret& secret, Json data, const Kv2Settings& mount, WallTime now);

[[nodiscard]] bool is_gone(const Kv2Version& version, WallTime now);

/// {created_time, custom_metadata, deletion_time, destroyed, version}
Json version_metadata(const Kv2Secret& secret, std::int64_t number);
/// What GET metadata/P shows.
Json secret_metadata(const Kv2Secret& secret);

/// Error (Invalid): `custom_metadata validation failed: ...`.
Result<void> check_custom_metadata(const Json& metadata);

/// RFC 7396.
void merge_patch(Json& target, const Json& patch);
/// The shape of a document with null leaves; depth 0 = all levels.
Json subkeys(const Json& value, std::int64_t depth);

}  // namespace leasehold::devvault

// Version bookkeeping as recorded in golden/vault-api/kv2-basic.
#include "kv2_secret.h"

#include <algorithm>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

#include "fields.h"
#include "ttl.h"

namespace leasehold::devvault {
namespace {
constexpr std::int64_t kMaxVersionsDefault = 10;
constexpr std::size_t kCustomMetadataKeysMax = 64;
constexpr std::size_t kCustomMetadataKeyBytesMax = 128;
constexpr std::size_t kCustomMetadataValueBytesMax = 512;

std::string time_or_empty(const std::optional<WallTime>& time) { return time ? format_rfc3339_nano(*time) : std::string(); }

Error metadata_error(const std::string& what) { return invalid("custom_metadata validation failed: " + what); }
}  // namespace

Kv2Version* Kv2Secret::version(std::int64_t number) {
  const auto found = versions.find(resolve(number));
  return found == versions.end() ? nullptr : &found->second;
}

Result<void> check_and_set(const Json& options, const Kv2Secret* secret, bool required) {
  const Json& cas = member(options, "cas");
  if (cas.is_null()) {
    return required ? Result<void>(invalid("check-and-set parameter required for this call")) : Result<void>();
  }
  auto expected = convert_value(FieldType::Integer, cas);
  if (!expected || !(is_number(cas) || cas.is_string())) {
    return invalid("error parsing check-and-set parameter");
  }
  const std::int64_t current = secret == nullptr ? 0 : secret->current;
  if (expected->get<std::int64_t>() != current) {
    return invalid("check-and-set parameter did not match the current version");
  }
  return {};
}

void add_version(Kv2Secret& secret, Json data, const Kv2Settings& mount, WallTime now) {
  if (secret.current == 0 && secret.versions.empty()) {
    secret.created = now;
  }
  Kv2Version version;
  version.data = std::move(data);
  version.created = now;
  seconds after = secret.settings.delete_version_after;
  if (after.count() == 0) {
    after = mount.delete_version_after;
  }
  if (after.count() > 0) {
    version.deleted = now + after;
  }
  secret.updated = now;
  secret.versions[++secret.current] = std::move(version);
  const std::int64_t max = secret.settings.max_versions > 0 ? secret.settings.max_versions
                           : mount.max_versions > 0          ? mount.max_versions
                                                             : kMaxVersionsDefault;
  while (static_cast<std::int64_t>(secret.versions.size()) > max) {
    secret.versions.erase(secret.versions.begin());
    secret.oldest = secret.versions.begin()->first;
  }
}

bool is_gone(const Kv2Version& version, WallTime now) {
  return version.destroyed || (version.deleted && *version.deleted <= now);
}

Json version_metadata(const Kv2Secret& secret, std::int64_t number) {
  const Kv2Version& version = secret.versions.at(number);
  return {{"created_time", format_rfc3339_nano(version.created)},
          {"custom_metadata", secret.custom_metadata},
          {"deletion_time", time_or_empty(version.deleted)},
          {"destroyed", version.destroyed},
          {"version", number}};
}

Json secret_metadata(const Kv2Secret& secret) {
  Json versions = Json::object();
  for (const auto& [number, version] : secret.versions) {
    versions[std::to_string(number)] = {{"created_time", format_rfc3339_nano(version.created)},
                                        {"deletion_time", time_or_empty(version.deleted)},
                                        {"destroyed", version.destroyed}};
  }
  return {{"cas_required", secret.settings.cas_required},
          {"created_time", format_rfc3339_nano(secret.created)},
          {"current_metadata_version", 0},
          {"current_version", secret.current},
          {"custom_metadata", secret.custom_metadata},
          {"delete_version_after", format_duration(secret.settings.delete_version_after)},
          {"max_versions", secret.settings.max_versions},
          {"metadata_cas_required", false},
          {"oldest_version", secret.oldest},
          {"updated_time", format_rfc3339_nano(secret.updated)},
          {"versions", std::move(versions)}};
}

Result<void> check_custom_metadata(const Json& metadata) {
  if (metadata.size() > kCustomMetadataKeysMax) {
    return metadata_error("payload must contain at most 64 keys, provided " + std::to_string(metadata.size()));
  }
  for (const auto& [key, value] : metadata.items()) {
    const std::size_t size = value.is_string() ? value.get_ref<const std::string&>().size() : 0;
    if (key.empty() || key.size() > kCustomMetadataKeyBytesMax) {
      return metadata_error("length of key " + go_quote(key) + " is " + std::to_string(key.size()) +
                            " but must be 0 < len(key) <= 128");
    }
    if (size == 0 || size > kCustomMetadataValueBytesMax) {
      return metadata_error("length of value for key " + go_quote(key) + " is " + std::to_string(size) +
                            " but must be 0 < len(value) <= 512");
    }
  }
  return {};
}

void merge_patch(Json& target, const Json& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) {
    target = Json::object();
  }
  for (const auto& [key, value] : patch.items()) {
    if (value.is_null()) {
      target.erase(key);
    } else {
      merge_patch(target[key], value);
    }
  }
}

Json subkeys(const Json& value, std::int64_t depth) {
  if (!value.is_object() || value.empty()) {
    return nullptr;
  }
  Json keys = Json::object();
  for (const auto& [key, item] : value.items()) {
    keys[key] = depth == 1 ? Json(nullptr) : subkeys(item, depth - 1);
  }
  return keys;
}

}  // namespace leasehold::devvault

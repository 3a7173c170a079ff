// Reads a Pod out of a Boost.JSON tree. Names of scalars match without regard to case and the last
// of several members wins, as in Go's decoder.
#include "pod.h"

#include <string>

#include <boost/json/value.hpp>

#include "json_members.h"

namespace leasehold::injector {
namespace {

namespace bj = boost::json;

Outcome<std::string_view> text_member(const bj::object& object, std::string_view name,
                                      std::string_view where) {
  const bj::value* value = find_member(object, name);
  if (value == nullptr) return std::string_view();
  if (!value->is_string())
    return refuse(type_error(*value, std::string(where) + "." + std::string(name), "string"));
  return std::string_view(value->get_string());
}

/// nullptr when absent or null. Structure is matched exactly: the patch names these members, and
/// would not apply to others.
Outcome<const bj::object*> object_member(const bj::object& object, std::string_view name,
                                         std::string_view type) {
  const bj::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return nullptr;
  if (!value->is_object()) return refuse(type_error(*value, std::string(name), type));
  return &value->get_object();
}

Outcome<const bj::array*> array_member(const bj::object& object, std::string_view name,
                                       std::string_view type) {
  const bj::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return nullptr;
  if (!value->is_array()) return refuse(type_error(*value, std::string(name), type));
  return &value->get_array();
}

Outcome<std::vector<Mount>> decode_mounts(const bj::object& container) {
  std::vector<Mount> mounts;
  const auto list = array_member(container, "volumeMounts", "[]v1.VolumeMount");
  if (!list) return list.error();
  if (*list == nullptr) return mounts;
  mounts.reserve((*list)->size());
  for (const bj::value& item : **list) {
    if (item.is_null()) {
      mounts.emplace_back();
      continue;
    }
    if (!item.is_object())
      return refuse(type_error(item, "Container.volumeMounts", "v1.VolumeMount"));
    const auto name = text_member(item.get_object(), "name", "VolumeMount");
    if (!name) return name.error();
    const auto path = text_member(item.get_object(), "mountPath", "VolumeMount");
    if (!path) return path.error();
    mounts.push_back({*name, *path, &item});
  }
  return mounts;
}

Outcome<std::vector<Variable>> decode_environment(const bj::object& container) {
  std::vector<Variable> variables;
  const auto list = array_member(container, "env", "[]v1.EnvVar");
  if (!list) return list.error();
  if (*list == nullptr) return variables;
  variables.reserve((*list)->size());
  for (const bj::value& item : **list) {
    if (item.is_null()) continue;
    if (!item.is_object()) return refuse(type_error(item, "Container.env", "v1.EnvVar"));
    const auto name = text_member(item.get_object(), "name", "EnvVar");
    if (!name) return name.error();
    const auto value = text_member(item.get_object(), "value", "EnvVar");
    if (!value) return value.error();
    variables.push_back({*name, *value});
  }
  return variables;
}

Outcome<void> decode_user(const bj::object& object, Container& container) {
  const auto context = object_member(object, "securityContext", "v1.SecurityContext");
  if (!context) return context.error();
  if (*context == nullptr) return {};
  container.has_security_context = true;
  const bj::value* user = find_member(**context, "runAsUser");
  if (user == nullptr) return {};
  if (!user->is_int64()) return refuse(type_error(*user, "SecurityContext.runAsUser", "int64"));
  container.run_as_user = user->get_int64();
  return {};
}

Outcome<Container> decode_container(const bj::value& value) {
  Container container;
  container.source = &value;
  // Null elements included: no patch could add a mount to them.
  if (!value.is_object()) return refuse(type_error(value, "PodSpec.containers", "v1.Container"));
  const bj::object& object = value.get_object();
  const auto name = text_member(object, "name", "Container");
  if (!name) return name.error();
  container.name = *name;
  auto mounts = decode_mounts(object);
  if (!mounts) return mounts.error();
  container.mounts = *std::move(mounts);
  auto environment = decode_environment(object);
  if (!environment) return environment.error();
  container.environment = *std::move(environment);
  if (auto user = decode_user(object, container); !user) return user.error();
  if (auto resources = check_resources(object); !resources) return resources.error();
  return container;
}

Outcome<std::vector<Container>> decode_containers(const bj::object& spec, std::string_view name) {
  std::vector<Container> containers;
  const auto list = array_member(spec, name, "[]v1.Container");
  if (!list) return list.error();
  if (*list == nullptr) return containers;
  containers.reserve((*list)->size());
  for (const bj::value& item : **list) {
    auto container = decode_container(item);
    if (!container) return container.error();
    containers.push_back(*std::move(container));
  }
  return containers;
}

/// The path of the first serviceAccountToken source that has one.
Outcome<std::string_view> token_file(const bj::object& volume) {
  const auto projected = object_member(volume, "projected", "v1.ProjectedVolumeSource");
  if (!projected) return projected.error();
  if (*projected == nullptr) return std::string_view();
  const auto sources = array_member(**projected, "sources", "[]v1.VolumeProjection");
  if (!sources) return sources.error();
  if (*sources == nullptr) return std::string_view();
  for (const bj::value& source : **sources) {
    if (!source.is_object()) continue;
    const auto token = object_member(source.get_object(), "serviceAccountToken",
                                     "v1.ServiceAccountTokenProjection");
    if (!token) return token.error();
    if (*token == nullptr) continue;
    const auto path = text_member(**token, "path", "ServiceAccountTokenProjection");
    if (!path) return path.error();
    if (!path->empty()) return *path;
  }
  return std::string_view();
}

Outcome<std::vector<Volume>> decode_volumes(const bj::object& spec) {
  std::vector<Volume> volumes;
  const auto list = array_member(spec, "volumes", "[]v1.Volume");
  if (!list) return list.error();
  if (*list == nullptr) return volumes;
  volumes.reserve((*list)->size());
  for (const bj::value& item : **list) {
    if (item.is_null()) {
      volumes.emplace_back();
      continue;
    }
    if (!item.is_object()) return refuse(type_error(item, "PodSpec.volumes", "v1.Volume"));
    const auto name = text_member(item.get_object(), "name", "Volume");
    if (!name) return name.error();
    const auto file = token_file(item.get_object());
    if (!file) return file.error();
    volumes.push_back({*name, *file});
  }
  return volumes;
}

void decode_owner(const bj::object& metadata, Pod& pod) {
  const bj::value* owners = find_member(metadata, "ownerReferences");
  if (owners == nullptr || !owners->is_array() || owners->get_array().empty()) return;
  const bj::value& owner = owners->get_array().front();
  if (!owner.is_object()) return;
  // Only for the log: what has the wrong type here is left out.
  const auto kind = text_member(owner.get_object(), "kind", "");
  const auto name = text_member(owner.get_object(), "name", "");
  if (kind) pod.owner_kind = *kind;
  if (name) pod.owner_name = *name;
}

Outcome<void> decode_metadata(const bj::object& object, Pod& pod) {
  const auto metadata = object_member(object, "metadata", "v1.ObjectMeta");
  if (!metadata) return metadata.error();
  if (*metadata == nullptr) return {};
  const auto name = text_member(**metadata, "name", "ObjectMeta");
  if (!name) return name.error();
  pod.name = *name;
  decode_owner(**metadata, pod);
  const auto annotations = object_member(**metadata, "annotations", "map[string]string");
  if (!annotations) return annotations.error();
  if (*annotations == nullptr) return {};
  pod.annotations.reserve((*annotations)->size());
  for (const auto& [key, value] : **annotations) {
    if (!value.is_string() && !value.is_null()) {
      return refuse(type_error(value, "ObjectMeta.metadata.annotations", "string"));
    }
    const std::string_view full(key);
    if (!full.starts_with(kPrefix)) continue;
    pod.annotations.emplace_back(
        full.substr(kPrefix.size()),
        value.is_null() ? std::string_view("") : std::string_view(value.get_string()));
  }
  return {};
}

Outcome<void> decode_spec(const bj::object& object, Pod& pod) {
  const auto spec = object_member(object, "spec", "v1.PodSpec");
  if (!spec) return spec.error();
  if (*spec == nullptr) return {};
  auto volumes = decode_volumes(**spec);
  if (!volumes) return volumes.error();
  pod.volumes = *std::move(volumes);
  auto init = decode_containers(**spec, "initContainers");
  if (!init) return init.error();
  pod.init_containers = *std::move(init);
  auto containers = decode_containers(**spec, "containers");
  if (!containers) return containers.error();
  pod.containers = *std::move(containers);
  const bj::value* share = find_member(**spec, "shareProcessNamespace");
  if (share == nullptr) return {};
  if (!share->is_bool())
    return refuse(type_error(*share, "PodSpec.spec.shareProcessNamespace", "bool"));
  pod.share_process_namespace = share->get_bool();
  return {};
}

}  // namespace

Outcome<Pod> decode_pod(const JsonValue& object) {
  if (object.is_null()) return refuse("unexpected end of JSON input");
  if (!object.is_object()) {
    return refuse("json: cannot unmarshal " + std::string(kind_of(object)) +
                  " into Go value of type v1.Pod");
  }
  Pod pod;
  if (auto done = decode_metadata(object.get_object(), pod); !done) return done.error();
  if (auto done = decode_spec(object.get_object(), pod); !done) return done.error();
  const auto status = object_member(object.get_object(), "status", "v1.PodStatus");
  if (!status) return status.error();
  if (*status == nullptr) return pod;
  const auto phase = text_member(**status, "phase", "PodStatus");
  if (!phase) return phase.error();
  pod.phase = *phase;
  return pod;
}

}  // namespace leasehold::injector

// Paths of the API: the core group has a root of its own.
#include "leasehold/kube/resource.h"

#include "leasehold/base/encoding.h"

namespace leasehold::kube {

std::string path_of(const Resource& resource, std::string_view name_space, std::string_view name) {
  const bool is_core = resource.group_version.find('/') == std::string_view::npos;
  std::string path = (is_core ? "/api/" : "/apis/") + std::string(resource.group_version);
  if (resource.is_namespaced && !name_space.empty()) {
    path += "/namespaces/" + percent_encode(name_space);
  }
  path += "/" + std::string(resource.plural);
  if (!name.empty()) path += "/" + percent_encode(name);
  return path;
}

}  // namespace leasehold::kube

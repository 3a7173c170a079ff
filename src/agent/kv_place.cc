#include "kv_place.h"

namespace leasehold::agent {

std::string bare_path(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

Result<KvPlace> find_kv(ServerSession& session, const std::string& path, std::string_view part) {
  const auto answer = session.ask({.method = "GET", .path = "sys/internal/ui/mounts/" + path, .query = "", .body = {}},
                                  /*absent_is_ok=*/true);
  if (!answer) return answer.error();
  const std::string mount = bare_path(answer->fact("path"));
  if (answer->fact("options.version") != "2") return KvPlace{false, path};
  const std::string rest = path.starts_with(mount) ? bare_path(std::string_view(path).substr(mount.size())) : path;
  const std::string place = mount + "/" + std::string(part);
  return KvPlace{true, rest.empty() ? place : place + "/" + rest};
}

}  // namespace leasehold::agent

// Where a secret of a KV mount really is: version 2 has data/ or metadata/ behind the mount.
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"
#include "secret_output.h"
#include "server_session.h"

namespace leasehold::agent {

/// The API wants paths without slashes at the ends.
std::string bare_path(std::string_view path);

/// Asks the server for the mount of path (bare). part: what stands behind a mount of version 2, data or
/// metadata. Errors as ServerSession::ask().
Result<KvPlace> find_kv(ServerSession& session, const std::string& path, std::string_view part);

}  // namespace leasehold::agent

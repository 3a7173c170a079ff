// The file of -setup: requests that are run at start, with the root token. Pure parsing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::devvault {

struct SetupRequest {
  std::size_t line = 0;  ///< where it began, from 1
  std::string method;
  std::string path;  ///< without /v1/
  std::string body;  ///< JSON text, may be empty
};

/// Value of ${NAME}; nullopt when unknown.
using Variables = std::function<std::optional<std::string>(std::string_view)>;

/// Lines `METHOD path [JSON]`; # comments and blank lines are skipped; a line that ends in '\' goes
/// on. ${NAME} is replaced, escaped for a JSON string when it stands in the body.
/// Errors (Invalid): `line 3: unknown method "GETT"`, `line 3: ${NAME} is not set`, `line 3: body is
/// not JSON: ...`.
Result<std::vector<SetupRequest>> parse_setup(std::string_view text, const Variables& variables);

}  // namespace leasehold::devvault

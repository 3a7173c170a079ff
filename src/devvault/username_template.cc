// username_template of a database connection.
#include "credentials.h"

namespace leasehold::devvault {

Result<std::string> username_from_template(const std::string& pattern, const std::string& /*display_name*/,
                                           const std::string& /*role*/, WallTime /*now*/) {
  if (pattern.find("{{") != std::string::npos) {
    return invalid("templates are not understood yet");
  }
  return pattern;
}

}  // namespace leasehold::devvault

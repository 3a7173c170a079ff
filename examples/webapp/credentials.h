// The login that stands in the file which the sidecar renders: lines such as
// `export DB_USERNAME="v-kubernet-webapp-..."`, read again whenever the file changes.
#pragma once

#include <optional>
#include <string>

namespace webapp {

struct Credentials {
  std::string username;
  std::string password;

  bool operator==(const Credentials&) const = default;
};

/// Reads DB_USERNAME and DB_PASSWORD out of shell text. nullopt when one of them is missing, as in
/// a file that is not there yet.
std::optional<Credentials> parse_credentials(const std::string& text);

/// parse_credentials() of a file; nullopt as well when it cannot be read.
std::optional<Credentials> read_credentials(const std::string& path);

}  // namespace webapp

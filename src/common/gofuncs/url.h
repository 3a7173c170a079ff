// net/url as far as templates show it (spec 14.5).
#pragma once

#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::gofuncs {

struct Url {
  std::string scheme;
  std::string opaque;
  bool has_authority = false;
  bool has_userinfo = false;
  std::string user;  ///< decoded
  std::string password;
  bool has_password = false;
  std::string host;      ///< with port
  std::string path;      ///< decoded
  std::string query;     ///< raw
  std::string fragment;  ///< decoded
};

/// url.Parse. Error: `parse "U": …`.
Result<Url> parse_url(std::string_view text);

}  // namespace leasehold::gofuncs

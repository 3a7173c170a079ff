// Names and passwords of database users (spec/vault-api.md 8.3).
#pragma once

#include <string>

#include "call.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"

namespace leasehold::devvault {

/// v-<display name, 8>-<role, 8>-<20 random>-<unix seconds>, cut to 63 bytes.
std::string default_username(const std::string& display_name, const std::string& role, WallTime now);

/// The name by a username_template: a Go template with .DisplayName, .RoleName and the functions of
/// spec 8.3. Error (Invalid): the template's, with its position.
Result<std::string> username_from_template(const std::string& pattern, const std::string& display_name,
                                           const std::string& role, WallTime now);

/// 20 of A-Z a-z 0-9 and '-', at least one of each class.
std::string default_password();

/// Percent-escapes username and password into the places of a connection URL. raw: no escapes.
SecretString fill_url(const std::string& url, const std::string& username, std::string_view password, bool raw);

/// A password stands in the URL itself instead of {{password}}.
[[nodiscard]] bool has_inline_password(const std::string& url);

}  // namespace leasehold::devvault

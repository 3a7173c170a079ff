// Generated credentials.
#include "credentials.h"

#include <algorithm>
#include <array>

#include "crypto.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"

namespace leasehold::devvault {
namespace {

constexpr std::array<std::string_view, 4> kClasses = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz",
                                                      "0123456789", "-"};
constexpr std::size_t kPasswordLength = 20;
constexpr std::size_t kUsernameBytesMax = 63;  // NAMEDATALEN - 1

}  // namespace

std::string default_username(const std::string& display_name, const std::string& role, WallTime now) {
  std::string name = "v-" + display_name.substr(0, 8) + "-" + role.substr(0, 8) + "-" + crypto::random_alphanumeric(20) +
                     "-" + std::to_string(std::chrono::system_clock::to_time_t(now));
  name.resize(std::min(name.size(), kUsernameBytesMax));
  return name;
}

std::string default_password() {
  std::string alphabet;
  for (const std::string_view characters : kClasses) {
    alphabet += characters;
  }
  for (;;) {  // ends soon: about half of all tries have a dash
    std::string password = crypto::random_text(kPasswordLength, alphabet);
    const bool complete = std::all_of(kClasses.begin(), kClasses.end(), [&](std::string_view characters) {
      return password.find_first_of(characters) != std::string::npos;
    });
    // A leading dash reads like a flag on command lines.
    if (complete && password.front() != '-') {
      return password;
    }
  }
}

SecretString fill_url(const std::string& url, const std::string& username, std::string_view password, bool raw) {
  std::string filled = replace_all(url, "{{username}}", raw ? username : percent_encode(username));
  filled = replace_all(std::move(filled), "{{password}}", raw ? password : std::string_view(percent_encode(password)));
  SecretString secret(filled);
  wipe(filled.data(), filled.size());
  return secret;
}

bool has_inline_password(const std::string& url) {
  const auto scheme = url.find("://");
  const auto at = url.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos) {
    return url.find("password=") != std::string::npos && url.find("{{password}}") == std::string::npos;
  }
  const std::string user = url.substr(scheme + 3, at - scheme - 3);
  const auto colon = user.find(':');
  return colon != std::string::npos && user.substr(colon + 1) != "{{password}}" && colon + 1 < user.size();
}

}  // namespace leasehold::devvault

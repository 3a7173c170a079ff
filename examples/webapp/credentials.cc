// Reads a rendered file. Only the form that the template writes is understood: one assignment a
// line, the value in double quotes, no escapes (Vault's user names and passwords have none).
#include "credentials.h"

#include <fstream>
#include <sstream>
#include <string_view>

namespace webapp {
namespace {

std::optional<std::string> value_of(std::string_view line, std::string_view name) {
  constexpr std::string_view kExport = "export ";
  if (line.starts_with(kExport)) line.remove_prefix(kExport.size());
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (!line.starts_with("=\"") || !line.ends_with('"') || line.size() < 3) return std::nullopt;
  return std::string(line.substr(2, line.size() - 3));
}

}  // namespace

std::optional<Credentials> parse_credentials(const std::string& text) {
  Credentials found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (auto value = value_of(line, "DB_USERNAME")) found.username = *std::move(value);
    if (auto value = value_of(line, "DB_PASSWORD")) found.password = *std::move(value);
  }
  if (found.username.empty() || found.password.empty()) return std::nullopt;
  return found;
}

std::optional<Credentials> read_credentials(const std::string& path) {
  const std::ifstream file(path);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return parse_credentials(text.str());
}

}  // namespace webapp

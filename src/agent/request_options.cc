#include "request_options.h"

#include <algorithm>
#include <array>

#include "command_line.h"
#include "connection_settings.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent {
namespace {

/// `x-my-field` as Go writes it on the wire: `X-My-Field`.
std::string canonical_name(std::string_view name) {
  std::string out = to_lower(name);
  bool starts = true;
  for (char& c : out) {
    if (starts && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    starts = c == '-';
  }
  return out;
}

Result<void> add_headers(const flags::Parsed& given, http::Headers& headers) {
  for (const std::string& pair : values_of(given, "header")) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return invalid("invalid value " + go_quote(pair) + " for flag -header: missing = in KV pair: " + go_quote(pair));
    }
    const std::string name = canonical_name(trim_space(pair.substr(0, equals)));
    if (name.starts_with("X-Vault-")) {
      return invalid("failed to setup Headers[" + name + "]: Header starting by 'X-Vault-' are for internal usage only");
    }
    headers.add(name, trim_space(pair.substr(equals + 1)));
  }
  return {};
}

void add_mfa(const flags::Parsed& given, const flags::Environment& environment, http::Headers& headers) {
  std::vector<std::string> all = values_of(given, "mfa");
  if (const auto value = vault_variable(environment, "MFA"); all.empty() && value && !value->empty()) all.push_back(*value);
  for (const std::string& credential : all) headers.add("X-Vault-MFA", credential);
}

/// Text in double quotes of a shell.
std::string shell_quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return "\"" + out + "\"";
}

struct Capability {
  std::string_view method;
  std::string_view words;
};
constexpr std::array<Capability, 5> kCapabilities = {{{"GET", R"("read")"},
                                                      {"LIST", R"("list")"},
                                                      {"PUT", R"("create", "update")"},
                                                      {"POST", R"("create", "update")"},
                                                      {"DELETE", R"("delete")"}}};

}  // namespace

Result<RequestOptions> request_options(const flags::Parsed& given, const flags::Environment& environment) {
  RequestOptions options;
  if (auto added = add_headers(given, options.headers); !added) return added.error();
  add_mfa(given, environment, options.headers);
  options.show_curl = is_on(given, "output-curl-string");
  options.show_policy = is_on(given, "output-policy");
  if (is_on(given, "policy-override")) options.headers.add("X-Vault-Policy-Override", "true");
  if (const auto flag = given.last("wrap-ttl")) {
    const auto duration = parse_vault_duration(*flag);
    if (!duration) {
      return invalid("invalid value " + go_quote(*flag) + " for flag -wrap-ttl: " + duration.error().message);
    }
    options.wrap_ttl = format_duration(*duration);
  } else {
    // compat: the variable goes to the server as it is
    options.wrap_ttl = vault_variable(environment, "WRAP_TTL").value_or("");
  }
  return options;
}

std::string curl_line(const ShownRequest& request) {
  std::string line = "curl ";
  if (request.call.method != "GET") line += "-X " + request.call.method + " ";
  const auto field = [&](std::string_view name, std::string_view quoted_value) {
    line.append("-H \"").append(name).append(": ").append(quoted_value).append("\" ");
  };
  field("X-Vault-Request", "true");
  if (!request.name_space.empty()) field("X-Vault-Namespace", request.name_space);
  for (const auto& [name, value] : request.headers) {
    const std::string quoted = shell_quoted(value);
    field(name, std::string_view(quoted).substr(1, quoted.size() - 2));
  }
  if (request.has_token) field("X-Vault-Token", "$(vault print token)");
  if (!request.call.body.empty()) {
    // expose(): the user asked to see what would be sent; quotes as a shell wants them
    line += "-d '" + replace_all(std::string(request.call.body.expose()), "'", "'\"'\"'") + "' ";
  }
  return line + shell_quoted(request.url);
}

std::string policy_stanza(const vault::Call& call) {
  const auto* row = std::ranges::find(kCapabilities, call.method, &Capability::method);
  const std::string_view words = row == kCapabilities.end() ? "" : row->words;
  return "path " + go_quote(call.path) + " {\n  capabilities = [" + std::string(words) + "]\n}";
}

}  // namespace leasehold::agent

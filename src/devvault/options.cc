// The rows give parsing and --help alike.
#include "options.h"

#include "leasehold/base/scalars.h"
#include "leasehold/flags/flags.h"

namespace leasehold::devvault {
namespace {

using flags::Kind;

constexpr flags::Row kRows[] = {
    {"dev", Kind::Boolean, "false", "", "Required: says that you know that this server is for development."},
    {"dev-listen-address", Kind::Text, "127.0.0.1:8200", "VAULT_DEV_LISTEN_ADDRESS",
     "Address of the HTTP API. Port 0 takes any free port, which the first lines of output name."},
    {"dev-root-token-id", Kind::Text, "", "VAULT_DEV_ROOT_TOKEN_ID", "Id of the first root token. Default: a random one."},
    {"dev-tls", Kind::Boolean, "false", "", "Serve TLS with a certificate made at start."},
    {"dev-tls-cert-dir", Kind::Text, "", "",
     "Write vault-ca.pem, vault-cert.pem and vault-key.pem of -dev-tls into this folder."},
    {"tls-cert-file", Kind::Text, "", "", "Serve TLS with this certificate (PEM)."},
    {"tls-key-file", Kind::Text, "", "", "Key of -tls-cert-file (PEM)."},
    {"dev-kube", Kind::Text, "", "",
     "Also serve a small Kubernetes API at this address: it signs ServiceAccount tokens and reviews them. "
     "TLS with the same certificate if the main listener has TLS."},
    {"setup", Kind::Text, "", "",
     "File of requests to run at start, a line each: METHOD path JSON. # starts a comment; a line that ends in \\ goes on. "
     "${NAME} is an environment variable, or KUBE_ADDR and KUBE_CA_PEM of -dev-kube."},
    {"log-level", Kind::Text, "info", "VAULT_LOG_LEVEL", "trace, debug, info, warn or error."},
    {"log-format", Kind::Text, "standard", "VAULT_LOG_FORMAT", "standard or json."},
    // Understood for the sake of command lines made for the real server; they change nothing here.
    {"dev-no-store-token", Kind::Boolean, "false", "", "Ignored: the token is never stored.", true},
};

constexpr std::string_view kIntroduction = R"(Usage: leasehold-devvault [server] -dev [flags]
       leasehold-devvault version

A development server with the HTTP API of Vault: everything is in memory, nothing survives its end.
Never use it for real secrets.

It makes real PostgreSQL roles (secrets engine "database"). On SIGTERM or SIGINT it revokes all
leases, so that no role is left behind; a database that does not answer within 5 seconds keeps them.

Flags:

)";

/// Flag, then environment, then the row's default.
std::string value_of(const flags::Parsed& parsed, const flags::Environment& environment, std::string_view name) {
  if (auto given = parsed.last(name)) {
    return *given;
  }
  for (const flags::Row& row : kRows) {
    if (row.name != name) {
      continue;
    }
    if (!row.environment.empty()) {
      if (auto set = environment(row.environment)) {
        return *set;
      }
    }
    return std::string(row.default_value);
  }
  return {};
}

}  // namespace

std::string help_text() { return std::string(kIntroduction) + flags::usage(kRows); }

Result<HostPort> parse_host_port(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) {
    return invalid("address " + text + ": missing port in address");
  }
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  auto port = parse_uint(text.substr(colon + 1));
  if (!port || *port > 65535) {
    return invalid("address " + text + ": invalid port");
  }
  return HostPort{.host = std::move(host), .port = static_cast<std::uint16_t>(*port)};
}

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  std::vector<std::string> rest = arguments;
  if (!rest.empty() && rest.front() == "version") {
    return Options{.action = Action::Version};
  }
  if (!rest.empty() && rest.front() == "server") {
    rest.erase(rest.begin());
  }
  auto parsed = flags::parse(kRows, rest);
  if (!parsed) {
    return parsed.error();
  }
  Options options;
  if (parsed->help) {
    options.action = Action::Help;
    return options;
  }
  if (!parsed->positional.empty()) {
    return invalid("unexpected argument: " + parsed->positional.front());
  }
  const auto environment = flags::process_environment();
  const auto value = [&](std::string_view name) { return value_of(*parsed, environment, name); };
  if (value("dev") != "true") {
    return invalid("this server is for development only: give -dev to say that you know");
  }
  auto listen = parse_host_port(value("dev-listen-address"));
  if (!listen) {
    return listen.error().in("-dev-listen-address");
  }
  options.listen_address = listen->host;
  options.listen_port = listen->port;
  options.root_token = value("dev-root-token-id");
  options.tls = value("dev-tls") == "true";
  options.tls_directory = value("dev-tls-cert-dir");
  options.tls_cert_file = value("tls-cert-file");
  options.tls_key_file = value("tls-key-file");
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    return invalid("-tls-cert-file and -tls-key-file belong together");
  }
  if (const std::string kube = value("dev-kube"); !kube.empty()) {
    auto address = parse_host_port(kube);
    if (!address) {
      return address.error().in("-dev-kube");
    }
    options.kube_address = address->host;
    options.kube_port = address->port;
  }
  options.setup_file = value("setup");
  auto level = log::parse_level(value("log-level"));
  auto format = log::parse_format(value("log-format"));
  if (!level || !format) {
    return level ? format.error() : level.error();
  }
  options.log_level = *level;
  options.log_format = *format;
  return options;
}

}  // namespace leasehold::devvault

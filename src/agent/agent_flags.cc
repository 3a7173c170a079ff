#include "agent_flags.h"

namespace leasehold::agent {
namespace {

using flags::Kind;
using flags::Row;

// clang-format off
constexpr Row kRows[] = {
    // --- of `agent` alone ---
    {"config", Kind::List, "", "BAO_AGENT_CONFIG_PATH,VAULT_AGENT_CONFIG_PATH", "Configuration file (HCL or JSON) or directory of such files."},
    {"exit-after-auth", Kind::Boolean, "false", "", "End after one login, when every sink and template is written."},
    {"log-level", Kind::Text, "info", "BAO_LOG_LEVEL,VAULT_LOG_LEVEL", "trace, debug, info, warn or error."},
    {"log-format", Kind::Text, "standard", "BAO_LOG_FORMAT,VAULT_LOG_FORMAT", "standard or json."},
    {"log-file", Kind::Text, "", "", "Also write the log to this file; a path that ends in / is a folder."},
    {"log-rotate-bytes", Kind::Text, "", "", "Begin a new log file after so many bytes."},
    {"log-rotate-duration", Kind::Text, "", "", "Begin a new log file after this time (24h)."},
    {"log-rotate-max-files", Kind::Text, "", "", "Old log files to keep; 0 keeps all, a negative number none."},
    {"strict-hcl", Kind::Boolean, "false", "", "Refuse keys that are set twice in one block, as Vault 1.21 and later do."},
    {"combine-logs", Kind::Boolean, "false", "", "Log to stdout.", true},
    {"test-verify-only", Kind::Boolean, "false", "", "Read and check the configuration, then end.", true},
    // --- of every command that talks to a server ---
    {"address", Kind::Text, "https://127.0.0.1:8200", "BAO_ADDR,VAULT_ADDR", "Address of the Vault server."},
    {"agent-address", Kind::Text, "", "", "Accepted and ignored.", true},
    {"ca-cert", Kind::Text, "", "BAO_CACERT,VAULT_CACERT", "PEM file with the CA of the server's certificate."},
    {"ca-path", Kind::Text, "", "BAO_CAPATH,VAULT_CAPATH", "Directory of PEM files with CAs."},
    {"client-cert", Kind::Text, "", "BAO_CLIENT_CERT,VAULT_CLIENT_CERT", "PEM file with a client certificate."},
    {"client-key", Kind::Text, "", "BAO_CLIENT_KEY,VAULT_CLIENT_KEY", "PEM file with its key."},
    {"namespace", Kind::Text, "", "BAO_NAMESPACE,VAULT_NAMESPACE", "Namespace of all requests."},
    {"ns", Kind::Text, "", "", "Short for -namespace.", true},
    {"tls-server-name", Kind::Text, "", "BAO_TLS_SERVER_NAME,VAULT_TLS_SERVER_NAME", "Name to ask for and to check in the server's certificate."},
    {"tls-skip-verify", Kind::Boolean, "false", "BAO_SKIP_VERIFY,VAULT_SKIP_VERIFY", "Do not check the server's certificate."},
    {"disable-redirects", Kind::Boolean, "false", "BAO_DISABLE_REDIRECTS,VAULT_DISABLE_REDIRECTS", "Do not follow redirects of the server."},
    {"non-interactive", Kind::Boolean, "false", "", "Accepted and ignored.", true},
    {"unlock-key", Kind::Text, "", "", "Accepted and ignored.", true},
    {"self", Kind::Boolean, "false", "", "token commands: the own token.", true},
    // --- of the commands that send one request; the others take them without effect, and hide them ---
    {"policy-override", Kind::Boolean, "false", "", "Ask the server to pass over soft-mandatory Sentinel policies.", true},
    {"wrap-ttl", Kind::Text, "", "BAO_WRAP_TTL,VAULT_WRAP_TTL", "Have the answer wrapped in a token that lives so long.", true},
    {"mfa", Kind::List, "", "BAO_MFA,VAULT_MFA", "MFA credentials: method[:key[=value]].", true},
    {"header", Kind::List, "", "", "key=value: a header field of each request; repeatable.", true},
    {"output-curl-string", Kind::Boolean, "false", "", "Print the request as a curl command instead of sending it.", true},
    {"output-policy", Kind::Boolean, "false", "", "Print the policy that the request needs instead of sending it.", true},
};
// clang-format on
constexpr std::size_t kAgentOnly = 11;
constexpr std::size_t kRequest = 6;

}  // namespace

std::span<const Row> connection_flags() { return std::span(kRows).subspan(kAgentOnly); }
std::span<const Row> request_flags() { return std::span(kRows).last(kRequest); }
std::span<const Row> agent_flags() { return kRows; }

}  // namespace leasehold::agent

// A row per known mistake. The first that fits speaks.
#include "leasehold/vault/advice.h"

#include <array>

#include "leasehold/base/text.h"

namespace leasehold::vault {
namespace {

struct Row {
  std::string_view operation;  // "" = any
  unsigned status;             // 0 = any
  std::string_view says;       // part of an error text, "" = any
  std::string_view advice;     // %p is the path
  std::string_view unless_path = "";  // skipped when the path contains this
};

constexpr std::array kRows = {
    Row{"", 503, "sealed", "Vault is sealed: unseal it (vault operator unseal); this goes on by itself afterwards"},
    Row{"", 503, "", "the server is not ready (sealed, standby without leader, or overloaded); trying again"},
    Row{"", 308, "", "the server redirects with 308, which is not followed: set the address to where it points"},
    Row{"", 303, "", "the server redirects with 303, which is not followed: set the address to where it points"},
    Row{"", 301, "", "the server redirects in a circle or twice, and one redirect is followed: check the address"},
    Row{"", 302, "", "the server redirects in a circle or twice, and one redirect is followed: check the address"},
    Row{"", 307, "", "the server redirects in a circle or twice, and one redirect is followed: check the address"},
    Row{"", 472, "", "a disaster recovery secondary serves no requests: point the address at the primary"},
    Row{"", 412, "", "the node does not know the newest state yet; trying again"},
    Row{"", 473, "", "a performance standby cannot serve this; point the address at the active node or the load balancer"},
    Row{"", 429, "", "the server limits requests (rate limit quota); trying again later"},
    // By name of the claim, since the texts of JWT libraries differ.
    Row{"login", 0, "issued in the future", "%c"},
    Row{"login", 0, "used before issued", "%c"},
    Row{"login", 0, "(nbf)", "%c"},
    Row{"login", 0, "(iat)", "%c"},
    Row{"login", 0, "not yet valid", "%c"},
    Row{"login", 0, "not valid yet", "%c"},
    Row{"login", 0, "audience",
        "the token's audience is not the one that the role wants: compare `audience` (jwt: bound_audiences) of the role with "
        "the audience of the projected token volume"},
    Row{"login", 400, "could not be found", "the role does not exist at this auth mount: check the role annotation and auth-path (%p)"},
    Row{"login", 400, "token signature", "the token was signed by another cluster, or its keys have changed: check the config of %p"},
    Row{"login", 0, "(exp)", "the token is expired: is its volume still refreshed?"},
    Row{"login", 400, "bound claim", "the role's bound_claims do not fit this token"},
    Row{"login", 0, "issuer", "the role's mount expects tokens of another issuer: check issuer and disable_iss_validation of its config"},
    Row{"login", 400, "(sub)", "the role's bound_subject is not this ServiceAccount"},
    Row{"login", 400, "invalid role name",
        "the role does not exist at this auth mount: check the role annotation and auth-path (%p)"},
    Row{"login", 403, "service account name not authorized",
        "the role's bound_service_account_names does not contain the pod's ServiceAccount"},
    Row{"login", 403, "namespace not authorized",
        "the role's bound_service_account_namespaces does not contain the pod's namespace"},
    Row{"login", 403, "token is expired", "the ServiceAccount token is expired: is the token volume still refreshed?"},
    Row{"login", 403, "",
        "no auth method is mounted at %p, or Vault's TokenReview refused the ServiceAccount token "
        "(check kubernetes_host, token_reviewer_jwt and the system:auth-delegator binding)"},
    Row{"login", 404, "", "nothing is mounted at %p: check auth-path and the namespace"},
    Row{"login", 500, "could not load backend configuration", "write auth config first: vault write %p/../config ..."},
    Row{"read", 403, "",
        "the token's policies do not allow read on %p: add path \"%p\" { capabilities = [\"read\"] } to a policy of the role; "
        "or, if this is KV version 2, the path must have data/ after the mount", "/data/"},
    Row{"read", 403, "",
        "the token's policies do not allow read on %p: add path \"%p\" { capabilities = [\"read\"] } to a policy of the role"},
    Row{"write", 403, "",
        "the token's policies do not allow update on %p: add path \"%p\" { capabilities = [\"update\"] } to a policy of the role"},
    Row{"list", 403, "",
        "the token's policies do not allow list on %p: add path \"%p\" { capabilities = [\"list\"] } to a policy of the role "
        "(KV version 2 lists below metadata/)"},
    Row{"renew", 403, "", "the token's policies do not allow update on %p (the default policy does)"},
    Row{"read", 404, "no handler for route", "no secrets engine is mounted at %p"},
    Row{"read", 404, "", "no secret is stored at %p (deleted, misspelt, or a KV v2 path without data/)"},
    Row{"read", 400, "unknown role", "the database role does not exist: vault list <mount>/roles shows what does"},
    Row{"read", 500, "is not an allowed role", "add the role to allowed_roles of the database connection"},
    Row{"read", 500, "connection refused", "Vault cannot reach the database; it will be asked again"},
    Row{"read", 500, "failed to connect", "Vault cannot reach the database; it will be asked again"},
    Row{"read", 500, "failed to execute query", "the role's creation_statements failed in the database"},
};

constexpr std::string_view kDeadToken =
    "the token is dead (expired, revoked, or of another server), which is no matter of policies; a new login follows";
constexpr std::string_view kClockSkew =
    "the clocks of the node and of the Vault server differ: the token is from the future for the server; check NTP on both";

}  // namespace

std::string advice(std::string_view operation, std::string_view path, const Answer& answer) {
  if (operation != "login" && denial_of(answer) == Denial::DeadToken) return std::string(kDeadToken);
  for (const auto& row : kRows) {
    if (!row.operation.empty() && row.operation != operation) continue;
    if (row.status != 0 && row.status != answer.status) continue;
    if (!row.says.empty() && !answer.says(row.says)) continue;
    if (!row.unless_path.empty() && path.find(row.unless_path) != std::string_view::npos) continue;
    return replace_all(replace_all(std::string(row.advice), "%c", kClockSkew), "%p", path);
  }
  return "";
}

std::string cause_of(std::string_view failure) {
  constexpr std::string_view kCode = "\nCode: ";
  std::string status;
  if (const auto at = failure.find(kCode); at != std::string_view::npos) {
    failure.remove_prefix(at + kCode.size());
    status = std::string(failure.substr(0, failure.find('.'))) + ": ";
    const auto texts = failure.find("\n\n");
    failure = texts == std::string_view::npos ? std::string_view() : failure.substr(texts + 2);
  }
  std::string line = status;
  for (const char c : failure) {
    const bool blank = c == '\n' || c == '\t' || c == ' ' || c == '*';
    if (!blank) line += c;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace leasehold::vault

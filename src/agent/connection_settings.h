// Which server, with which trust and by which way: flag, then environment, then vault{}, then default
// (spec/agent.md 1.1, 2.1). Pure.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config.h"
#include "leasehold/base/result.h"
#include "leasehold/base/secret_string.h"
#include "leasehold/flags/flags.h"
#include "leasehold/http/proxy.h"
#include "leasehold/runtime/rate.h"

namespace leasehold::agent {

struct ConnectionSettings {
  std::string address;
  std::string ca_cert;
  std::string ca_path;
  std::string ca_pem;
  std::string client_cert;
  std::string client_key;
  std::string client_pem;                            ///< used where no files are given
  std::shared_ptr<const SecretString> client_key_pem;  ///< null = none
  std::string tls_server_name;
  std::string name_space;  ///< canonical "ns/" or ""
  bool tls_skip_verify = false;
  bool follow_redirects = true;
  bool look_up_srv = false;
  std::chrono::nanoseconds deadline{std::chrono::seconds(60)};
  std::optional<std::uint64_t> max_retries;
  std::optional<runtime::Rate> rate;
  http::ProxyRules proxies;
};

/// Errors (Invalid) in the peer's words: `failed to read environment: could not parse VAULT_SKIP_VERIFY`.
Result<ConnectionSettings> resolve_connection(const VaultConfig* file, const flags::Parsed& given,
                                              const flags::Environment& environment);

/// BAO_<name>, then VAULT_<name>; one that is set but empty counts.
std::optional<std::string> vault_variable(const flags::Environment& environment, std::string_view name);

}  // namespace leasehold::agent

// Block listener: types first, then type and role, then what the peer converts late (spec/agent.md 4.5).
#include "config_tables.h"

#include <algorithm>
#include <array>
#include <map>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent::config {
namespace {

/// A listener while it is read: type and role are checked between the types and the values.
struct ListenerDraft {
  ListenerConfig listener;
  std::map<std::string, hcl::Value, std::less<>> late;  ///< for kLateChecks
};

/// The key is the cell's path without `root.`: tls_disable, telemetry.disallow_metrics.
void keep_for_late(const Cell& cell, ListenerDraft& out) {
  out.late[cell.path().substr(cell.path().find('.') + 1)] = cell.any();
}

void keep_text_for_late(const Cell& cell, ListenerDraft& out) {
  out.late[cell.path().substr(cell.path().find('.') + 1)] = hcl::Value{cell.text()};
}

enum class LateKind { Bool, Duration, Int, Addresses, Ciphers, Origins, Headers, Behavior };

struct LateCheck {
  std::string_view key;
  LateKind kind;
};

// What the peer converts after types and roles are right, in its order.
constexpr LateCheck kLateChecks[] = {
    {"max_request_size", LateKind::Int},
    {"max_request_duration", LateKind::Duration},
    {"require_request_header", LateKind::Bool},
    {"tls_disable", LateKind::Bool},
    {"tls_cipher_suites", LateKind::Ciphers},
    {"tls_require_and_verify_client_cert", LateKind::Bool},
    {"tls_disable_client_certs", LateKind::Bool},
    {"http_read_timeout", LateKind::Duration},
    {"http_read_header_timeout", LateKind::Duration},
    {"http_write_timeout", LateKind::Duration},
    {"http_idle_timeout", LateKind::Duration},
    {"proxy_protocol_authorized_addrs", LateKind::Addresses},
    {"proxy_protocol_behavior", LateKind::Behavior},
    {"x_forwarded_for_authorized_addrs", LateKind::Addresses},
    {"x_forwarded_for_hop_skips", LateKind::Int},
    {"x_forwarded_for_reject_not_authorized", LateKind::Bool},
    {"x_forwarded_for_reject_not_present", LateKind::Bool},
    {"profiling.unauthenticated_pprof_access", LateKind::Bool},
    {"telemetry.unauthenticated_metrics_access", LateKind::Bool},
    {"telemetry.disallow_metrics", LateKind::Bool},
    {"inflight_requests_logging.unauthenticated_in_flight_requests_access", LateKind::Bool},
    {"cors_enabled", LateKind::Bool},
    {"cors_allowed_origins", LateKind::Origins},
    {"custom_response_headers", LateKind::Headers},
};

// Names that the peer's TLS library knows.
constexpr std::string_view kCiphers[] = {
    "TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};

void check_ciphers(const hcl::Value& value) {
  const std::string text = go_text(value);
  if (trim_space(text).empty()) return;
  for (const std::string& part : split(text, ',')) {
    const std::string_view name = trim_space(part);
    if (std::ranges::find(kCiphers, name) == std::end(kCiphers)) throw ConfigError{"unsupported cipher " + go_quote(name)};
  }
}

/// Without listener: in front of its message stands no key.
void check_origins(const hcl::Value& value) {
  const auto* list = std::get_if<hcl::List>(&value.data);
  if (list == nullptr || list->elements.size() < 2) return;
  const auto is_wildcard = [](const hcl::Value& one) { return go_text(one) == "*"; };
  if (std::ranges::any_of(list->elements, is_wildcard)) {
    throw ConfigError{"cors_allowed_origins must only contain a wildcard or only non-wildcard values"};
  }
}

/// An IPv4 or IPv6 address, with a mask or a port perhaps.
bool is_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  const std::string host(text.substr(0, text.find('/')));
  if (::inet_pton(AF_INET, host.substr(0, host.find(':')).c_str(), ignored.data()) == 1) return true;
  const bool bracketed = host.starts_with('[');
  const std::string inner = bracketed ? host.substr(1, host.find(']') - 1) : host;
  return ::inet_pton(AF_INET6, inner.c_str(), ignored.data()) == 1;
}

void check_address(const std::string& text) {
  if (is_address(text)) return;
  throw ConfigError{"error parsing address " + go_quote(text) + ": Unable to convert " + go_quote(text) +
                    " to an IPv4 or IPv6 address, or a UNIX Socket"};
}

/// A list, or a text with commas.
void check_addresses(const hcl::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    if (text->empty()) throw ConfigError{"unable to parse addresses from "};
    for (const std::string& one : split(*text, ',')) check_address(std::string(trim_space(one)));
    return;
  }
  const auto* list = std::get_if<hcl::List>(&value.data);
  if (list == nullptr) throw ConfigError{"unknown address input type " + std::string(value.type_name())};
  for (const hcl::Value& element : list->elements) {
    const auto* text = std::get_if<std::string>(&element.data);
    if (text == nullptr) throw ConfigError{"error parsing " + go_text(element) + " as string"};
    check_address(*text);
  }
}

/// What the peer does not take although it could be read.
void refuse_negative(const LateCheck& check, const hcl::Value& value) {
  const auto negative = [&](std::int64_t number) { return number < 0; };
  if (check.key == "max_request_duration" && negative(duration_of(value).count())) {
    throw ConfigError{"max_request_duration cannot be negative"};
  }
  if (check.key != "x_forwarded_for_hop_skips") return;
  const auto* text = std::get_if<std::string>(&value.data);
  const auto parsed = parse_int(text == nullptr ? "0" : *text);
  const auto* number = std::get_if<std::int64_t>(&value.data);
  const std::int64_t skips = number != nullptr ? *number : parsed ? *parsed : 0;
  if (negative(skips)) throw ConfigError{"x_forwarded_for_hop_skips cannot be negative but set to " + std::to_string(skips)};
}

void check_int(const hcl::Value& value) {
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) {
    if (!std::holds_alternative<std::int64_t>(value.data)) throw ConfigError{"could not parse value from input"};
    return;
  }
  const Result<std::int64_t> number = parse_int(*text);
  if (!text->empty() && !number) throw ConfigError{number.error().message};
}

/// The value of a boolean, false for the others.
bool run_late_check(const LateCheck& check, const hcl::Value& value, const std::string& listener) {
  const bool is_bool = check.kind == LateKind::Bool || check.kind == LateKind::Ciphers;
  bool on = false;
  if (check.kind == LateKind::Headers) {
    in_block(listener + " failed to parse custom_response_headers: ", [&] { check_response_headers(value); });
    return on;
  }
  in_block(listener + (is_bool ? " invalid value for " : " error parsing ") + std::string(check.key) + ": ", [&] {
    if (check.kind == LateKind::Bool) on = lenient_bool_of(value);
    if (check.kind == LateKind::Ciphers) check_ciphers(value);
    if (check.kind == LateKind::Duration) (void)duration_of(value);
    if (check.kind == LateKind::Int) check_int(value);
    if (check.kind == LateKind::Addresses) check_addresses(value);
  });
  in_block(listener + " ", [&] {
    refuse_negative(check, value);
    if (check.kind == LateKind::Origins) check_origins(value);
  });
  return on;
}

/// Two words of proxy_protocol_behavior need the addresses that they speak of.
void check_behavior(const std::map<std::string, hcl::Value, std::less<>>& late, const std::string& listener) {
  const std::string word = go_text(late.find("proxy_protocol_behavior")->second);
  if (word != "allow_authorized" && word != "deny_unauthorized") return;
  if (late.contains("proxy_protocol_authorized_addrs")) return;
  throw ConfigError{listener + " proxy_protocol_behavior set to allow or deny only authorized addresses but no "
                               "proxy_protocol_authorized_addrs value"};
}

/// Blocks of a listener whose switches are looked at late.
const Row<ListenerDraft> kListenerTelemetryRows[] = {
    {"unauthenticated_metrics_access", "bool", "", "", keep_for_late},
    {"disallow_metrics", "bool", "", "", keep_for_late},
};
const Row<ListenerDraft> kProfilingRows[] = {
    {"unauthenticated_pprof_access", "bool", "", "", keep_for_late},
};
const Row<ListenerDraft> kInFlightRows[] = {
    {"unauthenticated_in_flight_requests_access", "bool", "", "", keep_for_late},
};

const Row<ListenerConfig> kAgentApiRows[] = {
    {"enable_quit", "bool", "false", "serve /agent/v1/quit",
     [](const Cell& c, ListenerConfig& l) { l.enable_quit = c.strict_bool(); }},
};

const Row<ListenerDraft> kListenerRows[] = {
    {"type", "text", "the label", "tcp or unix",
     [](const Cell& c, ListenerDraft& l) { l.listener.type = c.text(); }, true, "Type"},
    {"role", "text", "default", "default or metrics_only",
     [](const Cell& c, ListenerDraft& l) { l.listener.role = c.text(); }},
    {"address", "text", "127.0.0.1:8200", "address and port, or path of the socket",
     [](const Cell& c, ListenerDraft& l) { l.listener.address = c.text(); }},
    {"require_request_header", "bool, quoted or not", "false", "refuse requests without X-Vault-Request", keep_for_late},
    {"tls_disable", "bool, quoted or not", "false", "serve plain HTTP", keep_for_late},
    {"tls_cert_file", "text", "", "PEM file with the server's certificate",
     [](const Cell& c, ListenerDraft& l) { l.listener.tls_cert_file = c.text(); }},
    {"tls_key_file", "text", "", "PEM file with its key",
     [](const Cell& c, ListenerDraft& l) { l.listener.tls_key_file = c.text(); }},
    {"tls_min_version", "text", "tls12", "tls10, tls11, tls12 or tls13",
     [](const Cell& c, ListenerDraft& l) { l.listener.tls_min_version = c.text(); }},
    {"tls_max_version", "text", "tls13", "tls10, tls11, tls12 or tls13",
     [](const Cell& c, ListenerDraft& l) { l.listener.tls_max_version = c.text(); }},
    {"tls_cipher_suites", "text", "", "names, separated by commas",
     [](const Cell& c, ListenerDraft& l) {
       l.listener.tls_cipher_suites = c.text();
       keep_text_for_late(c, l);
     }},
    {"tls_client_ca_file", "text", "", "PEM file for client certificates",
     [](const Cell& c, ListenerDraft& l) { l.listener.tls_client_ca_file = c.text(); }},
    {"tls_require_and_verify_client_cert", "bool, quoted or not", "false", "clients must have a certificate", keep_for_late},
    {"tls_disable_client_certs", "bool, quoted or not", "false", "do not ask for one", keep_for_late},
    {"proxy_protocol_behavior", "text", "", "accepted, without effect", keep_text_for_late},
    {"proxy_protocol_authorized_addrs", "text or list", "", "accepted, without effect", keep_for_late},
    {"x_forwarded_for_authorized_addrs", "text or list", "", "accepted, without effect", keep_for_late},
    {"x_forwarded_for_hop_skips", "int", "", "accepted, without effect", keep_for_late},
    {"x_forwarded_for_reject_not_authorized", "bool", "", "accepted, without effect", keep_for_late},
    {"x_forwarded_for_reject_not_present", "bool", "", "accepted, without effect", keep_for_late},
    {"socket_mode", "text", "", "mode of the socket; only with user and group", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"socket_user", "text", "", "owner of the socket", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"socket_group", "text", "", "group of the socket", [](const Cell& c, ListenerDraft&) { (void)c.text(); }},
    {"agent_api", "block", "", "enable_quit",
     [](const Cell& c, ListenerDraft& l) {
       read_block<ListenerConfig>(c.file(), c.path(), c.source(), kAgentApiRows, l.listener);
     }},
    {"custom_response_headers", "block", "", "accepted, without effect", keep_for_late},
    {"http_read_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"http_read_header_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"http_write_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"http_idle_timeout", "duration", "", "accepted, without effect", keep_for_late},
    {"telemetry", "block", "", "accepted, without effect",
     [](const Cell& c, ListenerDraft& l) { read_block<ListenerDraft>(c.file(), c.path(), c.source(), kListenerTelemetryRows, l); }},
    {"profiling", "block", "", "accepted, without effect",
     [](const Cell& c, ListenerDraft& l) { read_block<ListenerDraft>(c.file(), c.path(), c.source(), kProfilingRows, l); }},
    {"inflight_requests_logging", "block", "", "accepted, without effect",
     [](const Cell& c, ListenerDraft& l) { read_block<ListenerDraft>(c.file(), c.path(), c.source(), kInFlightRows, l); }},
    {"max_request_size", "int", "", "accepted, without effect", keep_for_late},
    {"max_request_duration", "duration", "", "accepted, without effect", keep_for_late},
    {"cors_enabled", "bool", "", "accepted, without effect", keep_for_late},
    {"cors_allowed_origins", "list of text", "", "accepted, without effect",
     [](const Cell& c, ListenerDraft& l) {
       (void)c.texts();
       keep_for_late(c, l);
     }},
    {"cors_allowed_headers", "list of text", "", "accepted, without effect", [](const Cell& c, ListenerDraft&) { (void)c.texts(); }},
};

ListenerConfig read_listener(const FileContext& file, const hcl::ItemView& block, const std::string& number) {
  ListenerDraft draft;
  ListenerConfig& listener = draft.listener;
  in_block(number + ": ", [&] {
    read_block<ListenerDraft>(file, "root", {&block.value(), {}}, kListenerRows, draft);
    warn_unknown(file, "listener", hcl::items_of(block.value()), listener_keys());
    if (listener.type.empty()) listener.type = label_of(block);
    listener.type = to_lower(listener.type);
    if (listener.type.empty()) throw ConfigError{"listener type must be specified"};
    if (listener.type != "tcp" && listener.type != "unix") {
      throw ConfigError{"unsupported listener type " + go_quote(listener.type)};
    }
    if (!listener.role.empty() && listener.role != "default" && listener.role != "metrics_only") {
      throw ConfigError{"unsupported listener role " + go_quote(listener.role)};
    }
  });
  for (const LateCheck& check : kLateChecks) {
    const auto value = draft.late.find(check.key);
    if (value == draft.late.end()) continue;
    if (check.kind == LateKind::Behavior) check_behavior(draft.late, number);
    const bool on = check.kind != LateKind::Behavior && run_late_check(check, value->second, number);
    if (check.key == "require_request_header") listener.require_request_header = on;
    if (check.key == "tls_disable") listener.tls_disable = on;
    if (check.key == "tls_require_and_verify_client_cert") listener.tls_require_and_verify_client_cert = on;
  }
  return listener;
}

}  // namespace

std::vector<KeyInfo> listener_keys() { return keys_of(std::span<const Row<ListenerDraft>>(kListenerRows)); }

void read_listeners(const FileContext& file, const hcl::Selection& top, AgentConfig& out) {
  for (const hcl::ItemView& item : hcl::select(top, "listener")) {
    out.listeners.push_back(read_listener(file, item, "listeners." + std::to_string(out.listeners.size())));
  }
}

}  // namespace leasehold::agent::config

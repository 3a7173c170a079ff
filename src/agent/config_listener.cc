// Block listener: types first, then type and role, then what the peer converts late (spec/agent.md 4.5).
#include "config_tables.h"

#include <algorithm>
#include <array>
#include <map>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/tls/context.h"

namespace leasehold::agent::config {
namespace {

/// Values by key that the peer converts after types and roles are right: tls_disable, telemetry.disallow_metrics.
using Late = std::map<std::string, hcl::Value, std::less<>>;

/// A listener while it is read: type and role are checked between the types and the values.
struct ListenerDraft {
  ListenerConfig listener;
  Late late;
};

/// The key is the cell's path without `root.`.
std::string late_key(const Cell& cell) { return cell.path().substr(cell.path().find('.') + 1); }

void keep_for_late(const Cell& cell, ListenerDraft& out) { out.late[late_key(cell)] = cell.any(); }
void keep_text_for_late(const Cell& cell, ListenerDraft& out) { out.late[late_key(cell)] = hcl::Value{cell.text()}; }
void keep_texts_for_late(const Cell& cell, ListenerDraft& out) {
  (void)cell.texts();
  keep_for_late(cell, out);
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
void check_addresses(const hcl::Value& value, const Late& /*late*/) {
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

void check_bool(const hcl::Value& value, const Late& /*late*/) { (void)lenient_bool_of(value); }
void check_duration(const hcl::Value& value, const Late& /*late*/) { (void)duration_of(value); }

void check_int(const hcl::Value& value, const Late& /*late*/) {
  const auto* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) {
    if (!std::holds_alternative<std::int64_t>(value.data)) throw ConfigError{"could not parse value from input"};
    return;
  }
  const Result<std::int64_t> number = parse_int(*text);
  if (!text->empty() && !number) throw ConfigError{number.error().message};
}

// What the peer does not take although it could be read.
void check_request_duration(const hcl::Value& value, const Late& /*late*/) {
  if (duration_of(value).count() < 0) throw ConfigError{"max_request_duration cannot be negative"};
}

void check_hop_skips(const hcl::Value& value, const Late& /*late*/) {
  const auto* text = std::get_if<std::string>(&value.data);
  const auto parsed = parse_int(text == nullptr ? "0" : *text);
  const auto* number = std::get_if<std::int64_t>(&value.data);
  const std::int64_t skips = number != nullptr ? *number : parsed ? *parsed : 0;
  if (skips < 0) throw ConfigError{"x_forwarded_for_hop_skips cannot be negative but set to " + std::to_string(skips)};
}

/// Names, with commas between them.
std::vector<std::string> suite_names(std::string_view text) {
  std::vector<std::string> names;
  if (trim_space(text).empty()) return names;
  for (const std::string& name : split(text, ',')) names.emplace_back(trim_space(name));
  return names;
}

void check_ciphers(const hcl::Value& value, const Late& /*late*/) {
  if (auto known = tls::check_cipher_suites(suite_names(go_text(value))); !known) throw ConfigError{known.error().message};
}

void check_origins(const hcl::Value& value, const Late& /*late*/) {
  const auto* list = std::get_if<hcl::List>(&value.data);
  if (list == nullptr || list->elements.size() < 2) return;
  const auto is_wildcard = [](const hcl::Value& one) { return go_text(one) == "*"; };
  if (std::ranges::any_of(list->elements, is_wildcard)) {
    throw ConfigError{"cors_allowed_origins must only contain a wildcard or only non-wildcard values"};
  }
}

void check_headers(const hcl::Value& value, const Late& /*late*/) { check_response_headers(value); }

/// Two words of proxy_protocol_behavior need the addresses that they speak of.
void check_behavior(const hcl::Value& value, const Late& late) {
  const std::string word = go_text(value);
  if (word != "allow_authorized" && word != "deny_unauthorized") return;
  if (late.contains("proxy_protocol_authorized_addrs")) return;
  throw ConfigError{"proxy_protocol_behavior set to allow or deny only authorized addresses but no "
                    "proxy_protocol_authorized_addrs value"};
}

struct LateCheck {
  std::string_view key;
  std::string_view words;  ///< in front of key and complaint; "" = the complaint says all
  void (*check)(const hcl::Value& value, const Late& late);
};
constexpr std::string_view kParsing = "error parsing ";
constexpr std::string_view kInvalid = "invalid value for ";

// In the peer's order.
constexpr LateCheck kLateChecks[] = {
    {"max_request_size", kParsing, check_int},
    {"max_request_duration", kParsing, check_duration},
    {"max_request_duration", "", check_request_duration},
    {"require_request_header", kInvalid, check_bool},
    {"tls_disable", kInvalid, check_bool},
    {"tls_cipher_suites", kInvalid, check_ciphers},
    {"tls_require_and_verify_client_cert", kInvalid, check_bool},
    {"tls_disable_client_certs", kInvalid, check_bool},
    {"http_read_timeout", kParsing, check_duration},
    {"http_read_header_timeout", kParsing, check_duration},
    {"http_write_timeout", kParsing, check_duration},
    {"http_idle_timeout", kParsing, check_duration},
    {"proxy_protocol_authorized_addrs", kParsing, check_addresses},
    {"proxy_protocol_behavior", "", check_behavior},
    {"x_forwarded_for_authorized_addrs", kParsing, check_addresses},
    {"x_forwarded_for_hop_skips", kParsing, check_int},
    {"x_forwarded_for_hop_skips", "", check_hop_skips},
    {"x_forwarded_for_reject_not_authorized", kInvalid, check_bool},
    {"x_forwarded_for_reject_not_present", kInvalid, check_bool},
    {"profiling.unauthenticated_pprof_access", kInvalid, check_bool},
    {"telemetry.unauthenticated_metrics_access", kInvalid, check_bool},
    {"telemetry.disallow_metrics", kInvalid, check_bool},
    {"inflight_requests_logging.unauthenticated_in_flight_requests_access", kInvalid, check_bool},
    {"cors_enabled", kInvalid, check_bool},
    {"cors_allowed_origins", "", check_origins},
    {"custom_response_headers", "failed to parse ", check_headers},
};

void run_late_checks(const Late& late, const std::string& listener) {
  for (const LateCheck& row : kLateChecks) {
    const auto value = late.find(row.key);
    if (value == late.end()) continue;
    std::string prefix = listener + " " + std::string(row.words);
    if (!row.words.empty()) prefix += std::string(row.key) + ": ";
    in_block(prefix, [&] { row.check(value->second, late); });
  }
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
       l.listener.tls_cipher_suites = suite_names(c.text());
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
    {"socket_mode", "text", "", "mode of the socket; only with user and group", text_only},
    {"socket_user", "text", "", "owner of the socket", text_only},
    {"socket_group", "text", "", "group of the socket", text_only},
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
     keep_texts_for_late},
    {"cors_allowed_headers", "list of text", "", "accepted, without effect", texts_only},
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
  run_late_checks(draft.late, number);
  const auto is_on = [&](std::string_view key) {
    const auto value = draft.late.find(key);
    return value != draft.late.end() && lenient_bool_of(value->second);
  };
  listener.require_request_header = is_on("require_request_header");
  listener.tls_disable = is_on("tls_disable");
  listener.tls_require_and_verify_client_cert = is_on("tls_require_and_verify_client_cert");
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

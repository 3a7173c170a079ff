#include "client_commands.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include "agent_flags.h"
#include "command_line.h"
#include "json_value.h"
#include "kv_place.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/gofuncs/yaml_text.h"
#include "leasehold/json/writer.h"
#include "secret_output.h"
#include "server_session.h"
#include "version.h"

namespace leasehold::agent {
namespace {

using flags::Kind;
using flags::Row;
using gotemplate::Value;

constexpr int kWrongUsage = 1;
constexpr int kServer = 2;
constexpr int kSealed = 2;

// clang-format off
constexpr Row kOutputRows[] = {
    {"format", Kind::Text, "table", "BAO_FORMAT,VAULT_FORMAT", "table, json or yaml; raw of `read`: the answer as it came."},
    {"field", Kind::Text, "", "", "Print this value alone, without a line feed."},
    {"self", Kind::Boolean, "false", "", "token: the own token."},
    {"increment", Kind::Text, "", "", "token renew: how long the token shall live from now on."},
    {"mount", Kind::Text, "", "", "kv: the mount of the secret; the path is then below it."},
    {"version", Kind::Text, "", "", "kv get: this version of the secret."},
};
// clang-format on

std::vector<Row> client_flags() {
  std::vector<Row> rows;
  const auto shown = request_flags();
  for (Row row : connection_flags()) {
    if (row.name == "self") continue;
    row.hidden = row.hidden && std::ranges::find(shown, row.name, &Row::name) == shown.end();
    rows.push_back(row);
  }
  rows.insert(rows.end(), std::begin(kOutputRows), std::end(kOutputRows));
  return rows;
}

int fail(int status, const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return status;
}

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? kDone : fail(kWrongUsage, "standard output cannot be written");
}

/// A command line, read; or the status with which the command ends at once.
struct Order {
  flags::Parsed given;
  OutputSettings output;
  std::optional<int> end;
};

Order read_order(std::string_view usage, std::span<const std::string> arguments, const flags::Environment& environment) {
  Order order;
  const std::vector<Row> rows = client_flags();
  // The replaced program stops at the first word that is no flag; later flags are errors there.
  auto given = parse_interleaved(rows, arguments);
  if (!given) {
    order.end = fail(kWrongUsage, given.error().message);
    return order;
  }
  order.given = *std::move(given);
  if (order.given.help) {
    order.end = print(std::string(usage) + "\n\nOptions:\n" + flags::usage(rows));
    return order;
  }
  std::string format = order.given.last("format").value_or("");
  for (const std::string_view name : {"BAO_FORMAT", "VAULT_FORMAT"}) {
    if (format.empty()) format = environment(name).value_or("");
  }
  const auto known = parse_output_format(format);
  if (!known) {
    order.end = fail(kWrongUsage, known.error().message);
    return order;
  }
  order.output = {*known, order.given.last("field").value_or("")};
  return order;
}

/// Only `read` knows the server's own words.
std::optional<int> refuse_raw(const Order& order) {
  if (order.output.format != OutputFormat::Raw) return std::nullopt;
  return fail(kWrongUsage, "This command does not support the -format=raw option.");
}

int print_result(const Result<std::string>& text, const Value& secret, const OutputSettings& output) {
  if (!text) return fail(kWrongUsage, text.error().message);
  // In JSON the warnings are in the answer.
  if (output.format == OutputFormat::Table && output.field.empty()) {
    if (const std::string warnings = warnings_text(secret); !warnings.empty()) std::fprintf(stderr, "%s", warnings.c_str());
  }
  return print(*text);
}

Result<Value> value_of(const vault::Answer& answer) {
  return parse_json_value(answer.body.expose());  // expose(): what the user asked to see
}

/// What is asked, and how a failure of it is introduced.
struct Question {
  vault::Call call;
  std::string failure;  ///< `Error looking up token`
};

int ask_and_show(const Order& order, const flags::Environment& environment, Question question) {
  if (const auto end = refuse_raw(order)) return *end;
  auto session = ServerSession::open(order.given, environment);
  if (!session) return fail(kServer, session.error().message);
  if (const auto text = (*session)->shown(question.call)) return print(*text + "\n");
  const auto answer = (*session)->ask_wrapped(std::move(question.call));
  if (!answer) return fail(kServer, question.failure + ": " + answer.error().message);
  const auto secret = value_of(*answer);
  if (!secret) return fail(kServer, question.failure + ": " + secret.error().message);
  return print_result(show_secret(*secret, order.output), *secret, order.output);
}

// --- status

/// No value when the server cannot or need not be asked.
Value leader_of(ServerSession& session) {
  const auto answer = session.send({.method = "GET", .path = "sys/leader", .query = "", .body = {}});
  if (!answer || !answer->ok()) return {};
  auto value = value_of(*answer);
  return value ? *std::move(value) : Value();
}

}  // namespace

int run_status_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  const Order order = read_order("Usage: vault status [options]", arguments, environment);
  if (order.end) return *order.end;
  if (const auto end = refuse_raw(order)) return *end;
  if (!order.given.positional.empty()) {
    return fail(kWrongUsage, "Too many arguments (expected 0, got " + std::to_string(order.given.positional.size()) + ")");
  }
  auto session = ServerSession::open(order.given, environment);
  if (!session) return fail(kWrongUsage, session.error().message);
  vault::Call call{.method = "GET", .path = "sys/seal-status", .query = "", .body = {}};
  if (const auto text = (*session)->shown(call)) return print(*text + "\n");
  const auto answer = (*session)->send(std::move(call));
  if (!answer) return fail(kWrongUsage, "Error checking seal status: " + answer.error().message);
  const auto seal = value_of(*answer);
  if (!seal || !answer->ok()) return fail(kWrongUsage, "Error checking seal status: HTTP status " + std::to_string(answer->status));
  const Value* sealed = member_of(*seal, "sealed");
  const bool is_sealed = sealed != nullptr && sealed->kind() == gotemplate::Kind::Bool && sealed->as_bool();
  const int shown = print_result(show_status(*seal, leader_of(**session), order.output), *seal, order.output);
  return shown == kDone && is_sealed ? kSealed : shown;
}

int run_read_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  const Order order = read_order("Usage: vault read [options] PATH [K=V...]", arguments, environment);
  if (order.end) return *order.end;
  const auto& words = order.given.positional;
  if (words.empty()) return fail(kWrongUsage, "Not enough arguments (expected 1, got 0)");
  std::string query;
  for (const std::string& pair : std::span(words).subspan(1)) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(kWrongUsage, "Failed to parse K=V data: invalid key/value pair " + go_quote(pair) + ": format must be key=value");
    }
    query += (query.empty() ? "" : "&") + percent_encode(pair.substr(0, equals)) + "=" + percent_encode(pair.substr(equals + 1));
  }
  const std::string path = bare_path(words[0]);
  auto session = ServerSession::open(order.given, environment);
  if (!session) return fail(kServer, session.error().message);
  vault::Call call{.method = "GET", .path = path, .query = query, .body = {}};
  if (const auto text = (*session)->shown(call)) return print(*text + "\n");
  const auto answer = (*session)->ask_wrapped(std::move(call), /*absent_is_ok=*/true);
  if (!answer) return fail(kServer, "Error reading " + path + ": " + answer.error().message);
  if (order.output.format == OutputFormat::Raw && answer->ok()) {
    return print(std::string(answer->body.expose()) + "\n");  // expose(): what the user asked to see
  }
  const auto secret = value_of(*answer);
  const bool wrapped = secret && member_of(*secret, "wrap_info") != nullptr;
  const bool empty = !secret || (!answer->has_data && !answer->auth && !wrapped && answer->warnings.empty());
  if (empty) return fail(kServer, "No value found at " + path);
  return print_result(show_secret(*secret, order.output), *secret, order.output);
}

int run_kv_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  static constexpr const char* kUsage = "Usage: vault kv get [options] KEY";
  const bool is_get = !arguments.empty() && arguments[0] == "get";
  const Order order = read_order(kUsage, is_get ? arguments.subspan(1) : arguments, environment);
  if (order.end) return *order.end;
  if (!is_get) return fail(kWrongUsage, kUsage);
  if (const auto end = refuse_raw(order)) return *end;
  const auto& words = order.given.positional;
  if (words.size() != 1) {
    return fail(kWrongUsage, std::string(words.empty() ? "Not enough" : "Too many") + " arguments (expected 1, got " +
                                 std::to_string(words.size()) + ")");
  }
  const std::string mount = bare_path(order.given.last("mount").value_or(""));
  const std::string asked = mount.empty() ? bare_path(words[0]) : mount + "/" + bare_path(words[0]);
  auto session = ServerSession::open(order.given, environment);
  if (!session) return fail(kServer, session.error().message);
  const auto place = find_kv(**session, asked, "data");
  if (!place) return fail(kServer, place.error().message);
  const std::string version = order.given.last("version").value_or("");
  const std::string query = version.empty() || !place->version2 ? "" : "version=" + percent_encode(version);
  vault::Call call{.method = "GET", .path = place->path, .query = query, .body = {}};
  if (const auto text = (*session)->shown(call)) return print(*text + "\n");
  const auto answer = (*session)->ask_wrapped(std::move(call), /*absent_is_ok=*/true);
  if (!answer) return fail(kServer, "Error reading " + place->path + ": " + answer.error().message);
  const auto secret = value_of(*answer);
  if (secret && member_of(*secret, "wrap_info") != nullptr) return print_result(show_secret(*secret, order.output), *secret, order.output);
  if (!secret || !answer->has_data) return fail(kServer, "No value found at " + place->path);
  return print_result(show_kv(*secret, *place, order.output), *secret, order.output);
}

// --- token

namespace {

struct TokenAction {
  std::string_view name;
  std::string_view usage;
  std::string_view failure;
  bool own_only;  ///< asks for -self: a script that means another token must not lose its own
};
constexpr TokenAction kTokenActions[] = {
    {"lookup", "Usage: vault token lookup [options] [TOKEN]", "Error looking up token", false},
    {"renew", "Usage: vault token renew [options] [TOKEN]", "Error renewing token", false},
    {"revoke", "Usage: vault token revoke [options] -self", "Error revoking token", true},
};

SecretString token_body(const flags::Parsed& given, bool renew) {
  json::ObjectWriter body;
  if (!given.positional.empty()) body.member("token", given.positional[0]);
  if (!renew) return body.finish();
  const std::string increment = given.last("increment").value_or("0");
  const auto seconds = parse_vault_duration(increment);
  body.member("increment", seconds ? std::chrono::duration_cast<std::chrono::seconds>(*seconds).count() : std::int64_t{0});
  return body.finish();
}

vault::Call token_call(const TokenAction& action, const flags::Parsed& given) {
  const bool own = given.positional.empty();
  const std::string path = "auth/token/" + std::string(action.name) + (own ? "-self" : "");
  // compat: an own look-up is a GET; the default policy allows no PUT there
  if (own && action.name == "lookup") return {.method = "GET", .path = path, .query = "", .body = {}};
  return {.method = "PUT", .path = path, .query = "", .body = token_body(given, action.name == "renew")};
}

int revoke_self(const Order& order, const flags::Environment& environment, const TokenAction& action) {
  auto session = ServerSession::open(order.given, environment);
  if (!session) return fail(kServer, session.error().message);
  vault::Call call{.method = "PUT", .path = "auth/token/revoke-self", .query = "", .body = {}};
  if (const auto text = (*session)->shown(call)) return print(*text + "\n");
  const auto answer = (*session)->ask(std::move(call));
  if (!answer) return fail(kServer, std::string(action.failure) + ": " + answer.error().message);
  return print("Success! Revoked token (if it existed)\n");
}

int run_token_action(const TokenAction& action, std::span<const std::string> arguments, const flags::Environment& environment) {
  const Order order = read_order(action.usage, arguments, environment);
  if (order.end) return *order.end;
  const bool self = is_on(order.given, "self");
  const std::size_t words = order.given.positional.size();
  if (words > 1 || (self && words > 0)) {
    return fail(kWrongUsage, "Too many arguments (expected 0-1, got " + std::to_string(words + (self ? 1 : 0)) + ")");
  }
  if (action.own_only && !self && words == 0) {
    return fail(kWrongUsage, "Not enough arguments (expected 1 or -self, got 0)");
  }
  if (action.own_only && !self) {
    return fail(kWrongUsage, "only the own token can be revoked here: vault token revoke -self");
  }
  if (action.own_only) return revoke_self(order, environment, action);
  if (const auto increment = order.given.last("increment"); increment && !parse_vault_duration(*increment)) {
    return fail(kWrongUsage, "invalid value " + go_quote(*increment) + " for flag -increment: " +
                                 parse_vault_duration(*increment).error().message);
  }
  return ask_and_show(order, environment, {token_call(action, order.given), std::string(action.failure)});
}

}  // namespace

int run_token_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  for (const TokenAction& action : kTokenActions) {
    if (!arguments.empty() && arguments[0] == action.name) return run_token_action(action, arguments.subspan(1), environment);
  }
  return fail(kWrongUsage, "Usage: vault token lookup|renew|revoke [options]");
}

int run_version_command(std::span<const std::string> arguments, const flags::Environment& environment) {
  const Order order = read_order("Usage: vault version", arguments, environment);
  if (order.end) return *order.end;
  const std::string version(kVersion);
  const Value all = Value::map();
  all.set("version", Value::string(version));
  if (order.output.field == "version") return print(version);
  if (!order.output.field.empty()) return fail(kWrongUsage, "Field " + go_quote(order.output.field) + " not present in secret");
  if (order.output.format == OutputFormat::Json) return print(pretty_json(all) + "\n");
  if (order.output.format == OutputFormat::Yaml) return print_result(gofuncs::to_yaml(all), all, order.output);
  return print("Leasehold v" + version + "\n");
}

}  // namespace leasehold::agent

// Own-format answers; wrong methods are 405 with an empty list.
#include "sys_status.h"

#include <array>

#include "core.h"
#include "fields.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kVersion = "1.14.0-leasehold-dev";
constexpr unsigned kSealed = 503;

Answer own(Json body, unsigned status = 200) {
  Answer answer;
  answer.status = status;
  answer.own_body = std::move(body);
  return answer;
}

bool is_write(const http::Request& request) { return request.method == "POST" || request.method == "PUT"; }

Result<unsigned> code_parameter(const Json& query, std::string_view name, unsigned otherwise) {
  if (!query.contains(name)) {
    return otherwise;
  }
  auto code = parse_int(text_member(query, name));
  if (!code || *code < 100 || *code > 999) {
    return invalid("not a status code");
  }
  return static_cast<unsigned>(*code);
}

Answer health(State& state, const http::Request& request, const Target& target) {
  if (request.method != "GET" && request.method != "HEAD") {
    return bare_failure(405);
  }
  if (const std::string standby = text_member(target.query, "standbyok"); !standby.empty() && !parse_bool(standby)) {
    return bare_failure(400);
  }
  auto active = code_parameter(target.query, "activecode", 200);
  auto sealed = code_parameter(target.query, "sealedcode", kSealed);
  // These states do not occur here, but their parameters are checked like the others.
  if (!active || !sealed || !code_parameter(target.query, "standbycode", 429) ||
      !code_parameter(target.query, "uninitcode", 501)) {
    return bare_failure(400);
  }
  const bool is_sealed = state.seal.sealed;
  const std::string mode = is_sealed ? "unknown" : "disabled";
  Json body = {{"initialized", true},
               {"sealed", is_sealed},
               {"standby", is_sealed},
               {"replication_performance_mode", mode},
               {"replication_dr_mode", mode},
               {"server_time_utc", std::chrono::system_clock::to_time_t(state.now())},
               {"version", kVersion}};
  if (!is_sealed) {
    body["cluster_name"] = state.cluster_name;
    body["cluster_id"] = state.cluster_id;
  }
  return own(std::move(body), is_sealed ? *sealed : *active);
}

Json seal_status(const State& state) {
  Json body = {{"type", "shamir"},       {"initialized", true}, {"sealed", state.seal.sealed}, {"t", 1},
               {"n", 1},                 {"progress", 0},       {"nonce", ""},                 {"recovery_seal", false},
               {"version", kVersion},    {"commit_date", ""},   {"migration", false},          {"storage_type", "inmem"}};
  if (!state.seal.sealed) {
    body["cluster_name"] = state.cluster_name;
    body["cluster_id"] = state.cluster_id;
  }
  return body;
}

/// The key as given, in hex or base64; "" when it is neither or has the wrong length.
std::string decode_key(const std::string& text, std::size_t size) {
  if (auto hex = hex_decode(text); hex && hex->size() == size) {
    return *std::move(hex);
  }
  if (auto base64 = base64_decode(text); base64 && base64->size() == size) {
    return *std::move(base64);
  }
  return {};
}

Answer unseal(State& state, const http::Request& request) {
  auto body = parse_body(request);
  if (!body) {
    return refused(body.error().message);
  }
  if (boolean(*body, "reset")) {
    return state.seal.sealed ? own(seal_status(state)) : refused("vault is unsealed");
  }
  const std::string given = text_member(*body, "key");
  if (given.empty()) {
    return refused("'key' must be specified in request body as JSON, or 'reset' set to true");
  }
  const std::string key = decode_key(given, state.seal.key.size());
  if (key.empty()) {
    return refused("'key' must be a valid hex or base64 string");
  }
  if (!state.seal.sealed) {
    return own(seal_status(state));
  }
  if (!(SecretString(key) == SecretString(state.seal.key))) {
    return refused("unable to retrieve stored keys: invalid key: failed to decrypt keys from storage: "
                   "cipher: message authentication failed");
  }
  state.seal.sealed = false;
  state.log.info("vault is unsealed");
  state.lifecycle->wake();
  return own(seal_status(state));
}

/// seal and step-down: a live token with sudo on the path.
Answer guarded(State& state, const http::Request& request, const Target& target) {
  auto read = read_call(request, target);
  if (Answer* refusal = std::get_if<Answer>(&read)) {
    return std::move(*refusal);
  }
  const Call& call = std::get<Call>(read);
  if (state.seal.sealed) {
    return no_content();
  }
  const TokenPtr token = live_token(state, call.token, call.remote_address);
  if (!token) {
    return denied();
  }
  const Acl::Verdict verdict = acl_of(state, *token).judge(call, kUpdate);
  if (!verdict.allowed || !verdict.sudo) {
    return denied_by_policy();
  }
  if (call.path == "sys/seal") {
    state.seal.sealed = true;
    state.log.info("vault is sealed");
  }
  return no_content();
}

Answer initialise(const http::Request& request) {
  if (request.method == "GET") {
    return own({{"initialized", true}});
  }
  return is_write(request) ? refused("Vault is already initialized") : bare_failure(405);
}

}  // namespace

std::optional<Answer> answer_status(State& state, const http::Request& request, const Target& target,
                                    bool foreign_namespace) {
  static constexpr std::array kRoutes = {"sys/health", "sys/init",   "sys/seal",     "sys/seal-status",
                                         "sys/leader", "sys/unseal", "sys/step-down"};
  if (std::find(kRoutes.begin(), kRoutes.end(), target.path) == kRoutes.end()) {
    return std::nullopt;
  }
  const bool everywhere = target.path == "sys/seal-status" || target.path == "sys/leader";
  if (foreign_namespace && !everywhere) {
    return refused("operation unavailable in namespaces");
  }
  if (target.path == "sys/health") {
    return health(state, request, target);
  }
  if (target.path == "sys/init") {
    return initialise(request);
  }
  if (target.path == "sys/seal-status") {
    return request.method == "GET" ? own(seal_status(state)) : bare_failure(405);
  }
  if (target.path == "sys/leader") {
    return request.method == "GET" ? own({{"ha_enabled", false}}) : bare_failure(405);
  }
  if (!is_write(request)) {
    return bare_failure(405);
  }
  return target.path == "sys/unseal" ? unseal(state, request) : guarded(state, request, target);
}

}  // namespace leasehold::devvault

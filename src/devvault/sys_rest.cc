// The preflight of KV-aware clients, response wrapping, and tools (spec/vault-api.md 3.4, 3.5, 5).
#include "sys_engine.h"

#include "crypto.h"
#include "http_rules.h"
#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"

namespace leasehold::devvault {
namespace {

constexpr std::string_view kNotWrapping = "wrapping token is not valid or does not exist";
constexpr std::int64_t kRandomBytesMax = 128 * 1024;

Answer preflight_refusal(std::string path) {
  if (!path.ends_with('/')) {
    path.push_back('/');
  }
  return failure(403, "preflight capability check returned 403, please ensure client's policies grant access to path \"" +
                          path + "\"");
}

Json public_description(const Mount& mount) {
  return {{"type", mount.type}, {"description", mount.description}, {"options", mount.options}};
}

/// The token's response, if it is a live wrapping token.
const Json* wrapped(const State& state, const std::string& id, std::string_view what) {
  const TokenPtr token = live_token(state, id, "");
  const auto cubbyhole = state.cubbyholes.find(id);
  if (!token || token->policies != std::vector<std::string>{"response-wrapping"} || cubbyhole == state.cubbyholes.end()) {
    return nullptr;
  }
  const auto found = cubbyhole->second.find(std::string(what));
  return found == cubbyhole->second.end() ? nullptr : &found->second;
}

std::string wrapping_token(const Exchange& exchange) {
  const std::string given = text(exchange.fields, "token");
  return given.empty() ? exchange.call.token : given;
}

}  // namespace

void SysRest::add_routes(Routes& routes) {
  using S = SysRest;
  const FieldTable token = {{"token", FieldType::Text}};
  Route mounts{.pattern = "internal/ui/mounts", .fields = {}, .read = Handler(this, &S::ui_mounts)};
  mounts.unauthenticated = true;
  routes.push_back(std::move(mounts));
  Route mount{.pattern = "internal/ui/mounts/{path*}", .fields = {}, .read = Handler(this, &S::ui_mount)};
  mount.unauthenticated = true;
  routes.push_back(std::move(mount));
  routes.push_back({.pattern = "internal/ui/resultant-acl", .fields = {}, .read = Handler(this, &S::resultant_acl)});
  Route wrap_route{.pattern = "wrapping/wrap", .fields = {}, .write = Handler(this, &S::wrap)};
  wrap_route.takes_anything = true;
  routes.push_back(std::move(wrap_route));
  Route lookup{.pattern = "wrapping/lookup",
               .fields = token,
               .read = Handler(this, &S::wrapping_lookup),
               .write = Handler(this, &S::wrapping_lookup)};
  lookup.unauthenticated = true;
  routes.push_back(std::move(lookup));
  Route unwrap_route{.pattern = "wrapping/unwrap", .fields = token, .write = Handler(this, &S::unwrap)};
  // The wrapping token is judged here: the ACL would burn it without giving the answer.
  unwrap_route.unauthenticated = true;
  routes.push_back(std::move(unwrap_route));
  routes.push_back({.pattern = "wrapping/rewrap", .fields = token, .write = Handler(this, &S::rewrap)});
  const FieldTable tools = {{"format", FieldType::Text},
                            {"bytes", FieldType::Integer},
                            {"urlbytes", FieldType::Text},
                            {"input", FieldType::Text},
                            {"algorithm", FieldType::Text},
                            {"urlalgorithm", FieldType::Text}};
  routes.push_back({.pattern = "tools/random", .fields = tools, .write = Handler(this, &S::random)});
  routes.push_back({.pattern = "tools/random/{urlbytes}", .fields = tools, .write = Handler(this, &S::random)});
  routes.push_back({.pattern = "tools/hash", .fields = tools, .write = Handler(this, &S::hash)});
  routes.push_back({.pattern = "tools/hash/{urlalgorithm}", .fields = tools, .write = Handler(this, &S::hash)});
  routes.push_back({.pattern = "key-status", .fields = {}, .read = Handler(this, &S::key_status)});
  routes.push_back({.pattern = "locked-users/{mount_accessor}/unlock/{alias*}", .fields = {}, .write = Handler(this, &S::unlock_user)});
}

Answer SysRest::ui_mounts(Exchange& exchange) {
  const TokenPtr token = live_token(state_, exchange.call.token, exchange.call.remote_address);
  Json auth = Json::object();
  Json secret = Json::object();
  const std::optional<Acl> acl = token ? std::optional<Acl>(acl_of(state_, *token)) : std::nullopt;
  for (const MountPtr& mount : state_.mounts.all()) {
    const bool listed = text_member(mount->config, "listing_visibility") == "unauth";
    Json& group = mount->auth ? auth : secret;
    if (acl && (listed || acl->touches(mount->full_path()))) {
      group[mount->path] = describe(*mount);
    } else if (!acl && listed) {
      group[mount->path] = public_description(*mount);
    }
  }
  return with_data({{"auth", std::move(auth)}, {"secret", std::move(secret)}});
}

Answer SysRest::ui_mount(Exchange& exchange) {
  const std::string path = text(exchange.fields, "path");
  const TokenPtr token = live_token(state_, exchange.call.token, exchange.call.remote_address);
  if (!token) {
    return denied();
  }
  const MountPtr mount = state_.mounts.serving(path);
  if (!mount || !acl_of(state_, *token).touches(mount->full_path())) {
    return preflight_refusal(path);
  }
  Json data = describe(*mount);
  data["path"] = mount->path;
  return with_data(std::move(data));
}

Answer SysRest::resultant_acl(Exchange& exchange) {
  return with_data({{"root", exchange.root}, {"exact_paths", Json::object()}, {"glob_paths", Json::object()}});
}

Answer SysRest::wrap(Exchange& exchange) {
  if (exchange.call.wrap_ttl.count() == 0) {
    return refused("endpoint requires response wrapping to be used");
  }
  return with_data(exchange.call.data);
}

Answer SysRest::wrapping_lookup(Exchange& exchange) {
  const Json* info = wrapped(state_, wrapping_token(exchange), "wrapinfo");
  if (info == nullptr) {
    return refused(std::string(kNotWrapping));
  }
  return with_data({{"creation_path", member(*info, "creation_path")},
                    {"creation_time", member(*info, "creation_time")},
                    {"creation_ttl", member(*info, "creation_ttl")}});
}

Answer SysRest::unwrap(Exchange& exchange) {
  const std::string given = text(exchange.fields, "token");
  if (given.empty() && exchange.call.token.empty()) {
    return failure(403, "error validating wrapping token: token is empty");
  }
  if (!given.empty() && given != exchange.call.token) {
    // A third party unwraps: its own token needs the right.
    const TokenPtr token = live_token(state_, exchange.call.token, exchange.call.remote_address);
    if (!token) {
      return denied();
    }
    if (!acl_of(state_, *token).judge(exchange.call, kUpdate).allowed) {
      return denied_by_policy();
    }
  }
  const std::string id = wrapping_token(exchange);
  const Json* response = wrapped(state_, id, "response");
  if (response == nullptr) {
    return refused(std::string(kNotWrapping));
  }
  auto inner = parse_json(text_member(*response, "response"));
  LH_ASSERT(inner.has_value());  // our own text
  state_.lifecycle->end_token(id);
  Answer answer;
  if (const Json& data = member(*inner, "data"); !data.is_null()) {
    answer.data = data;
  }
  if (const Json& auth = member(*inner, "auth"); !auth.is_null()) {
    answer.auth = auth;
  }
  answer.lease_id = text_member(*inner, "lease_id");
  answer.renewable = boolean(*inner, "renewable");
  answer.lease_duration = seconds(integer(*inner, "lease_duration"));
  answer.warnings = texts(*inner, "warnings");
  return answer;
}

Answer SysRest::rewrap(Exchange& exchange) {
  const std::string id = wrapping_token(exchange);
  const Json* response = wrapped(state_, id, "response");
  const Json* info = wrapped(state_, id, "wrapinfo");
  const TokenPtr old = state_.tokens.find(id);
  if (response == nullptr || info == nullptr || !old) {
    return refused(std::string(kNotWrapping));
  }
  auto token = std::make_shared<Token>(*old);
  const WallTime now = state_.now();
  token->id = new_token_id(false);
  token->accessor = new_accessor();
  token->num_uses = 1;
  token->issued = now;
  token->expires = now + token->creation_ttl;
  Json fresh_info = *info;
  fresh_info["creation_time"] = format_rfc3339_nano(now);
  state_.cubbyholes[token->id]["response"] = *response;
  state_.cubbyholes[token->id]["wrapinfo"] = fresh_info;
  state_.tokens.add(token);
  state_.lifecycle->end_token(id);
  state_.lifecycle->wake();
  Answer answer;
  answer.wrap_info = Json{{"token", token->id},
                          {"accessor", token->accessor},
                          {"ttl", token->creation_ttl.count()},
                          {"creation_time", format_rfc3339_nano(now)},
                          {"creation_path", text_member(fresh_info, "creation_path")}};
  if (const std::string accessor = text_member(fresh_info, "wrapped_accessor"); !accessor.empty()) {
    (*answer.wrap_info)["wrapped_accessor"] = accessor;
  }
  return answer;
}

Answer SysRest::random(Exchange& exchange) {
  const std::string in_path = text(exchange.fields, "urlbytes");
  auto asked = in_path.empty() ? Result<std::int64_t>(integer(exchange.fields, "bytes", 32)) : parse_int(in_path);
  if (!asked) {
    return refused("error parsing url-set byte count: " + asked.error().message);
  }
  if (*asked < 1 || *asked > kRandomBytesMax) {
    return refused("\"bytes\" cannot be less than 1 or greater than " + std::to_string(kRandomBytesMax));
  }
  const std::string bytes = crypto::random_bytes(static_cast<std::size_t>(*asked));
  const bool hex = text(exchange.fields, "format") == "hex";
  return with_data({{"random_bytes", hex ? hex_encode(bytes) : base64_encode(bytes)}});
}

Answer SysRest::hash(Exchange& exchange) {
  std::string algorithm = text(exchange.fields, "urlalgorithm");
  if (algorithm.empty()) {
    algorithm = text(exchange.fields, "algorithm");
  }
  auto input = base64_decode(text(exchange.fields, "input"));
  if (!input) {
    return refused("unable to decode input as base64: " + input.error().message);
  }
  auto sum = crypto::hash(algorithm.empty() ? "sha2-256" : algorithm, *input);
  if (!sum) {
    return refused(sum.error().message);
  }
  const bool base64 = text(exchange.fields, "format") == "base64";
  return with_data({{"sum", base64 ? base64_encode(*sum) : hex_encode(*sum)}});
}

Answer SysRest::key_status(Exchange& /*exchange*/) {
  Answer answer = with_data({{"term", 1}, {"encryptions", 0}, {"install_time", format_rfc3339_nano(state_.now())}});
  answer.data_at_top = true;
  return answer;
}

Answer SysRest::unlock_user(Exchange& exchange) {
  if (const MountPtr mount = state_.mounts.by_accessor(text(exchange.fields, "mount_accessor"))) {
    mount->engine->unlock_user(text(exchange.fields, "alias"));
  }
  return no_content();
}

SysEngine::SysEngine(State& state) : mounts_(state), policies_(state), leases_(state), rest_(state), limits_(state) {
  Routes routes;
  mounts_.add_routes(routes);
  policies_.add_routes(routes);
  leases_.add_routes(routes);
  rest_.add_routes(routes);
  limits_.add_routes(routes);
  set_routes(std::move(routes));
}

}  // namespace leasehold::devvault

// Steps 7 to 15. Everything that waits (SQL, TokenReview) happens inside the engine's handle(); state
// may change there, so nothing before it is trusted after it but shared pointers.
#include "core.h"

#include <algorithm>
#include <array>

#include "crypto.h"
#include "http_rules.h"
#include "leasehold/base/text.h"
#include "sys_status.h"

namespace leasehold::devvault {
namespace {

/// Paths that want sudo besides the ordinary capability (spec 2). A final '*' is a prefix.
constexpr std::array<std::string_view, 13> kSudoPaths = {
    "sys/audit",          "sys/audit/*",  "sys/auth/*",     "sys/remount",
    "sys/leases/",        "sys/leases/lookup/*", "sys/leases/revoke-prefix/*", "sys/leases/revoke-force/*",
    "sys/rotate",         "sys/rotate/*", "sys/raw/*",      "sys/config/*",
    "auth/token/accessors/",
};

bool wants_sudo(const Call& call) {
  if (call.path == "sys/leases/lookup/" && call.operation != Operation::List) {
    return false;
  }
  return std::any_of(kSudoPaths.begin(), kSudoPaths.end(), [&](std::string_view pattern) {
    return pattern.ends_with('*') ? std::string_view(call.path).starts_with(pattern.substr(0, pattern.size() - 1))
                                  : call.path == pattern;
  });
}

std::uint32_t needed_capability(const Call& call, std::optional<bool> exists) {
  switch (call.operation) {
    case Operation::Read:
    case Operation::Help:
      return kRead;
    case Operation::List:
      return kList;
    case Operation::Scan:
      return kScan;
    case Operation::Patch:
      return kPatch;
    case Operation::Delete:
      return kDelete;
    case Operation::Write:
      break;
  }
  return exists.value_or(true) ? kUpdate : kCreate;
}

/// Step 9.
std::optional<Answer> refuse_odd_path(const Call& call) {
  const bool writes = call.operation == Operation::Write || call.operation == Operation::Patch;
  if (writes && call.path.ends_with('/')) {
    return refused("cannot write to a path ending in '/'");
  }
  for (const std::string& segment : split(call.path, '/')) {
    if (segment == "..") {
      return refused("relative paths not supported");
    }
  }
  return std::nullopt;
}

Answer help_answer() {
  Answer answer;
  answer.own_body = Json{{"help", "No help is kept in the development server; see the Vault API documentation."},
                         {"see_also", nullptr},
                         {"openapi", Json::object()}};
  return answer;
}

/// Lowers the use count; true when this was the last use.
bool count_use(const TokenPtr& token) {
  if (!token || token->num_uses <= 0) {
    return false;
  }
  --token->num_uses;
  return token->num_uses == 0;
}

}  // namespace

TokenPtr live_token(const State& state, const std::string& id, const std::string& remote_address) {
  TokenPtr token = id.empty() ? nullptr : state.tokens.find(id);
  if (!token || (token->expires && *token->expires <= state.now())) {
    return nullptr;
  }
  if (const Entity* entity = state.identity.find(token->entity_id); entity != nullptr && entity->disabled) {
    return nullptr;
  }
  return address_allowed(token->bound_cidrs, remote_address) ? token : nullptr;
}

Acl acl_of(const State& state, const Token& token) {
  std::vector<std::string> names = token.policies;
  if (const Entity* entity = state.identity.find(token.entity_id)) {
    names.insert(names.end(), entity->policies.begin(), entity->policies.end());
  }
  const auto identity = state.identity.template_values(token.entity_id);
  std::vector<Rule> rules;
  for (const std::string& name : names) {
    const Policy* policy = state.policies.find(name);
    if (policy == nullptr) {
      continue;
    }
    for (Rule rule : policy->rules) {
      if (fill_templates(rule.path, identity)) {
        rules.push_back(std::move(rule));
      }
    }
  }
  return Acl(std::move(rules), std::find(names.begin(), names.end(), "root") != names.end());
}

net::awaitable<http::Response> Core::respond(http::Request request) {
  const bool has_namespace = request.headers.has("X-Vault-Namespace");
  const std::string name_space(request.headers.get("X-Vault-Namespace"));
  const bool foreign_namespace = !trim_space(name_space).empty() && name_space != "root" && name_space != "root/";
  http::Response response;
  if (auto refusal = refuse_path(request)) {
    response = *std::move(refusal);
  } else {
    const Target target = parse_target(request);
    if (auto own = answer_status(state_, request, target, foreign_namespace)) {
      response = to_response(*own, "");
    } else if (!state_.quotas.count(target.path, state_.now())) {
      response = to_response(failure(429, "request path " + go_quote(target.path) + ": rate limit quota exceeded"), "");
    } else {
      auto call = read_call(request, target);
      Answer answer;
      if (Answer* refusal_answer = std::get_if<Answer>(&call)) {
        answer = std::move(*refusal_answer);
      } else if (state_.seal.sealed) {
        answer = failure(503, "Vault is sealed");
      } else if (foreign_namespace) {
        answer = failure(404, "namespace not found");
      } else {
        answer = co_await judge(std::get<Call>(std::move(call)));
      }
      response = to_response(answer, answer.wrap_info ? "" : crypto::random_uuid());
    }
  }
  if (request.method == "HEAD") {
    response.body.clear();
  }
  if (has_namespace) {
    response.headers.set("X-Vault-Namespace", name_space);
  }
  co_return response;
}

net::awaitable<Answer> Core::judge(Call call) {
  if (auto refusal = refuse_odd_path(call)) {
    co_return *std::move(refusal);
  }
  Exchange exchange;
  exchange.mount = state_.mounts.serving(call.path);
  exchange.path = exchange.mount ? below(*exchange.mount, call.path) : call.path;
  exchange.call = std::move(call);
  const Call& asked = exchange.call;
  if (exchange.mount && exchange.mount->engine->unauthenticated(exchange.path) && asked.operation != Operation::Help) {
    co_return co_await serve(exchange);
  }
  exchange.token = live_token(state_, asked.token, asked.remote_address);
  if (!exchange.token) {
    co_return denied();
  }
  const TokenPtr token = exchange.token;
  const bool last_use = count_use(token);
  const auto exists = exchange.mount && asked.operation == Operation::Write ? exchange.mount->engine->exists(exchange)
                                                                            : std::optional<bool>();
  const Acl acl = acl_of(state_, *token);
  const Acl::Verdict verdict = acl.judge(asked, needed_capability(asked, exists));
  exchange.root = verdict.root;
  exchange.sudo = verdict.sudo;
  Answer answer;
  if (asked.operation == Operation::Help) {
    answer = verdict.root || verdict.allowed ? help_answer() : denied_by_policy();
  } else if (!verdict.allowed || (wants_sudo(asked) && !verdict.sudo)) {
    answer = denied_by_policy();
  } else if (!exchange.mount) {
    answer = failure(404, "no handler for route " + go_quote(asked.path) + ". route entry not found.");
  } else {
    answer = co_await serve(exchange);
  }
  if (last_use) {
    const bool leased = !answer.lease_id.empty();
    state_.lifecycle->end_token(token->id);
    if (leased) {
      co_return refused(
          "Secret cannot be returned; token had one use left, so leased credentials were immediately revoked.");
    }
  }
  co_return answer;
}

net::awaitable<Answer> Core::serve(Exchange& exchange) {
  Answer answer = co_await exchange.mount->engine->handle(exchange);
  if (answer.login) {
    register_login(state_, exchange, answer);
  }
  if (answer.lease) {
    register_lease(state_, exchange, answer);
  }
  if (exchange.call.wrap_ttl.count() > 0 && !answer.wrap_info) {
    wrap(state_, exchange, answer);
  }
  co_return answer;
}

Result<MountPtr> add_mount(State& state, MountPtr mount) {
  mount->uuid = crypto::random_uuid();
  mount->accessor = new_mount_accessor(*mount);
  mount->engine = make_engine(state, *mount);
  if (!mount->engine) {
    return invalid("plugin not found in the catalog: " + mount->type);
  }
  state.mounts.add(mount);
  return mount;
}

Core::Core(State& state) : state_(state) {
  struct Row {
    bool auth;
    std::string_view path;
    std::string_view type;
    std::string_view description;
  };
  static constexpr Row kBuiltIn[] = {
      {false, "sys/", "system", "system endpoints used for control, policy and debugging"},
      {false, "cubbyhole/", "cubbyhole", "per-token private secret storage"},
      {false, "identity/", "identity", "identity store"},
      {true, "token/", "token", "token based credentials"},
  };
  for (const Row& row : kBuiltIn) {
    auto mount = std::make_shared<Mount>();
    mount->auth = row.auth;
    mount->path = row.path;
    mount->type = row.type;
    mount->description = row.description;
    mount->built_in = true;
    mount->local = row.type == "cubbyhole";
    mount->seal_wrap = row.type == "system";
    if (row.type == "system" || row.type == "identity") {
      mount->config["passthrough_request_headers"] = Json::array({row.type == "system" ? "Accept" : "Authorization"});
    }
    auto added = add_mount(state_, std::move(mount));
    LH_ASSERT(added.has_value());
  }
  auto secret = std::make_shared<Mount>();
  secret->path = "secret/";
  secret->type = "kv";
  secret->description = "key/value secret storage";
  secret->options = Json{{"version", "2"}};
  auto added = add_mount(state_, std::move(secret));
  LH_ASSERT(added.has_value());
}

}  // namespace leasehold::devvault

#include "state_data.h"

#include <algorithm>
#include <utility>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"
#include "state_reader.h"

namespace leasehold::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kVersion = "1";
/// More tokens than this have not been given up because the server was away; they end with their TTL.
constexpr std::size_t kSupersededMax = 16;
constexpr seconds kOldTokenDrain{10};

std::int64_t to_number(Clock::WallTime time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

/// A JSON array of what each item is as JSON.
template <class Items, class ToJson>
SecretString array_of(const Items& items, ToJson to_json) {
  SecretString out("[");
  for (const auto& item : items) {
    if (out.size() > 1) out.append(",");
    out.append(to_json(item).expose());  // expose(): one buffer of the file into another
  }
  out.append("]");
  return out;
}

SecretString quoted(std::string_view text) {
  SecretBytes out;
  json::append_quoted(out, text);
  return SecretString(std::move(out));
}

SecretString token_json(const SavedToken& token) {
  json::ObjectWriter out;
  out.member("value", token.value.expose());  // expose(): the file is where the token is kept
  out.member("accessor", token.accessor);
  out.member("renewable", token.renewable);
  out.member("granted", token.granted.count());
  out.member("granted_at", to_number(token.granted_at));
  return out.finish();
}

SecretString secret_json(const SavedSecret& secret) {
  json::ObjectWriter out;
  out.member("name", secret.name);
  out.member("lease_id", secret.lease_id);
  out.member("granted", secret.granted.count());
  out.member("granted_at", to_number(secret.granted_at));
  out.member("due_at", to_number(secret.due_at));
  out.member("under_old_token", secret.under_old_token);
  out.member("body", secret.body.expose());  // expose(): the file is where the secret is kept
  return out.finish();
}

SecretString drain_json(const SavedDrain& drain) {
  return json::ObjectWriter().member("lease_id", drain.lease_id).member("until", to_number(drain.until)).finish();
}

class StateReader final : public StateTextReader {
 public:
  explicit StateReader(StateData& state) : state_(state) {}
  [[nodiscard]] bool right_version() const { return version_ == kVersion; }

 private:
  void on_object(std::string_view path) override {
    if (path == "token") state_.token.emplace();
    if (path == "secrets") state_.secrets.emplace_back();
    if (path == "drains") state_.drains.emplace_back();
  }
  void on_text(std::string_view path, std::string_view value) override {
    if (path == "version") version_ = value;
    if (path == "pending") state_.pending.emplace_back(value);
    if (path == "superseded") state_.superseded.emplace_back(value);
    if (path.starts_with("binding/")) state_.binding.emplace(path.substr(8), value);
    if (state_.token && path == "token/value") state_.token->value = SecretString(value);
    if (state_.token && path == "token/accessor") state_.token->accessor = value;
    if (!state_.drains.empty() && path == "drains/lease_id") state_.drains.back().lease_id = value;
    if (state_.secrets.empty()) return;
    SavedSecret& secret = state_.secrets.back();
    if (path == "secrets/name") secret.name = value;
    if (path == "secrets/lease_id") secret.lease_id = value;
    if (path == "secrets/body") secret.body = SecretString(value);
  }
  void on_number(std::string_view path, std::int64_t value) override {
    constexpr std::int64_t kMost = 100LL * 366 * 86400;
    const seconds granted(std::clamp<std::int64_t>(value, 0, kMost));
    if (state_.token && path == "token/granted") state_.token->granted = granted;
    if (state_.token && path == "token/granted_at") state_.token->granted_at = wall_time_of(value);
    if (!state_.drains.empty() && path == "drains/until") state_.drains.back().until = wall_time_of(value);
    if (state_.secrets.empty()) return;
    SavedSecret& secret = state_.secrets.back();
    if (path == "secrets/granted") secret.granted = granted;
    if (path == "secrets/granted_at") secret.granted_at = wall_time_of(value);
    if (path == "secrets/due_at") secret.due_at = wall_time_of(value);
  }
  void on_flag(std::string_view path, bool value) override {
    if (state_.token && path == "token/renewable") state_.token->renewable = value;
    if (!state_.secrets.empty() && path == "secrets/under_old_token") state_.secrets.back().under_old_token = value;
  }

  StateData& state_;
  std::string version_;
};

struct Claim {
  std::string_view path;
  std::string_view name;
};
// Projected tokens nest them; those of Kubernetes before 1.21 have one long name for each.
constexpr Claim kClaims[] = {
    {"kubernetes.io/namespace", "namespace"},
    {"kubernetes.io/serviceaccount/name", "service_account"},
    {"kubernetes.io/pod/name", "pod"},
    {"kubernetes.io/pod/uid", "pod_uid"},
    {"kubernetes.io/serviceaccount/namespace", "namespace"},
    {"kubernetes.io/serviceaccount/service-account.name", "service_account"},
    {"sub", "subject"},
};

class ClaimReader final : public StateTextReader {
 public:
  explicit ClaimReader(StateBinding& out) : out_(out) {}

 private:
  void on_text(std::string_view path, std::string_view value) override {
    for (const Claim& claim : kClaims) {
      if (claim.path == path) out_.emplace(claim.name, value);
    }
  }
  StateBinding& out_;
};

/// The names that differ, for the log.
std::string differences(const StateBinding& saved, const StateBinding& own) {
  std::vector<std::string> names;
  for (const auto& [name, value] : own) {
    const auto found = saved.find(name);
    if (found == saved.end() || found->second != value) names.push_back(name);
  }
  for (const auto& [name, value] : saved) {
    if (!own.contains(name)) names.push_back(name);
  }
  return join(names, ", ");
}

}  // namespace

SecretString format_state(const StateData& state) {
  json::ObjectWriter binding;
  for (const auto& [name, value] : state.binding) binding.member(name, value);
  json::ObjectWriter out;
  out.member("version", kVersion);
  // expose(): all of it goes into the file, which is where it is kept
  out.raw_member("binding", binding.finish().expose());
  if (state.token) out.raw_member("token", token_json(*state.token).expose());
  out.raw_member("secrets", array_of(state.secrets, secret_json).expose());
  out.raw_member("pending", array_of(state.pending, quoted).expose());
  out.raw_member("superseded", array_of(state.superseded, [](const SecretString& token) { return quoted(token.expose()); }).expose());
  out.raw_member("drains", array_of(state.drains, drain_json).expose());
  return out.finish();
}

Result<StateData> parse_state(std::string_view text) {
  StateData state;
  StateReader reader(state);
  if (auto read = json::read(text, reader); !read) return invalid("not a state: " + read.error().message);
  if (!reader.right_version()) return invalid("not a state of this version");
  const bool whole = std::all_of(state.secrets.begin(), state.secrets.end(),
                                 [](const SavedSecret& secret) { return !secret.name.empty() && !secret.body.empty(); });
  if (!whole || (state.token && state.token->value.empty())) return invalid("an incomplete state");
  return state;
}

Resumption plan_resumption(StateData saved, const StateBinding& own, Clock::WallTime wall_now) {
  Resumption plan;
  if (const std::string other = differences(saved.binding, own); !other.empty()) {
    plan.state.binding = own;
    plan.reason = "it belongs to another " + other;
    return plan;
  }
  plan.state = std::move(saved);
  StateData& state = plan.state;
  // These hang on a token that has been replaced; they are read anew at once.
  for (const auto& secret : state.secrets) {
    if (secret.under_old_token) state.drains.push_back({.lease_id = secret.lease_id, .until = wall_now + kOldTokenDrain});
  }
  std::erase_if(state.secrets, [](const SavedSecret& secret) { return secret.under_old_token; });
  if (!state.token) {
    plan.reason = "it holds no token";
  } else if (!state.pending.empty()) {
    plan.reason = "a read was cut off, and its lease is not known";
    state.superseded.push_back(std::move(state.token->value));
  } else if (state.token->granted.count() > 0 && wall_now >= state.token->granted_at + state.token->granted) {
    plan.reason = "its token has ended";
    // By our clock, which may have jumped.
    state.superseded.push_back(std::move(state.token->value));
  } else {
    return plan;
  }
  state.token.reset();
  state.secrets.clear();
  state.pending.clear();
  while (state.superseded.size() > kSupersededMax) state.superseded.erase(state.superseded.begin());
  return plan;
}

KeptToken judge_kept_token(const Result<vault::Answer>& answer) {
  if (!answer) return answer.error().kind == ErrorKind::Invalid ? KeptToken::Dead : KeptToken::Unknown;
  if (answer->ok()) return answer->has_data ? KeptToken::Lives : KeptToken::Unknown;
  // A policy without lookup-self says nothing about the token's life.
  if (vault::denial_of(*answer) == vault::Denial::Policy) return KeptToken::Lives;
  return vault::refuses_for_good(*answer) ? KeptToken::Dead : KeptToken::Unknown;
}

StateBinding claims_of(std::string_view jwt) {
  StateBinding claims;
  const auto first = jwt.find('.');
  const auto second = first == std::string_view::npos ? first : jwt.find('.', first + 1);
  if (second == std::string_view::npos) return claims;
  const auto payload = base64url_decode(jwt.substr(first + 1, second - first - 1));
  if (!payload) return claims;
  ClaimReader reader(claims);
  // A payload that breaks off says nothing.
  if (!json::read(*payload, reader)) claims.clear();
  return claims;
}

}  // namespace leasehold::agent

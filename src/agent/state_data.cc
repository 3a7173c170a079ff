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

class Writer {
 public:
  void key(std::string_view name) {
    comma();
    json::append_quoted(out_, name);
    raw(":");
    fresh_ = true;
  }
  void text(std::string_view value) {
    comma();
    json::append_quoted(out_, value);
  }
  void number(std::int64_t value) {
    comma();
    raw(std::to_string(value));
  }
  void flag(bool value) {
    comma();
    raw(value ? "true" : "false");
  }
  void open(std::string_view bracket) {
    comma();
    raw(bracket);
    fresh_ = true;
  }
  void close(std::string_view bracket) {
    raw(bracket);
    fresh_ = false;
  }
  [[nodiscard]] SecretString finish() { return SecretString(std::move(out_)); }

 private:
  void raw(std::string_view text) { append(out_, text); }
  void comma() {
    if (!std::exchange(fresh_, false)) raw(",");
  }

  SecretBytes out_;
  bool fresh_ = true;
};

void write_token(Writer& out, const SavedToken& token) {
  out.key("token");
  out.open("{");
  out.key("value");
  out.text(token.value.expose());  // expose(): the file is where the token is kept
  out.key("accessor");
  out.text(token.accessor);
  out.key("renewable");
  out.flag(token.renewable);
  out.key("granted");
  out.number(token.granted.count());
  out.key("granted_at");
  out.number(to_number(token.granted_at));
  out.close("}");
}

void write_secret(Writer& out, const SavedSecret& secret) {
  out.open("{");
  out.key("name");
  out.text(secret.name);
  out.key("lease_id");
  out.text(secret.lease_id);
  out.key("granted");
  out.number(secret.granted.count());
  out.key("granted_at");
  out.number(to_number(secret.granted_at));
  out.key("due_at");
  out.number(to_number(secret.due_at));
  out.key("under_old_token");
  out.flag(secret.under_old_token);
  out.key("body");
  out.text(secret.body.expose());  // expose(): the file is where the secret is kept
  out.close("}");
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
  Writer out;
  out.open("{");
  out.key("version");
  out.text(kVersion);
  out.key("binding");
  out.open("{");
  for (const auto& [name, value] : state.binding) {
    out.key(name);
    out.text(value);
  }
  out.close("}");
  if (state.token) write_token(out, *state.token);
  out.key("secrets");
  out.open("[");
  for (const auto& secret : state.secrets) write_secret(out, secret);
  out.close("]");
  out.key("pending");
  out.open("[");
  for (const auto& name : state.pending) out.text(name);
  out.close("]");
  out.key("superseded");
  out.open("[");
  for (const auto& token : state.superseded) out.text(token.expose());  // expose(): kept until it is revoked
  out.close("]");
  out.key("drains");
  out.open("[");
  for (const auto& drain : state.drains) {
    out.open("{");
    out.key("lease_id");
    out.text(drain.lease_id);
    out.key("until");
    out.number(to_number(drain.until));
    out.close("}");
  }
  out.close("]");
  out.close("}");
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

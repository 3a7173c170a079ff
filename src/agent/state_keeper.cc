#include "state_keeper.h"

#include <algorithm>
#include <utility>

#include "config.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

constexpr std::size_t kStateBytesMax = 64UL * 1024 * 1024;
constexpr std::string_view kServiceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The file of the JWT that the method logs in with; "" for methods without one.
std::string jwt_path(const MethodConfig& method) {
  const bool kubernetes = method.type == "kubernetes";
  if (!kubernetes && method.type != "jwt") return "";
  const auto found = method.config.find(kubernetes ? "token_path" : "path");
  if (found != method.config.end()) return found->second;
  return kubernetes ? std::string(kServiceAccountToken) : "";
}

}  // namespace

StateBinding own_binding(const AgentConfig& config, std::string_view address, std::string_view name_space) {
  StateBinding binding;
  binding["address"] = address;
  binding["vault namespace"] = name_space;
  if (!config.auto_auth) return binding;
  const MethodConfig& method = config.auto_auth->method;
  binding["auth method"] = method.type + " at " + method.mount_path;
  if (const auto role = method.config.find("role"); role != method.config.end()) binding["role"] = role->second;
  const std::string path = jwt_path(method);
  if (path.empty()) return binding;
  const auto jwt = runtime::read_secret_file(path, limits::kTokenFileBytesMax);
  // expose(): only the claims that name the pod are taken out
  if (jwt) binding.merge(claims_of(trim_space(jwt->expose())));
  return binding;
}

StateKeeper::StateKeeper(std::string path, const runtime::Clock& clock, log::Logger log)
    : path_(std::move(path)), clock_(clock), log_(std::move(log)) {}

void StateKeeper::load(const StateBinding& own) {
  if (!on()) return;
  state_.binding = own;
  auto text = runtime::read_secret_file(path_, kStateBytesMax);
  if (!text) {
    if (text.error().kind != ErrorKind::NotFound) {
      log_.warn("the state cannot be read, beginning anew", {{"error", text.error().message}});
    }
    return;
  }
  auto saved = parse_state(text->expose());  // expose(): the token and the secrets come out of it
  if (!saved) {
    log_.warn("the state cannot be used, beginning anew", {{"path", path_}, {"error", saved.error().message}});
    return;
  }
  Resumption plan = plan_resumption(*std::move(saved), own, clock_.wall_now());
  state_ = std::move(plan.state);
  if (!plan.reason.empty()) log_.info("the state is not resumed", {{"path", path_}, {"reason", plan.reason}});
  save();
}

const SavedToken* StateKeeper::kept_token() const { return state_.token ? &*state_.token : nullptr; }

void StateKeeper::resume() {
  for (auto& secret : std::exchange(state_.secrets, {})) {
    SavedSecret copy = {.name = secret.name,
                        .body = secret.body.clone(),
                        .lease_id = secret.lease_id,
                        .granted = secret.granted,
                        .granted_at = secret.granted_at,
                        .due_at = secret.due_at};
    state_.secrets.push_back(std::move(copy));
    resumed_.push_back(std::move(secret));
  }
  log_.info("going on with the token and the leases of an earlier run",
            {{"secrets", static_cast<std::int64_t>(resumed_.size())}});
}

void StateKeeper::forget_token() {
  state_.token.reset();
  state_.secrets.clear();
  resumed_.clear();
  save();
}

void StateKeeper::token_granted(const vault::Auth& auth) {
  if (!on()) return;
  for (auto& secret : state_.secrets) secret.under_old_token = true;
  state_.token = SavedToken{.value = auth.client_token.clone(),
                            .accessor = auth.accessor,
                            .renewable = auth.renewable,
                            .granted = auth.lease_duration,
                            .granted_at = clock_.wall_now()};
  save();
}

void StateKeeper::token_renewed(const vault::Auth& auth) {
  if (!state_.token) return;
  state_.token->renewable = auth.renewable;
  state_.token->granted = auth.lease_duration;
  state_.token->granted_at = clock_.wall_now();
  save();
}

void StateKeeper::token_revoked() { forget_token(); }

std::optional<SavedSecret> StateKeeper::take(std::string_view name) {
  const auto found = std::find_if(resumed_.begin(), resumed_.end(), [&](const auto& one) { return one.name == name; });
  if (found == resumed_.end()) return std::nullopt;
  SavedSecret secret = std::move(*found);
  resumed_.erase(found);
  return secret;
}

void StateKeeper::reading(const std::string& name) {
  if (!on() || std::find(state_.pending.begin(), state_.pending.end(), name) != state_.pending.end()) return;
  state_.pending.push_back(name);
  save();
}

void StateKeeper::read_failed(const std::string& name) {
  if (std::erase(state_.pending, name) != 0) save();
}

void StateKeeper::arrived(SavedSecret secret) {
  if (!on()) return;
  std::erase(state_.pending, secret.name);
  std::erase_if(state_.secrets, [&](const SavedSecret& one) { return one.name == secret.name; });
  secret.granted_at = clock_.wall_now();
  state_.secrets.push_back(std::move(secret));
  save();
}

SavedSecret* StateKeeper::find(std::string_view name) {
  const auto found =
      std::find_if(state_.secrets.begin(), state_.secrets.end(), [&](const auto& one) { return one.name == name; });
  return found == state_.secrets.end() ? nullptr : &*found;
}

void StateKeeper::renewed(std::string_view name, std::chrono::seconds granted) {
  SavedSecret* secret = find(name);
  if (secret == nullptr) return;
  secret->granted = granted;
  secret->granted_at = clock_.wall_now();
  save();
}

void StateKeeper::forget(std::string_view name) {
  if (std::erase_if(state_.secrets, [&](const SavedSecret& one) { return one.name == name; }) != 0) save();
}

void StateKeeper::drain(std::string lease_id, Clock::WallTime until) {
  if (!on()) return;
  state_.drains.push_back({std::move(lease_id), until});
  save();
}

void StateKeeper::drained(std::string_view lease_id) {
  if (std::erase_if(state_.drains, [&](const SavedDrain& one) { return one.lease_id == lease_id; }) != 0) save();
}

void StateKeeper::revoked_superseded() {
  if (state_.superseded.empty()) return;
  state_.superseded.erase(state_.superseded.begin());
  save();
}

void StateKeeper::save() {
  if (!on()) return;
  const SecretString text = format_state(state_);
  // expose(): onto the memory volume that only the agent's containers mount
  auto written = runtime::write_atomically(path_, text.expose(), {.mode = 0600, .make_directories = true});
  if (written) {
    last_error_.clear();
    return;
  }
  // Secrets go on working; a restart would begin anew.
  if (last_error_ == written.error().message) return;
  last_error_ = written.error().message;
  log_.error("the state cannot be written, a restart will log in anew", {{"path", path_}, {"error", last_error_}});
}

}  // namespace leasehold::agent

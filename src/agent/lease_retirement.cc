#include "lease_retirement.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "leasehold/vault/lease.h"

namespace leasehold::agent {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int kAttempts = 5;
constexpr nanoseconds kLongestUnasked = seconds(10);
constexpr nanoseconds kFirstRetry = seconds(1);
constexpr nanoseconds kMostRetry = std::chrono::minutes(1);
constexpr std::string_view kRight = "sys/leases/revoke";

}  // namespace

bool may_revoke(const vault::Answer& answer) {
  if (!answer.ok()) return false;
  // expose(): names of capabilities are no secret; one path was asked for, so a word says all
  const std::string_view body = answer.body.expose();
  return body.find(R"("update")") != std::string_view::npos || body.find(R"("root")") != std::string_view::npos;
}

LeaseRetirement::LeaseRetirement(const Context& context, TokenHolder& tokens, StateKeeper& state)
    : context_(context),
      tokens_(tokens),
      state_(state),
      log_(context.log.named("lease.retirement")),
      changed_(tokens.changed().executor()) {}

void LeaseRetirement::give_up(const std::string& lease_id, bool renewable, runtime::Clock::TimePoint ends) {
  const auto now = context_.clock.now();
  if (ends <= now) return;
  const auto drain = context_.config.template_config.drain;
  old_[lease_id] = {.until = now + drain, .ends = ends, .renew = renewable && ends < now + drain};
  state_.drain(lease_id, context_.clock.wall_now() + std::chrono::duration_cast<runtime::Clock::WallTime::duration>(drain));
  changed_.notify_all();
}

void LeaseRetirement::resume() {
  const auto now = context_.clock.now();
  const auto drain = context_.config.template_config.drain;
  for (const auto& saved : state_.drains()) {
    // A clock that jumped must not keep them for ever.
    const nanoseconds rest = std::clamp<nanoseconds>(saved.until - context_.clock.wall_now(), nanoseconds(0), std::max(drain, kLongestUnasked));
    old_[saved.lease_id] = {.until = now + rest, .ends = now + rest + std::chrono::hours(1)};
  }
}

net::awaitable<bool> LeaseRetirement::wait() {
  if (old_.empty()) co_return co_await changed_.wait();
  auto soonest = runtime::Clock::TimePoint::max();
  for (const auto& [id, old] : old_) soonest = std::min(soonest, old.renew ? context_.clock.now() : old.until);
  const nanoseconds rest = soonest - context_.clock.now();
  if (rest.count() <= 0) co_return true;
  co_return co_await changed_.wait_for(context_.clock, rest) != runtime::Wake::Cancelled;
}

net::awaitable<void> LeaseRetirement::run() {
  while (co_await wait()) {
    std::vector<std::string> due;
    std::vector<std::string> short_lived;
    const auto now = context_.clock.now();
    for (auto& [id, old] : old_) {
      if (old.until <= now) {
        due.push_back(id);
      } else if (std::exchange(old.renew, false)) {
        short_lived.push_back(id);
      }
    }
    for (const auto& id : short_lived) co_await renew(id);
    for (const auto& id : due) {
      if (!co_await retire(id)) continue;
      old_.erase(id);
      state_.drained(id);
    }
  }
}

// Once: what the server grants then is all that there is.
net::awaitable<void> LeaseRetirement::renew(std::string lease_id) {
  const auto token = co_await tokens_.wait_usable();
  if (!token) co_return;
  auto answer = co_await context_.template_client.renew_lease(lease_id, *token->value, seconds(10));
  if (answer && answer->ok()) co_return;
  log_.debug("a replaced lease could not be kept for its drain time", {{"lease", lease_id}});
}

net::awaitable<std::optional<bool>> LeaseRetirement::ask_rights(Token token) {
  if (asked_for_ == token.generation) co_return may_revoke_;
  auto answer = co_await context_.template_client.capabilities_self(std::string(kRight), *token.value);
  if (!answer || (!answer->ok() && answer->status >= 429)) co_return std::nullopt;
  asked_for_ = token.generation;
  may_revoke_ = may_revoke(*answer);
  if (!std::exchange(told_, true)) {
    if (may_revoke_) {
      log_.info("replaced leases are revoked");
    } else {
      log_.info("replaced leases are not renewed any more and end with their TTL",
                {{"advice", "to have them revoked at once: path \"sys/leases/revoke\" { capabilities = [\"update\"] }"}});
    }
  }
  co_return may_revoke_;
}

net::awaitable<bool> LeaseRetirement::retire(std::string lease_id) {
  const auto token = co_await tokens_.wait_usable();
  if (!token) co_return false;
  const auto allowed = co_await ask_rights(*token);
  if (!allowed) co_return try_later(lease_id);
  if (!*allowed) co_return true;
  auto answer = co_await context_.template_client.revoke_lease(lease_id, *token->value);
  if (answer && (answer->ok() || answer->status == 400 || answer->status == 404)) {
    log_.info("replaced lease revoked", {{"lease", lease_id}});
    co_return true;
  }
  if (answer && answer->status == 403) co_return true;
  co_return try_later(lease_id);
}

bool LeaseRetirement::try_later(const std::string& lease_id) {
  Old& old = old_[lease_id];
  const auto now = context_.clock.now();
  if (++old.failures >= kAttempts || old.ends <= now) return true;
  old.until = now + vault::retry_pause(old.failures, kFirstRetry, kMostRetry);
  return false;
}

}  // namespace leasehold::agent

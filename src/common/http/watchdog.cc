#include "watchdog.h"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>

namespace leasehold::http {

using std::chrono::steady_clock;

struct Watchdog::State {
  explicit State(const net::any_io_executor& executor) : timer(executor) {}
  net::steady_timer timer;
  Stream* stream = nullptr;
  TimePoint overall;
  TimePoint until;
  bool expired = false;
};

namespace {

// now + limit without overflow.
Watchdog::TimePoint after(std::chrono::nanoseconds limit) {
  constexpr std::chrono::hours kForever{24 * 365};
  return steady_clock::now() + std::clamp<std::chrono::nanoseconds>(limit, {}, kForever);
}

}  // namespace

Watchdog::Watchdog(const net::any_io_executor& executor, std::chrono::nanoseconds overall)
    : state_(std::make_shared<State>(executor)) {
  state_->overall = state_->until = after(overall);
  arm(state_);
}

Watchdog::~Watchdog() {
  // A handler that is already queued still runs, and must find nothing to close.
  state_->stream = nullptr;
  state_->timer.cancel();
}

void Watchdog::arm(const std::shared_ptr<State>& state) {
  state->timer.expires_at(state->until);
  state->timer.async_wait([state](error_code error) {
    if (error) return;
    if (steady_clock::now() < state->until) {  // moved while this handler was queued
      arm(state);
      return;
    }
    state->expired = true;
    if (state->stream != nullptr) state->stream->close();
  });
}

void Watchdog::follow(Stream* stream) {
  state_->stream = stream;
  if (stream != nullptr && state_->expired) stream->close();
}

void Watchdog::limit_phase(std::chrono::nanoseconds limit) {
  if (steady_clock::now() >= state_->overall) return;
  state_->expired = false;  // only the phase before it was over
  state_->until = std::min(after(limit), state_->overall);
  arm(state_);
}

bool Watchdog::expired() const {
  return state_->expired;
}
bool Watchdog::call_expired() const {
  return state_->expired && steady_clock::now() >= state_->overall;
}
Watchdog::TimePoint Watchdog::until() const {
  return state_->until;
}

}  // namespace leasehold::http

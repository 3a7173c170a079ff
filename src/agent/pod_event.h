// The Event on the agent's own pod: what `kubectl describe pod` shows of a login or read that does not
// work. Pure: who the pod is, what the object says, when it is worth a request.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "leasehold/flags/flags.h"
#include "leasehold/runtime/clock.h"
#include "state_data.h"

namespace leasehold::agent {

struct PodIdentity {
  std::string name_space;
  std::string name;
  std::string uid;  ///< "": kubectl finds the Event by `get events` only
};

/// From the claims of the pod's own token; what they do not tell (tokens of old clusters) from POD_NAME,
/// POD_NAMESPACE, POD_UID, HOSTNAME, and the namespace beside the token. nullopt: no name or no namespace.
std::optional<PodIdentity> identify_pod(const StateBinding& claims, const flags::Environment& environment,
                                        std::string_view name_space);

/// One diagnosis, however often it was made.
struct EventNote {
  std::string message;  ///< no secret in it
  std::int64_t count = 0;
  runtime::Clock::WallTime first{};
  runtime::Clock::WallTime last{};
};

/// The same for all containers and runs of a pod, so that there is one Event and not one a restart.
std::string event_name(const PodIdentity& pod);
/// A v1 Event to be created.
std::string event_object(const PodIdentity& pod, const EventNote& note);
/// A merge patch that brings an older one up to date.
std::string event_patch(const EventNote& note);

/// When the Event is written, so that an agent in trouble is no load for the API server.
class EventPace {
 public:
  using TimePoint = runtime::Clock::TimePoint;

  /// A diagnosis was made.
  void told(std::string message, runtime::Clock::WallTime wall_now);
  /// What was wrong is right again: nothing more is to be said of it.
  void settled();
  /// How long until a request is due; nullopt: nothing is to be said. A new text: at once, but 10 s after the
  /// last request; the same text again (its count and time): after 5 minutes.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due_in(TimePoint now) const;
  /// A text that no request has taken along.
  [[nodiscard]] bool has_news() const { return open_ && note_.message != written_; }
  [[nodiscard]] const EventNote& note() const { return note_; }
  /// A request begins.
  void asked(TimePoint now) { asked_at_ = now; }
  /// It took the note of that moment along.
  void written(const EventNote& note);

 private:
  bool open_ = false;
  EventNote note_;
  std::string written_;
  std::int64_t written_count_ = 0;
  std::optional<TimePoint> asked_at_;
};

}  // namespace leasehold::agent

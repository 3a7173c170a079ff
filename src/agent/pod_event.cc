#include "pod_event.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"
#include "leasehold/runtime/files.h"

namespace leasehold::agent {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::string_view kReason = "SecretsNotReady";
constexpr std::string_view kComponent = "leasehold-agent";
/// The API server takes no more.
constexpr std::size_t kMessageBytesMax = 1024;
constexpr std::size_t kNameBytesMax = 253;
constexpr std::size_t kHashDigits = 16;
constexpr nanoseconds kBetweenTexts = seconds(10);
constexpr nanoseconds kBetweenCounts = std::chrono::minutes(5);

std::string member(std::string_view name, std::string_view value) { return json::quoted(name) + ":" + json::quoted(value); }

std::string first_of(std::initializer_list<std::string> values) {
  const auto found = std::find_if(values.begin(), values.end(), [](const std::string& one) { return !one.empty(); });
  return found == values.end() ? std::string() : *found;
}

/// FNV-1a; only tells pods of one name apart.
std::string hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::array<char, kHashDigits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

/// At most so many bytes, whole characters.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

/// metav1.Time has no fraction.
std::string time_text(runtime::Clock::WallTime time) { return format_rfc3339_nano(std::chrono::floor<seconds>(time)); }

std::string changing_members(const EventNote& note) {
  return member("message", cut(note.message, kMessageBytesMax)) + "," + member("lastTimestamp", time_text(note.last)) +
         ",\"count\":" + std::to_string(note.count);
}

}  // namespace

std::optional<PodIdentity> identify_pod(const StateBinding& claims, const flags::Environment& environment,
                                        std::string_view name_space) {
  const auto claim = [&](std::string_view name) {
    const auto found = claims.find(name);
    return found == claims.end() ? std::string() : found->second;
  };
  const auto variable = [&](std::string_view name) { return environment(name).value_or(""); };
  PodIdentity pod;
  pod.name_space = first_of({claim("namespace"), variable("POD_NAMESPACE"), std::string(name_space)});
  pod.name = first_of({claim("pod"), variable("POD_NAME"), variable("HOSTNAME")});
  pod.uid = first_of({claim("pod_uid"), variable("POD_UID")});
  if (pod.name_space.empty() || pod.name.empty()) return std::nullopt;
  return pod;
}

std::string event_name(const PodIdentity& pod) {
  return std::string(cut(pod.name, kNameBytesMax - kHashDigits - 1)) + "." + hash_of(pod.uid + "/" + pod.name);
}

std::string event_object(const PodIdentity& pod, const EventNote& note) {
  std::string involved = member("apiVersion", "v1") + "," + member("kind", "Pod") + "," +
                         member("namespace", pod.name_space) + "," + member("name", pod.name);
  if (!pod.uid.empty()) involved += "," + member("uid", pod.uid);
  return "{" + member("apiVersion", "v1") + "," + member("kind", "Event") + ",\"metadata\":{" +
         member("name", event_name(pod)) + "," + member("namespace", pod.name_space) + "},\"involvedObject\":{" + involved +
         "}," + member("type", "Warning") + "," + member("reason", kReason) + ",\"source\":{" +
         member("component", kComponent) + "}," + member("firstTimestamp", time_text(note.first)) + "," +
         changing_members(note) + "}";
}

std::string event_patch(const EventNote& note) { return "{" + changing_members(note) + "}"; }

void EventPace::told(std::string message, runtime::Clock::WallTime wall_now) {
  if (note_.count == 0) note_.first = wall_now;
  note_.message = std::move(message);
  ++note_.count;
  note_.last = wall_now;
  open_ = true;
}

void EventPace::settled() { open_ = false; }

std::optional<nanoseconds> EventPace::due_in(TimePoint now) const {
  if (!open_ || (!has_news() && note_.count == written_count_)) return std::nullopt;
  if (!asked_at_) return nanoseconds(0);
  const nanoseconds between = has_news() ? kBetweenTexts : kBetweenCounts;
  return std::max<nanoseconds>(*asked_at_ + between - now, nanoseconds(0));
}

void EventPace::written(const EventNote& note) {
  written_ = note.message;
  written_count_ = note.count;
}

}  // namespace leasehold::agent

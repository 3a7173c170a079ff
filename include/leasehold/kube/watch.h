// A local copy of objects that the API server keeps up to date: list, then watch from there, with
// bookmarks; from the start again when the server has forgotten our place (410).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "leasehold/base/result.h"
#include "leasehold/kube/client.h"
#include "leasehold/log/log.h"
#include "leasehold/runtime/clock.h"

namespace leasehold::kube {

using Object = std::shared_ptr<const nlohmann::json>;
/// By `namespace/name` (`/name` where there are no namespaces).
using Objects = std::map<std::string, Object, std::less<>>;

enum class EventType { Added, Modified, Deleted, Bookmark, Error };

struct Event {
  EventType type;
  Object object;
};

/// The bytes of a watch to events: one JSON document a line, lines in any pieces.
class EventReader {
 public:
  using Sink = std::function<void(const Event&)>;
  /// Error (Invalid): a line that is no event, or longer than an object can be; without content.
  Result<void> feed(std::string_view bytes, const Sink& sink);

 private:
  std::string line_;
};

struct MirrorSetup {
  Resource resource;
  std::string name_space;  ///< "" = all
  std::string fields;      ///< field selector
  std::chrono::seconds resync{std::chrono::minutes(10)};  ///< listed anew after that
  log::Logger log;
};

/// Single-threaded. client and clock outlive it.
class Mirror {
 public:
  Mirror(MirrorSetup setup, Client& client, runtime::Clock& clock, runtime::Dice dice);
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;
  ~Mirror();

  /// Follows the server until it is cancelled. on_change: after each list and each change.
  net::awaitable<void> run(std::function<void()> on_change);
  /// As the server had them last.
  [[nodiscard]] const Objects& objects() const;
  /// Has been listed at least once.
  [[nodiscard]] bool is_filled() const;
  /// Why the last try failed; "" while all is well.
  [[nodiscard]] const std::string& problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leasehold::kube

// Which request gets which answer (spec/injector.md 5), without sockets.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "review.h"
#include "settings.h"

namespace leasehold::injector {

struct Incoming {
  std::string_view target;        ///< path and query
  std::string_view content_type;  ///< "" when absent
  std::string_view body;
};

enum class Route { Mutate, Ready, Metrics, Other };

struct Outgoing {
  Route route = Route::Other;
  /// Only for Mutate does it carry a verdict.
  Answer answer;
  std::string location;  ///< of a redirection
};

/// One object a thread.
class Router {
 public:
  explicit Router(std::shared_ptr<const Settings> settings);

  /// unready: why /health/ready says no; "" = it says yes. Metrics: the caller fills the body.
  Outgoing answer(const Incoming& incoming, std::string_view unready);

 private:
  std::shared_ptr<const Settings> settings_;
  Reviewer reviewer_;
};

}  // namespace leasehold::injector

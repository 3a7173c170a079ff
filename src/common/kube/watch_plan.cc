#include "watch_plan.h"

#include <algorithm>

namespace leasehold::kube {
namespace {

constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::seconds kLongestPause{30};
constexpr unsigned kDoublings = 6;
/// A watch that ends at once, again and again, must not become a loop without a pause.
constexpr std::chrono::milliseconds kBetweenWatches{50};

std::chrono::nanoseconds back_off(unsigned failures, double dice) {
  const auto full = kFirstPause * (1U << std::min(failures - 1, kDoublings));
  const auto bound = std::min<std::chrono::nanoseconds>(full, kLongestPause);
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(static_cast<double>(bound.count()) * (0.5 + dice / 2)));
}

}  // namespace

WatchStep WatchPlan::next(TimePoint now, double dice) const {
  WatchStep step;
  const unsigned troubles = std::max(failures_, relists_ > 1 ? relists_ - 1 : 0);
  step.pause = troubles == 0 ? kBetweenWatches : back_off(troubles, dice);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - listed_at_);
  step.list = version_.empty() || age >= resync_;
  if (step.list && troubles == 0) step.pause = std::chrono::nanoseconds(0);
  // As client-go: five to ten minutes, but never past the time of the next list.
  const auto wanted = std::chrono::seconds(300 + static_cast<int>(dice * 300));
  step.lasting = std::clamp(resync_ - age, std::chrono::seconds(1), wanted);
  step.version = version_;
  return step;
}

void WatchPlan::listed(const std::string& version, TimePoint now) {
  version_ = version;
  listed_at_ = now;
  failures_ = 0;
}

void WatchPlan::reached(const std::string& version) {
  if (!version.empty()) version_ = version;
  failures_ = 0;
  relists_ = 0;
}

void WatchPlan::ended(Ending ending) {
  if (ending == Ending::Expired) {
    version_.clear();
    ++relists_;
  }
  if (ending == Ending::Failed) ++failures_;
}

}  // namespace leasehold::kube

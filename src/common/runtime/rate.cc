#include "leasehold/runtime/rate.h"

#include <algorithm>

namespace leasehold::runtime {

std::chrono::nanoseconds Bucket::take(Clock::TimePoint now) {
  using Seconds = std::chrono::duration<double>;
  if (started_) left_ = std::min(rate_.burst, left_ + Seconds(now - at_).count() * rate_.per_second);
  started_ = true;
  at_ = now;
  left_ -= 1;
  if (left_ >= 0) return std::chrono::nanoseconds(0);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds(-left_ / rate_.per_second));
}

}  // namespace leasehold::runtime

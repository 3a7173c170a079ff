// Why a pod is refused: the text that the user sees, and the annotation at fault, which alone goes
// to the log (values may hold secrets). Texts: spec/injector.md 8, golden/injector.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace leasehold::injector {

struct Refusal {
  Refusal() = default;
  /// Two arguments, so that no text converts to a Refusal by accident.
  Refusal(std::string text, std::string key)
      : message(std::move(text)), annotation(std::move(key)) {}

  std::string message;
  std::string annotation;  ///< full key, or "" when none is at fault

  [[nodiscard]] Refusal in(std::string_view stage) const {
    return {std::string(stage) + ": " + message, annotation};
  }
};

template <class T>
class [[nodiscard]] Outcome : public boost::system::result<T, Refusal> {
 public:
  using boost::system::result<T, Refusal>::result;
};

inline Refusal refuse(std::string message) {
  return {std::move(message), {}};
}

/// Keeps the recorded text and says after it which annotation had which value (cut after 80 bytes).
Refusal refuse_annotation(std::string message, std::string_view name, std::string_view value);

}  // namespace leasehold::injector

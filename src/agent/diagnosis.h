// The one line that says why the agent does not get on: also in the container's termination message,
// where `kubectl describe pod` shows it.
#pragma once

#include <string>
#include <string_view>

namespace leasehold::agent {

class Diagnosis {
 public:
  /// path: of the termination message, "" = none. Written only when the file is there, as the kubelet
  /// makes it.
  explicit Diagnosis(std::string path) : path_(std::move(path)) {}

  /// No secret in it. True: it is another than the last one.
  bool tell(std::string line);
  /// What was wrong is right again.
  void settle();
  /// "" when nothing is known to be wrong.
  [[nodiscard]] const std::string& last() const { return last_; }

 private:
  void write(std::string_view text) const;

  std::string path_;
  std::string last_;
};

}  // namespace leasehold::agent

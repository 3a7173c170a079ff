// The one line that says why the agent does not get on: also in the container's termination message,
// where `kubectl describe pod` shows it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace leasehold::agent {

class Diagnosis {
 public:
  /// path: of the termination message, "" = none. Written only when the file is there, as the kubelet
  /// makes it.
  /// told: hears each line, also one that was told before, and "" when all is well again.
  explicit Diagnosis(std::string path, std::function<void(const std::string&)> told = {})
      : path_(std::move(path)), told_(std::move(told)) {}

  /// subject: the login or a secret, each of which has one problem at a time. No secret in the line.
  /// True: it is another than the last one.
  bool tell(std::string_view subject, std::string line);
  /// What was wrong with it is right again; another problem that is still open shows then.
  void settle(std::string_view subject);
  /// "" when nothing is known to be wrong.
  [[nodiscard]] const std::string& last() const { return last_; }

 private:
  void write(std::string_view text) const;

  std::string path_;
  std::function<void(const std::string&)> told_;
  std::map<std::string, std::string, std::less<>> open_;  ///< by subject
  std::string last_;
};

}  // namespace leasehold::agent

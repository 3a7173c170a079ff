// Makes calls of the operating system fail by name: `fsync temporary`, `rename temporary`, `spawn command`.
// A test program that links failing_calls.cmake's options sends these calls of our own objects here; the
// program that is shipped knows nothing of it.
#pragma once

#include <map>
#include <string>

namespace leasehold::test {

class FailingCalls {
 public:
  /// The linker's wraps are plain functions, so there is one.
  static FailingCalls& instance();

  /// Starts to watch what lies below the folder; forgets everything else.
  void watch(const std::string& folder);
  /// The next times calls of that name fail.
  void fail(const std::string& name, int times);
  void stop();

  /// How often each call was made, and made to fail, by name.
  [[nodiscard]] const std::map<std::string, int>& seen() const { return seen_; }
  [[nodiscard]] const std::map<std::string, int>& failed() const { return failed_; }

  /// Child processes that run now.
  [[nodiscard]] int children() const { return children_; }

  // --- for the wraps ---
  void children_changed(int by) { children_ += by; }
  bool fails(const std::string& call, const std::string& role);
  /// temporary, or the path below the folder; "" when it is none of ours.
  [[nodiscard]] std::string role_of(const char* path) const;
  [[nodiscard]] std::string role_of(int descriptor) const;
  void opened(int descriptor, const std::string& role);
  void closed(int descriptor);

 private:
  std::string folder_;
  std::map<int, std::string> descriptors_;
  std::map<std::string, int> to_fail_;
  std::map<std::string, int> seen_;
  std::map<std::string, int> failed_;
  int children_ = 0;
};

}  // namespace leasehold::test

// A log file with rotation, as `-log-file` of the replaced software keeps it (spec/agent.md 1.5).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "leasehold/base/result.h"

namespace leasehold::log {

struct LogFileOptions {
  /// A path that ends in a slash names the folder; the file is then agent.log.
  std::string path;
  std::int64_t bytes_max = 0;               ///< a new file after so many bytes; 0 = never
  std::chrono::nanoseconds age_max{0};      ///< a new file after this time; 0 = never
  std::int64_t archives_max = 0;            ///< old files to keep; 0 = all, negative = none
};

/// Appends to a file of mode 0640. Before a line it looks whether the file has had enough bytes since
/// it was opened, or enough time: then the file is renamed to <stem>-<unix nanoseconds><extension>,
/// and the oldest archives beyond archives_max are removed. For one thread.
class LogFile {
 public:
  /// Error (Invalid): why the file cannot be opened.
  static Result<std::unique_ptr<LogFile>> open(LogFileOptions options);
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile();

  /// now: since 1970. What cannot be written is dropped: there is nobody to tell.
  void write(std::string_view line, std::chrono::nanoseconds now);

 private:
  explicit LogFile(LogFileOptions options) : options_(std::move(options)) {}
  Result<void> open_file(std::chrono::nanoseconds now);
  void rotate(std::chrono::nanoseconds now);
  void remove_old_archives() const;

  LogFileOptions options_;
  int descriptor_ = -1;
  std::int64_t written_ = 0;
  std::chrono::nanoseconds opened_{0};
};

}  // namespace leasehold::log

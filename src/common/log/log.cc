// The sink: one write(2) a line, so that lines of several threads never mix.
#include "leasehold/log/log.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>

#include "leasehold/base/text.h"

namespace leasehold::log {

/// Shared by loggers of all threads: the level is atomic, the rest is fixed.
class Sink {
 public:
  explicit Sink(const SinkOptions& options)
      : level(options.level), format(options.format), descriptor(options.descriptor) {}
  std::atomic<Level> level;
  const Format format;
  const int descriptor;
};

namespace {

struct LevelName {
  std::string_view name;
  Level level;
};
constexpr LevelName kLevelNames[] = {
    {"trace", Level::Trace}, {"debug", Level::Debug}, {"info", Level::Info},   {"notice", Level::Info},
    {"warn", Level::Warn},   {"warning", Level::Warn}, {"err", Level::Error}, {"error", Level::Error},
};

// A log line that cannot be written must not end the program; there is nobody to tell.
void write_all(int descriptor, std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(descriptor, line.data(), line.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return;
    }
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  const std::string wanted = to_lower(trim_space(text));
  if (wanted.empty()) return Level::Info;
  for (const auto& row : kLevelNames) {
    if (row.name == wanted) return row.level;
  }
  return invalid("unknown log level: " + std::string(text));
}

Result<Format> parse_format(std::string_view text) {
  const std::string wanted = to_lower(trim_space(text));
  if (wanted.empty() || wanted == "standard") return Format::Standard;
  if (wanted == "json") return Format::Json;
  return invalid("unknown log format: " + std::string(text));
}

std::shared_ptr<Sink> make_sink(const SinkOptions& options) { return std::make_shared<Sink>(options); }

void set_level(Sink& sink, Level level) { sink.level = level; }

Logger Logger::named(std::string_view part) const {
  return {sink_, name_.empty() ? std::string(part) : name_ + "." + std::string(part)};
}

bool Logger::enabled(Level level) const { return sink_ != nullptr && level >= sink_->level; }

void Logger::write(Level level, std::string_view message, Fields fields) const {
  if (!enabled(level)) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  write_all(sink_->descriptor, format_line(sink_->format, nanoseconds, level, name_, message, fields));
}

}  // namespace leasehold::log

// The sink: one write(2) a line, so that lines of several threads never mix.
#include "leasehold/log/log.h"

#include <atomic>
#include <chrono>

#include "descriptor.h"
#include "leasehold/base/text.h"
#include "leasehold/log/log_file.h"

namespace leasehold::log {

/// Shared by loggers of all threads: the level is atomic, the rest is fixed.
class Sink {
 public:
  explicit Sink(const SinkOptions& options)
      : level(options.level), format(options.format), descriptor(options.descriptor), file(options.file) {}
  std::atomic<Level> level;
  const Format format;
  const int descriptor;
  const std::shared_ptr<LogFile> file;
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
  const std::string line = format_line(sink_->format, nanoseconds, level, name_, message, fields);
  write_all(sink_->descriptor, line);
  if (sink_->file) sink_->file->write(line, std::chrono::nanoseconds(nanoseconds));
}

}  // namespace leasehold::log

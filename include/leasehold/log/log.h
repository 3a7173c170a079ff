// Log lines in the two formats of the replaced software (hclog standard and JSON,
// spec/agent.md 1.5, spec/injector.md 4). Messages are constant, facts are fields.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "leasehold/base/result.h"

namespace leasehold::log {

enum class Level { Trace, Debug, Info, Warn, Error };
enum class Format { Standard, Json };

/// trace, debug, info (notice), warn (warning), err (error), any case, trimmed.
/// Error: `unknown log level: loud`.
Result<Level> parse_level(std::string_view text);
/// standard or json (any case). Error: `unknown log format: xml`.
Result<Format> parse_format(std::string_view text);

/// A fact of a line. Numbers and booleans stay such in JSON.
struct Field {
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool> value;

  Field(std::string_view field_name, std::string_view text) : name(field_name), value(std::string(text)) {}
  Field(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(std::string(text)) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  Field(std::string_view field_name, T number) : name(field_name), value(convert(number)) {}

 private:
  template <class T>
  static auto convert(T number) {
    if constexpr (std::is_same_v<T, bool>) {
      return number;
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(number);
    } else {
      return static_cast<std::int64_t>(number);
    }
  }
};
using Fields = std::initializer_list<Field>;

/// Where lines go; shared by all loggers made from it. Thread-safe: one write(2) a line.
class Sink;

/// A named logger. Cheap to copy. Name parts are joined by dots: agent.sink.file.
class Logger {
 public:
  /// A logger that drops everything, for tests.
  Logger() = default;
  Logger(std::shared_ptr<Sink> sink, std::string name) : sink_(std::move(sink)), name_(std::move(name)) {}

  [[nodiscard]] Logger named(std::string_view part) const;
  [[nodiscard]] bool enabled(Level level) const;
  void write(Level level, std::string_view message, Fields fields = {}) const;
  void trace(std::string_view message, Fields fields = {}) const { write(Level::Trace, message, fields); }
  void debug(std::string_view message, Fields fields = {}) const { write(Level::Debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(Level::Info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) const { write(Level::Warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) const { write(Level::Error, message, fields); }

 private:
  std::shared_ptr<Sink> sink_;
  std::string name_;
};

class LogFile;

struct SinkOptions {
  Level level = Level::Info;
  Format format = Format::Standard;
  /// File descriptor, 2 = stderr. Not closed by the sink.
  int descriptor = 2;
  /// A second place for every line. A sink with a file serves one thread.
  std::shared_ptr<LogFile> file = nullptr;
};

/// Makes a sink that writes whole lines to a descriptor and, when there is one, to a file.
std::shared_ptr<Sink> make_sink(const SinkOptions& options);
/// Changes the level of all loggers of the sink (SIGHUP).
void set_level(Sink& sink, Level level);

/// One line in the wanted format, with its line feed. Pure, for tests.
/// unix_nanoseconds: UTC time since 1970.
std::string format_line(Format format, std::int64_t unix_nanoseconds, Level level, std::string_view name,
                        std::string_view message, Fields fields);

}  // namespace leasehold::log

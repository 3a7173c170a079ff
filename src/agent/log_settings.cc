#include "log_settings.h"

#include <memory>
#include <optional>

#include "command_line.h"
#include "leasehold/base/scalars.h"
#include "leasehold/log/log_file.h"

namespace leasehold::agent {
namespace {

// Flag, then environment, then file.
std::string setting(const flags::Parsed& given, const flags::Environment& environment, std::string_view flag,
                    std::string_view suffix, const std::string& file) {
  if (auto value = given.last(flag)) return *value;
  for (const std::string_view prefix : {"BAO_", "VAULT_"}) {
    if (auto value = environment(std::string(prefix) + std::string(suffix)); value && !value->empty()) return *value;
  }
  return file;
}

// compat: a file without -log-rotate-duration begins anew every day
constexpr std::string_view kLogAge = "24h";

/// The settings of the configuration with what flags and environment lay over them.
AgentConfig merged(const flags::Parsed& given, const flags::Environment& environment, const AgentConfig& config) {
  AgentConfig logs;
  logs.log_level = setting(given, environment, "log-level", "LOG_LEVEL", config.log_level);
  logs.log_format = setting(given, environment, "log-format", "LOG_FORMAT", config.log_format);
  logs.log_file = given.last("log-file").value_or(config.log_file);
  logs.log_rotate_duration = given.last("log-rotate-duration").value_or(config.log_rotate_duration);
  logs.log_rotate_bytes = config.log_rotate_bytes;
  logs.log_rotate_max_files = config.log_rotate_max_files;
  return logs;
}

// REQUIRES: check_log_settings(config).
Result<std::shared_ptr<log::LogFile>> open_log_file(const flags::Parsed& given, const AgentConfig& config) {
  log::LogFileOptions options;
  options.path = config.log_file;
  if (options.path.empty()) return std::shared_ptr<log::LogFile>();
  const auto number = [&](std::string_view flag, std::optional<std::int64_t> file) -> Result<std::int64_t> {
    const auto text = given.last(flag);
    if (!text) return file.value_or(0);
    const auto value = parse_int(*text);
    if (!value) return invalid("invalid value \"" + *text + "\" for flag -" + std::string(flag) + ": " + value.error().message);
    return value;
  };
  const auto bytes = number("log-rotate-bytes", config.log_rotate_bytes);
  if (!bytes) return bytes.error();
  const auto archives = number("log-rotate-max-files", config.log_rotate_max_files);
  if (!archives) return archives.error();
  const auto age = parse_vault_duration(config.log_rotate_duration.empty() ? kLogAge : config.log_rotate_duration);
  if (!age) return age.error();
  options.bytes_max = *bytes;
  options.archives_max = *archives;
  options.age_max = *age;
  auto file = log::LogFile::open(std::move(options));
  if (!file) return invalid("error opening the log file: " + file.error().message);
  return std::shared_ptr<log::LogFile>(*std::move(file));
}

}  // namespace

Result<LogSettings> resolve_logs(const flags::Parsed& given, const flags::Environment& environment,
                                 const AgentConfig& config) {
  const AgentConfig wanted = merged(given, environment, config);
  if (auto right = check_log_settings(wanted); !right) return right.error();
  const auto level = log::parse_level(wanted.log_level);
  if (!level) return level.error();
  const auto format = log::parse_format(wanted.log_format);
  if (!format) return format.error();
  LogSettings settings;
  settings.level_text = wanted.log_level;
  settings.level_fixed = !setting(given, environment, "log-level", "LOG_LEVEL", "").empty();
  settings.sink.level = *level;
  settings.sink.format = *format;
  if (is_on(given, "combine-logs")) settings.sink.descriptor = 1;
  const auto file = open_log_file(given, wanted);
  if (!file) return file.error();
  settings.sink.file = *file;
  return settings;
}

}  // namespace leasehold::agent

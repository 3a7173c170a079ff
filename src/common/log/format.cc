// hclog's two line formats, as measured in spec/agent.md 1.5.
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "leasehold/base/json_text.h"
#include "leasehold/base/text.h"
#include "leasehold/log/log.h"

namespace leasehold::log {
namespace {

struct LevelText {
  std::string_view bracketed;  // padded to seven characters
  std::string_view json;
};
constexpr std::array<LevelText, 5> kLevels = {
    {{"[TRACE]", "trace"}, {"[DEBUG]", "debug"}, {"[INFO] ", "info"}, {"[WARN] ", "warn"}, {"[ERROR]", "error"}}};

const LevelText& text_of(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

// digits: of the fraction, 3 or 6.
std::string utc_time(std::int64_t unix_nanoseconds, int digits) {
  using namespace std::chrono;
  const sys_time<nanoseconds> time{nanoseconds(unix_nanoseconds)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::array<char, 64> buffer{};
  const long long fraction = clock.subseconds().count() / (digits == 3 ? 1'000'000 : 1'000);
  const int length = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%0*lldZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()), digits, fraction);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

template <class T>
std::string number_text(T value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

std::string plain_text(const Field& field) {
  if (const auto* text = std::get_if<std::string>(&field.value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return number_text(*number);
  if (const auto* number = std::get_if<double>(&field.value)) return number_text(*number);
  return std::get<bool>(field.value) ? "true" : "false";
}

// A control character in a value could forge a line: it is quoted as blanks are.
bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '"' || c == '=') return true;
  }
  return !is_utf8(value);
}

void append_standard(std::string& line, const Field& field) {
  const std::string value = plain_text(field);
  if (value.find('\n') != std::string::npos) {
    line += "\n  ";
    line += field.name;
    line += "=";
    for (const auto& part : split(value, '\n')) {
      line += "\n  | ";
      // Escape sequences must not reach a terminal.
      for (const char c : part) line += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? ' ' : c;
    }
    line += "\n  ";
    return;
  }
  line += ' ';
  line += field.name;
  line += '=';
  line += needs_quotes(value) ? go_quote(value) : value;
}

std::string standard_line(std::int64_t time, Level level, std::string_view name, std::string_view message,
                          Fields fields) {
  std::string line = utc_time(time, 3);
  line += ' ';
  line += text_of(level).bracketed;
  line += ' ';
  if (!name.empty()) {
    line += name;
    line += ": ";
  }
  line += message;
  if (fields.size() != 0) line += ':';
  for (const auto& field : fields) append_standard(line, field);
  while (line.ends_with(' ') || line.ends_with('\n')) line.pop_back();
  return line + "\n";
}

std::string json_line(std::int64_t time, Level level, std::string_view name, std::string_view message, Fields fields) {
  std::string line = "{\"@level\":";
  append_json_quoted(line, text_of(level).json);
  line += ",\"@message\":";
  append_json_quoted(line, message);
  if (!name.empty()) {
    line += ",\"@module\":";
    append_json_quoted(line, name);
  }
  line += ",\"@timestamp\":";
  append_json_quoted(line, utc_time(time, 6));
  for (const auto& field : fields) {
    line += ',';
    append_json_quoted(line, field.name);
    line += ':';
    if (const auto* text = std::get_if<std::string>(&field.value)) {
      append_json_quoted(line, *text);
    } else {
      line += plain_text(field);
    }
  }
  return line + "}\n";
}

}  // namespace

std::string format_line(Format format, std::int64_t unix_nanoseconds, Level level, std::string_view name,
                        std::string_view message, Fields fields) {
  return format == Format::Json ? json_line(unix_nanoseconds, level, name, message, fields)
                                : standard_line(unix_nanoseconds, level, name, message, fields);
}

}  // namespace leasehold::log

#include "lint_print.h"

#include <algorithm>

#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"

namespace leasehold::agent::lint {
namespace {

/// Characters of a source line that are shown; long lines are cut around the caret.
constexpr std::size_t kShownMax = 160;
constexpr std::size_t kShownBefore = 100;

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The characters from `from` on, at most count of them; what a terminal would act upon as spaces.
std::string characters(std::string_view line, std::size_t from, std::size_t count) {
  std::string out;
  std::size_t seen = 0;
  for (const char c : line) {
    if (!continues(c)) ++seen;
    if (seen <= from) continue;
    if (seen > from + count) break;
    out += static_cast<unsigned char>(c) < 0x20U || c == 0x7f ? ' ' : c;
  }
  return is_utf8(out) ? out : std::string(std::min(seen - from, count), '?');
}

std::size_t length_of(std::string_view line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return !continues(c); }));
}

std::string one_line(std::string_view text) {
  std::string out = replace_all(std::string(text), "\n", "\n   ");
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20U && c != '\n') c = ' ';
  }
  return out;
}

}  // namespace

std::string as_text(const Finding& finding) {
  const Rule& row = rule(finding.rule);
  const std::string number = std::to_string(finding.at.line);
  std::string out = finding.file + ":" + number + ":" + std::to_string(finding.at.column) + ": " +
                    std::string(to_string(row.severity)) + ": " + one_line(finding.what) + " [" +
                    std::string(row.name) + "]\n";
  if (!finding.source.empty()) {
    const std::size_t column = finding.at.column - 1;
    const std::size_t from = column > kShownBefore ? column - kShownBefore : 0;
    const std::size_t rest =
        length_of(finding.source) > column ? length_of(finding.source) - column : 1;
    const std::size_t marks = std::min({finding.length, rest, kShownMax - kShownBefore});
    const std::string margin(number.size() + 2, ' ');
    out += "  " + number + " | " + (from > 0 ? "…" : "") +
           characters(finding.source, from, kShownMax) + "\n";
    out += margin + " | " + std::string(column - from + (from > 0 ? 1 : 0), ' ') + "^" +
           std::string(marks - 1, '~') + "\n";
  }
  out += "  cause: " + std::string(row.cause) + "\n";
  out += "  fix:   " + one_line(finding.fix) + "\n";
  return out;
}

std::string as_json(std::size_t files, std::span<const Finding> findings) {
  std::string out = "{\"files\":" + std::to_string(files) + ",\"problems\":[";
  const auto text = [&](std::string_view name, std::string_view value) {
    out += "\"" + std::string(name) + "\":";
    json::append_quoted(out, value);
    out += ',';
  };
  const auto number = [&](std::string_view name, std::size_t value) {
    out += "\"" + std::string(name) + "\":" + std::to_string(value) + ",";
  };
  bool first = true;
  for (const Finding& finding : findings) {
    const Rule& row = rule(finding.rule);
    out += first ? "\n{" : ",\n{";
    first = false;
    text("file", finding.file);
    number("line", finding.at.line);
    number("column", finding.at.column);
    number("length", finding.length);
    text("severity", to_string(row.severity));
    text("rule", row.name);
    text("what", finding.what);
    text("cause", row.cause);
    text("fix", finding.fix);
    text("source", characters(finding.source, 0, 1000));
    out.back() = '}';
  }
  out += first ? "]}\n" : "\n]}\n";
  return out;
}

}  // namespace leasehold::agent::lint

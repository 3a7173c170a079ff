#include "lint_text.h"

#include <algorithm>
#include <utility>

namespace leasehold::agent::lint {
namespace {

/// Characters in the first bytes of a line: everything but continuation bytes of UTF-8.
std::uint32_t characters(std::string_view line, std::size_t bytes) {
  std::uint32_t count = 0;
  for (const char c : line.substr(0, bytes))
    count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return count;
}

/// The byte at which a character stands.
std::size_t byte_of(std::string_view line, std::uint32_t column) {
  if (column <= 1) return 0;
  std::size_t at = 0;
  for (std::uint32_t seen = 0; at < line.size(); ++at) {
    const bool starts = (static_cast<unsigned char>(line[at]) & 0xC0U) != 0x80U;
    if (starts && ++seen == column) break;
  }
  return at;
}

struct Line {
  std::uint32_t index = 0;  ///< from 0
  std::size_t start = 0;
};

Line line_at(std::string_view text, std::size_t offset) {
  Line line;
  for (std::size_t at = text.find('\n'); at < offset; at = text.find('\n', at + 1)) {
    ++line.index;
    line.start = at + 1;
  }
  return line;
}

std::string_view line_from(std::string_view text, std::size_t start) {
  return text.substr(start, text.find('\n', start) - start);
}

/// Walks over a quoted text and its decoded form together; npos when they do not fit.
std::size_t source_byte(std::string_view line, std::size_t at, std::string_view text,
                        std::size_t offset) {
  const char quote = at < line.size() ? line[at] : '\0';
  const bool escapes = quote == '"';
  if (quote == '"' || quote == '\'') ++at;
  for (std::size_t done = 0; done < offset;) {
    if (at >= line.size()) return std::string_view::npos;
    if (escapes && line[at] == '\\' && at + 1 < line.size()) {
      // \n and the like stand for one byte; \u.... for two or three, which no template needs.
      at += line[at + 1] == 'u' ? 6 : 2;
    } else if (quote == '\'' && line[at] == '\'') {
      at += 2;
    } else if (line[at] != text[done]) {
      return std::string_view::npos;
    } else {
      ++at;
    }
    ++done;
  }
  return at;
}

}  // namespace

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  starts_.push_back(0);
  for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
    starts_.push_back(at + 1);
}

std::string_view SourceFile::line(std::uint32_t number) const {
  if (number == 0 || number > starts_.size()) return "";
  std::string_view found = line_from(text_, starts_[number - 1]);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

Position SourceFile::place(std::size_t offset) const {
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto index = static_cast<std::size_t>(next - starts_.begin()) - 1;
  const std::string_view line = line_from(text_, starts_[index]);
  return {static_cast<std::uint32_t>(index + 1), characters(line, offset - starts_[index]) + 1};
}

Position PlacedText::place(std::size_t offset) const {
  offset = std::min(offset, text.size());
  if (shape == Shape::Whole) return file->place(offset);
  const Line inner = line_at(text, offset);
  const std::string_view inner_line = line_from(text, inner.start);
  const std::size_t column = offset - inner.start;
  if (shape == Shape::Lines) {
    const std::uint32_t number = start.line + 1 + inner.index;
    const std::string_view line = file->line(number);
    const std::size_t indent = line.find(inner_line);
    if (indent != std::string_view::npos) return {number, characters(line, indent + column) + 1};
    return start;
  }
  const std::string_view line = file->line(start.line);
  const std::size_t at = source_byte(line, byte_of(line, start.column), text, offset);
  return at == std::string_view::npos ? start : Position{start.line, characters(line, at) + 1};
}

std::size_t PlacedText::offset_of(std::uint32_t line, std::uint32_t column) const {
  std::size_t from = 0;
  for (std::uint32_t index = 1; index < line; ++index) {
    const std::size_t end = text.find('\n', from);
    if (end == std::string::npos) return text.size();
    from = end + 1;
  }
  return from + byte_of(line_from(text, from), column);
}

void Findings::add(RuleId id, Position at, std::size_t length, std::string what, std::string fix) {
  if (full() || !seen_.insert({id, at.line, at.column}).second) return;
  if (all_.size() == kFindingsMax) {
    id = RuleId::TooMany;
    what = "more than " + std::to_string(kFindingsMax) + " problems";
    fix.clear();
  }
  if (fix.empty()) fix = rule(id).fix;
  all_.push_back({id, file_.name(), at, std::max<std::size_t>(length, 1), std::move(what),
                  std::move(fix), std::string(file_.line(at.line))});
}

std::vector<Finding> Findings::take() {
  std::sort(all_.begin(), all_.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(a.at.line, a.at.column, a.rule) < std::tuple(b.at.line, b.at.column, b.rule);
  });
  return std::move(all_);
}

}  // namespace leasehold::agent::lint

// Longest common subsequence of lines, after what both texts begin and end with.
#include "line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace leasehold::injector {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kContext = 3;
/// Cells of the table, two bytes each. Beyond it the middle is shown as wholly replaced.
constexpr std::size_t kCellsMax = 16UL * 1024 * 1024;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

struct Edit {
  char mark;  ///< ' ', '-' or '+'
  std::string_view line;
};

/// The differing middles of both texts.
void compare(const Lines& before, const Lines& after, std::vector<Edit>& out) {
  const std::size_t rows = before.size();
  const std::size_t columns = after.size();
  std::size_t i = 0;
  std::size_t j = 0;
  if ((rows + 1) * (columns + 1) <= kCellsMax) {
    const std::size_t width = columns + 1;
    std::vector<std::uint16_t> common((rows + 1) * width, 0);
    for (std::size_t r = rows; r-- > 0;) {
      for (std::size_t c = columns; c-- > 0;) {
        common[r * width + c] = before[r] == after[c]
                                    ? static_cast<std::uint16_t>(common[(r + 1) * width + c + 1] + 1)
                                    : std::max(common[(r + 1) * width + c], common[r * width + c + 1]);
      }
    }
    while (i < rows && j < columns) {
      if (before[i] == after[j]) {
        out.push_back({' ', before[i++]});
        ++j;
      } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
        out.push_back({'-', before[i++]});
      } else {
        out.push_back({'+', after[j++]});
      }
    }
  }
  while (i < rows) out.push_back({'-', before[i++]});
  while (j < columns) out.push_back({'+', after[j++]});
}

std::vector<Edit> edits_of(const Lines& before, const Lines& after) {
  std::size_t head = 0;
  const std::size_t shorter = std::min(before.size(), after.size());
  while (head < shorter && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  std::vector<Edit> edits;
  for (std::size_t k = 0; k < head; ++k) edits.push_back({' ', before[k]});
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(head),
                 lines.end() - static_cast<std::ptrdiff_t>(tail));
  };
  compare(middle(before), middle(after), edits);
  for (std::size_t k = before.size() - tail; k < before.size(); ++k) edits.push_back({' ', before[k]});
  return edits;
}

std::string range(std::size_t start, std::size_t size) {
  const std::string first = std::to_string(size == 0 ? start : start + 1);
  return size == 1 ? first : first + "," + std::to_string(size);
}

}  // namespace

std::string unified_diff(std::string_view name, std::string_view before, std::string_view after) {
  if (before == after) return {};
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<Edit> edits = edits_of(old_lines, new_lines);
  std::string out = "--- " + std::string(name) + "\n+++ " + std::string(name) + "\n";
  std::size_t old_at = 0;
  std::size_t new_at = 0;
  for (std::size_t at = 0; at < edits.size();) {
    if (edits[at].mark == ' ') {
      ++at, ++old_at, ++new_at;
      continue;
    }
    // A hunk: from some lines before the change to the first long quiet stretch behind it.
    const std::size_t lead = std::min({kContext, old_at, new_at, at});
    std::size_t end = at;
    std::size_t quiet = 0;
    for (std::size_t k = at; k < edits.size() && quiet <= 2 * kContext; ++k) {
      quiet = edits[k].mark == ' ' ? quiet + 1 : 0;
      if (quiet == 0) end = k + 1;
    }
    end = std::min(edits.size(), end + kContext);
    std::string body;
    std::size_t old_size = 0;
    std::size_t new_size = 0;
    for (std::size_t k = at - lead; k < end; ++k) {
      body += edits[k].mark + std::string(edits[k].line) + "\n";
      old_size += edits[k].mark != '+' ? 1 : 0;
      new_size += edits[k].mark != '-' ? 1 : 0;
    }
    out += "@@ -" + range(old_at - lead, old_size) + " +" + range(new_at - lead, new_size) + " @@\n" + body;
    old_at += old_size - lead;
    new_at += new_size - lead;
    at = end;
  }
  return out;
}

}  // namespace leasehold::injector

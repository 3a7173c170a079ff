// Where things stand: files, texts inside files (a template in a heredoc, in an annotation), and
// the list of what was found in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lint_rules.h"

namespace leasehold::agent::lint {

/// Line and column from 1, the column in characters.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

class SourceFile {
 public:
  SourceFile(std::string name, std::string text);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Without its line end; "" behind the last one. number from 1.
  [[nodiscard]] std::string_view line(std::uint32_t number) const;
  /// Of a byte of the file.
  [[nodiscard]] Position place(std::size_t offset) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> starts_;
};

/// How a text lies in its file.
enum class Shape {
  Whole,   ///< it is the file
  Lines,   ///< line for line below the place (heredoc, YAML `|`), perhaps indented
  Inline,  ///< in one line at the place, perhaps in quotes and with escapes
};

/// A text that came out of a file, and how to find its bytes there. file must outlive it.
struct PlacedText {
  const SourceFile* file = nullptr;
  std::string text;
  Shape shape = Shape::Whole;
  Position start;  ///< of the value that holds it; Lines: the line before the first

  /// The place of a byte; the start of the whole value when it cannot be told.
  [[nodiscard]] Position place(std::size_t offset) const;
  /// The byte at a line and column of the text itself.
  [[nodiscard]] std::size_t offset_of(std::uint32_t line, std::uint32_t column) const;
};

struct Finding {
  RuleId rule = RuleId::Unreadable;
  std::string file;
  Position at;
  std::size_t length = 1;  ///< characters to mark
  std::string what;
  std::string fix;
  std::string source;  ///< the line
};

/// Findings of one file at most; more end with RuleId::TooMany.
inline constexpr std::size_t kFindingsMax = 1000;

/// What was found in one file: each rule once at each place.
class Findings {
 public:
  explicit Findings(const SourceFile& file) : file_(file) {}
  /// fix "": the rule's own.
  void add(RuleId rule, Position at, std::size_t length, std::string what, std::string fix = "");
  /// Nothing more is taken: callers need not look any further.
  [[nodiscard]] bool full() const { return all_.size() > kFindingsMax; }
  /// In order of their places.
  [[nodiscard]] std::vector<Finding> take();

 private:
  const SourceFile& file_;
  std::set<std::tuple<RuleId, std::uint32_t, std::uint32_t>> seen_;
  std::vector<Finding> all_;
};

}  // namespace leasehold::agent::lint

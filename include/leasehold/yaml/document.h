// YAML (and so JSON) text to a tree in which every value knows its place: for tools that read what
// people wrote and point at it (manifests, sample data). The templates' parseYAML has a reader of
// its own, which follows Go's library to the letter. Truth: YAML 1.1 as libyaml reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"

namespace leasehold::yaml {

/// Values of one text at most, those that aliases stand for included: a few bytes must not become
/// gigabytes.
inline constexpr std::size_t kNodesMax = 1'000'000;

enum class Kind { Scalar, Sequence, Mapping };

/// How a scalar was written.
enum class Style {
  Plain,    ///< may be a number, a boolean or null
  Quoted,   ///< '...' or "..."
  Literal,  ///< `|`: each line of the text is a line of the source
  Folded,   ///< `>`
};

struct Entry;

/// One value. Only the members of its kind are set.
struct Node {
  Kind kind = Kind::Scalar;
  Style style = Style::Plain;
  std::uint32_t line = 0;    ///< from 1
  std::uint32_t column = 0;  ///< from 1, in characters
  std::string text;
  std::vector<Node> elements;  ///< of a sequence
  std::vector<Entry> entries;  ///< of a mapping: in order, repeated keys stay

  /// The value of a mapping's entry, the last one of that name; null when there is none.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Entry {
  Node key;
  Node value;
};

/// Where parsing failed: line and column from 1; 0 = unknown.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// All documents of a text; an empty one has none.
/// Error (Invalid): what is wrong, without content of the text; the place goes to error_at.
Result<std::vector<Node>> parse(std::string_view text, Place* error_at = nullptr);

/// The same from JSON text, which YAML readers do not understand wholly (escapes of surrogates).
/// Nodes have no places.
Result<Node> parse_json(std::string_view text);

/// JSON text of a tree. Plain scalars that are JSON numbers, booleans or null become such; all
/// other scalars, strings. The last of repeated keys wins.
std::string to_json(const Node& node);

}  // namespace leasehold::yaml

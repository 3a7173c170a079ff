// Tree to a generic value, by the rules of hashicorp/hcl v1 for `map[string]interface{}`
// (spec/agent.md 3.2): an object becomes a list with one map, labels nest, a repeated block adds to
// the list, a repeated scalar replaces, a repeated list grows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/hcl/tree.h"

namespace leasehold::hcl {

struct Value;
using Map = std::map<std::string, Value, std::less<>>;
/// From `[ ... ]`.
struct List {
  std::vector<Value> elements;
};
/// From objects and blocks: one map for each.
struct Blocks {
  std::vector<Map> maps;
};

struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Blocks, Map> data;

  /// The Go name that messages use: bool, int, float64, string, []interface {},
  /// []map[string]interface {}, map[string]interface {}; `nil` when nothing was decoded.
  [[nodiscard]] std::string_view type_name() const;
};

/// Decodes the root object. Error (Invalid): clashes of types and numbers out of range, in the
/// peer's words: `At 2:3: root.a: unknown type *ast.ObjectType`.
Result<Map> decode(const Document& document);

/// What a key stands for: one node, or the items that have the key in front of more keys.
struct Source {
  const Node* node = nullptr;
  Selection items;  ///< used when node is null

  [[nodiscard]] Position at() const;
  /// `*ast.LiteralType`, ..., `*ast.ObjectList` for items.
  [[nodiscard]] std::string_view type_name() const;
};

/// How positions look in the peer's messages: it forgets them in JSON, and puts the name of the file
/// before those of keys (not of values), if the caller gave it one.
struct PositionStyle {
  bool is_json = false;
  std::string file = {};

  /// `3:14`, `agent.hcl:3:14`, `agent.json` or `-`.
  [[nodiscard]] std::string of(const Source& source) const;
};

/// Decodes one source into what is there already (nothing, or what an earlier item with the same key
/// left). name leads the paths in messages; start with an empty Map in out to have an object as a map
/// rather than as a list with one map.
Result<void> decode_into(const PositionStyle& style, const std::string& name, const Source& source, Value& out);

/// JSON text: keys sorted, floats always with a point or an exponent. Bytes that are no UTF-8 become
/// U+FFFD.
std::string to_json(const Map& map);

/// strconv.ParseInt(text, 0, 64): 0x, 0o, 0b and leading 0 understood, `_` between digits as Go has
/// it. Error: `strconv.ParseInt: parsing "x": invalid syntax`, `... value out of range`.
Result<std::int64_t> parse_any_int(std::string_view text);

}  // namespace leasehold::hcl

// The syntax tree of an HCL1 document or of its JSON twin: what the parser makes of the text, before
// anything is typed. Items keep their order, repeated ones stay apart (spec/agent.md 3.1-3.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::hcl {

/// Line and column count from 1, the column in characters. Line 0: unknown.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  /// `3:14`, or `-` when unknown.
  [[nodiscard]] std::string str() const;
};

enum class LiteralKind { Number, Float, Bool, String, Heredoc };
enum class NodeKind { Literal, Object, List };

struct Item;

/// One value. Only the members of its kind are set.
struct Node {
  NodeKind kind = NodeKind::Literal;
  Position at;
  LiteralKind literal = LiteralKind::String;
  /// Numbers and booleans: as written. Strings and heredocs: the decoded bytes.
  std::string text;
  std::vector<Item> items;     ///< of an object
  std::vector<Node> elements;  ///< of a list
};

struct Key {
  std::string name;
  Position at;
  bool quoted = false;  ///< `"a"` rather than a; in JSON always
};

/// `key = value`, `key "label" { ... }`. One key at least.
struct Item {
  std::vector<Key> keys;
  bool assigned = false;  ///< written with `=` (or `:`)
  Node value;
};

/// A parsed file.
struct Document {
  bool is_json = false;
  Node root;  ///< an object
};

/// An item seen from inside a selection: its first keys are already used up. Points into the
/// Document, which must outlive it.
struct ItemView {
  const Item* item = nullptr;
  std::size_t used = 0;

  [[nodiscard]] std::size_t key_count() const { return item->keys.size() - used; }
  [[nodiscard]] const Key& key(std::size_t index) const { return item->keys[used + index]; }
  [[nodiscard]] const Node& value() const { return item->value; }
  /// That of the first key left; unknown without one.
  [[nodiscard]] Position at() const { return key_count() > 0 ? key(0).at : Position{}; }
};

using Selection = std::vector<ItemView>;

/// All items of an object (empty for other nodes).
Selection items_of(const Node& node);
/// Those whose next key is name (ASCII case is ignored, as the peer does), that key used up.
Selection select(const Selection& from, std::string_view name);
/// Those with keys left (labels) and those without.
Selection labelled(const Selection& from);
Selection unlabelled(const Selection& from);

/// The name that the peer's messages use: `*ast.LiteralType`, `*ast.ObjectType`, `*ast.ListType`.
std::string_view type_name(NodeKind kind);

}  // namespace leasehold::hcl

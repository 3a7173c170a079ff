// Selections over the tree: the peer's Filter, Children and Elem, without copies.
#include "leasehold/hcl/tree.h"

#include "leasehold/base/text.h"

namespace leasehold::hcl {

std::string Position::str() const {
  return line == 0 ? "-" : std::to_string(line) + ":" + std::to_string(column);
}

Selection items_of(const Node& node) {
  Selection all;
  all.reserve(node.items.size());
  for (const Item& item : node.items) all.push_back({&item, 0});
  return all;
}

Selection select(const Selection& from, std::string_view name) {
  const std::string wanted = to_lower(name);
  Selection found;
  for (const ItemView& view : from) {
    if (view.key_count() == 0) continue;
    const std::string& key = view.key(0).name;
    if (key == name || (key.size() == wanted.size() && to_lower(key) == wanted)) {
      found.push_back({view.item, view.used + 1});
    }
  }
  return found;
}

Selection labelled(const Selection& from) {
  Selection found;
  for (const ItemView& view : from) {
    if (view.key_count() > 0) found.push_back(view);
  }
  return found;
}

Selection unlabelled(const Selection& from) {
  Selection found;
  for (const ItemView& view : from) {
    if (view.key_count() == 0) found.push_back(view);
  }
  return found;
}

std::string_view type_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::Literal: return "*ast.LiteralType";
    case NodeKind::Object: return "*ast.ObjectType";
    case NodeKind::List: return "*ast.ListType";
  }
  return "";
}

}  // namespace leasehold::hcl

// Lists, maps, loops and the scratch (spec 11.4 and 11.5).
#include <algorithm>
#include <string>

#include "context.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"
#include "merge.h"
#include "scratch.h"
#include "go_strings.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kAnyList;
using gotemplate::kAnyMap;

Error zero_value() { return invalid("reflect: call of reflect.Value.Type on zero Value"); }

bool same_element(const Value& element, const Value& wanted) {
  if (element.kind() != wanted.kind()) return false;
  switch (element.kind()) {
    case Kind::Int:
      return element.as_int() == wanted.as_int();
    case Kind::Float:
      return element.as_float() == wanted.as_float();
    case Kind::String:
      return element.type() == wanted.type() && element.as_text() == wanted.as_text();
    default:
      return false;
  }
}

Result<bool> is_in(const Value& container, const Value& wanted) {
  if (container.kind() == Kind::List) {
    for (const Value& element : container.items()) {
      // compat: looking for nil fails at the first string, golden/templates/ct_collections
      if (element.kind() == Kind::String && !wanted.valid()) return zero_value();
      if (same_element(element, wanted)) return true;
    }
    return false;
  }
  if (container.kind() != Kind::String) return false;
  if (!wanted.valid()) return zero_value();
  return container.type() == wanted.type() && container.as_text().find(wanted.as_text()) != std::string_view::npos;
}

Result<Value> answer(const Result<bool>& found) {
  if (!found) return found.error();
  return Value::boolean(*found);
}

Result<Value> in(Call& call) { return answer(is_in(call[0], call[1])); }
Result<Value> contains(Call& call) { return answer(is_in(call[1], call[0])); }

std::size_t count_found(Call& call) {
  return static_cast<std::size_t>(std::ranges::count_if(call[0].items(), [&call](const Value& item) {
    const auto found = is_in(call[1], item);
    return found && *found;
  }));
}

Result<Value> contains_all(Call& call) { return Value::boolean(count_found(call) == call[0].length()); }
Result<Value> contains_any(Call& call) { return Value::boolean(count_found(call) > 0); }
Result<Value> contains_none(Call& call) { return Value::boolean(count_found(call) == 0); }
Result<Value> contains_not_all(Call& call) { return Value::boolean(count_found(call) < call[0].length()); }

Result<Value> merge(Call& call, bool override_values) {
  Value target = call[0];
  if (target.is_nil()) {
    if (call[1].length() == 0) return target;
    target = Value::map();
  }
  for (std::size_t index = 1; index < call.count(); ++index) {
    if (auto done = merge_maps(target, call[index], override_values); !done) return done.error();
  }
  return target;
}

Result<Value> merge_map(Call& call) { return merge(call, false); }
Result<Value> merge_map_override(Call& call) { return merge(call, true); }

/// Puts value at a path of keys; map values on the way are reused.
Result<void> explode_into(const Value& root, std::string_view path, const Value& value) {
  const auto keys = split_at(path, "/", -1);
  Value map = root;
  for (std::size_t index = 0; index + 1 < keys.size(); ++index) {
    const Value* next = map.find(keys[index]);
    if (next == nullptr) {
      map.set(keys[index], Value::map());
      next = map.find(keys[index]);
    }
    if (!next->is(kAnyMap)) {
      return invalid("not a map: " + go_quote(path) + ": " + go_quote(keys[index]) + " already has value " +
                     gotemplate::format("%q", {next, 1}));
    }
    map = *next;
  }
  if (!keys.back().empty()) {
    if (gotemplate::reaches(value, map)) return invalid("value contains itself");
    map.set(keys.back(), value);
  }
  return {};
}

Result<Value> explode_map(Call& call) {
  Value root = Value::map();
  for (const auto& [key, value] : call[0].entries()) {
    if (auto done = explode_into(root, key.as_text(), value); !done) return done.error().in("explodeMap");
  }
  return root;
}

Result<std::int64_t> loop_bound(const Value& value) {
  switch (value.kind()) {
    case Kind::Int:
    case Kind::Uint:
      return value.as_int();
    case Kind::String: {
      if (value.as_text().empty()) return std::int64_t{0};
      auto number = parse_int(value.as_text());
      if (!number) return number.error().in("parseInt");
      return *number;
    }
    default:
      return invalid("loop: bad argument type: " + std::string(value.type_name()));
  }
}

Result<Value> loop(Call& call) {
  if (call.count() != 1 && call.count() != 2) {
    return invalid("loop: wrong number of arguments, expected 1 or 2, but got " + std::to_string(call.count()));
  }
  auto first = loop_bound(call[0]);
  if (!first) return first.error();
  if (call.count() == 1) return Value::channel(0, *first);
  auto end = loop_bound(call[1]);
  if (!end) return end.error();
  return Value::channel(*first, *end);
}

Result<Value> get_scratch(Call& call) { return context_of(call).scratch(); }

// clang-format off
constexpr Function kCollectionFunctions[] = {
    {"in",                   types<kAny, kAny>,       false, &in,                 "whether a list or string contains a value"},
    {"contains",             types<kAny, kAny>,       false, &contains,           "the same with the value first"},
    {"containsAll",          types<kAnyList, kAny>,   false, &contains_all,       "whether all of a list are in another"},
    {"containsAny",          types<kAnyList, kAny>,   false, &contains_any,       "whether one of a list is in another"},
    {"containsNone",         types<kAnyList, kAny>,   false, &contains_none,      "whether none of a list is in another"},
    {"containsNotAll",       types<kAnyList, kAny>,   false, &contains_not_all,   "whether one of a list is missing in another"},
    {"mergeMap",             types<kAnyMap, kAnyMap, kAnyMap>, true, &merge_map,  "adds what the first map has not"},
    {"mergeMapWithOverride", types<kAnyMap, kAnyMap>,          false, &merge_map_override, "adds and replaces"},
    {"explodeMap",           types<kAnyMap>,          false, &explode_map,        "nested maps from keys with slashes"},
    {"loop",                 types<kAny>,             true,  &loop,               "the numbers of a range"},
    {"scratch",              {},                      false, &get_scratch,        "a store for this rendering"},
};
// clang-format on

}  // namespace

std::span<const Function> collection_functions() { return kCollectionFunctions; }

}  // namespace leasehold::gofuncs

// Sprig's dicts (spec 12.4): maps from string to anything.
#include <algorithm>
#include <string>

#include "context.h"
#include "leasehold/gotemplate/print.h"
#include "merge.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kAnyMap;
using gotemplate::kString;

Result<Value> dict(Call& call) {
  Value map = Value::map();
  for (std::size_t index = 0; index < call.count(); index += 2) {
    map.set(gotemplate::to_text(call[index]), index + 1 < call.count() ? call[index + 1] : Value::string(""));
  }
  return map;
}

Result<Value> get(Call& call) {
  const Value* value = call[0].find(call.text(1));
  return value == nullptr ? Value::string("") : *value;
}

Result<Value> set(Call& call) {
  if (call[0].is_nil()) return invalid("assignment to entry in nil map");
  if (gotemplate::reaches(call[2], call[0])) return invalid("value contains itself");
  call[0].set(call.text(1), call[2]);
  return call[0];
}

Result<Value> unset(Call& call) {
  call[0].erase(call.text(1));
  return call[0];
}

Result<Value> has_key(Call& call) { return Value::boolean(call[0].find(call.text(1)) != nullptr); }

Result<Value> keys(Call& call) {
  Items items;
  for (const Value& map : call.arguments) {
    for (const auto& [key, value] : map.entries()) items.push_back(key);
  }
  return Value::list(std::move(items), gotemplate::kStringList);
}

Result<Value> values(Call& call) {
  Items items;
  for (const auto& [key, value] : call[0].entries()) items.push_back(value);
  return Value::list(std::move(items));
}

Result<Value> pluck(Call& call) {
  Items items;
  for (const Value& map : call.arguments.subspan(1)) {
    if (const Value* value = map.find(call.text(0)); value != nullptr) items.push_back(*value);
  }
  return Value::list(std::move(items));
}

Result<Value> pick(Call& call) {
  Value map = Value::map();
  for (const Value& key : call.arguments.subspan(1)) {
    if (const Value* value = call[0].find(key.as_text()); value != nullptr) map.set(key, *value);
  }
  return map;
}

Result<Value> omit(Call& call) {
  Value map = Value::map();
  for (const auto& [key, value] : call[0].entries()) map.set(key, value);
  for (const Value& key : call.arguments.subspan(1)) map.erase(key.as_text());
  return map;
}

Error conversion(const Value& value, std::string_view wanted) {
  const std::string is(value.valid() ? value.type_name() : "nil");
  return invalid("interface conversion: interface {} is " + is + ", not " + std::string(wanted));
}

Result<Value> dig(Call& call) {
  if (call.count() < 3) return invalid("dig needs at least three arguments");
  const std::size_t count = call.count() - 2;
  Value map = call[count + 1];
  if (!map.is(kAnyMap)) return conversion(map, kAnyMap.name);
  for (std::size_t index = 0; index < count; ++index) {
    if (!call[index].is(kString)) return conversion(call[index], kString.name);
  }
  for (std::size_t index = 0; index < count; ++index) {
    const Value* value = map.find(call.text(index));
    if (value == nullptr) return call[count];
    if (index + 1 == count) return *value;
    if (!value->is(kAnyMap)) return conversion(*value, kAnyMap.name);
    const Value next = *value;
    map = next;
  }
  return map;
}

Result<Value> merge(Call& call, bool override_values) {
  const Value target = call[0].is_nil() && call.count() > 1 ? Value::map() : call[0];
  for (const Value& source : call.arguments.subspan(1)) {
    if (auto done = merge_maps(target, source, override_values); !done) return done.error();
  }
  return target;
}

Result<Value> merge_keep(Call& call) { return merge(call, false); }
Result<Value> merge_override(Call& call) { return merge(call, true); }

Result<Value> copy(Call& call) {
  if (!call[0].valid()) return invalid("reflect: call of reflect.Value.Type on zero Value");
  return gotemplate::deep_copy(call[0]);
}

// clang-format off
constexpr Function kSprigDicts[] = {
    {"sprig_dict",               types<kAny>,                    true,  &dict,           "a map of keys and values"},
    {"sprig_get",                types<kAnyMap, kString>,        false, &get,            "the value of a key, or empty"},
    {"sprig_set",                types<kAnyMap, kString, kAny>,  false, &set,            "sets a key in place"},
    {"sprig_unset",              types<kAnyMap, kString>,        false, &unset,          "removes a key in place"},
    {"sprig_hasKey",             types<kAnyMap, kString>,        false, &has_key,        "whether a key is there"},
    {"sprig_keys",               types<kAnyMap>,                 true,  &keys,           "the keys, sorted"},
    {"sprig_values",             types<kAnyMap>,                 false, &values,         "the values, sorted by key"},
    {"sprig_pluck",              types<kString, kAnyMap>,        true,  &pluck,          "the values of a key in several maps"},
    {"sprig_pick",               types<kAnyMap, kString>,        true,  &pick,           "only some keys"},
    {"sprig_omit",               types<kAnyMap, kString>,        true,  &omit,           "all but some keys"},
    {"sprig_dig",                types<kAny>,                    true,  &dig,            "a value deep inside, or a default"},
    {"sprig_merge",              types<kAnyMap, kAnyMap>,        true,  &merge_keep,     "adds what the first map has not"},
    {"sprig_mustMerge",          types<kAnyMap, kAnyMap>,        true,  &merge_keep,     "adds what the first map has not"},
    {"sprig_mergeOverwrite",     types<kAnyMap, kAnyMap>,        true,  &merge_override, "adds and replaces"},
    {"sprig_mustMergeOverwrite", types<kAnyMap, kAnyMap>,        true,  &merge_override, "adds and replaces"},
    {"sprig_deepCopy",           types<kAny>,                    false, &copy,           "a copy that shares nothing"},
    {"sprig_mustDeepCopy",       types<kAny>,                    false, &copy,           "a copy that shares nothing"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_dicts() { return kSprigDicts; }

}  // namespace leasehold::gofuncs

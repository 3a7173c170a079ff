#include "scratch.h"

#include <memory>

#include "context.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kAnyList;
using gotemplate::kAnyMap;
using gotemplate::kString;

/// The receiver: a record whose only field is the map of values.
const Value& store_of(Call& call) { return call[0].fields().back(); }

Result<Value> scratch_key(Call& call) {
  return Value::boolean(store_of(call).find(call.text(1)) != nullptr);
}

Result<Value> scratch_get(Call& call) {
  const Value* value = store_of(call).find(call.text(1));
  return value == nullptr ? Value() : *value;
}

Result<Value> scratch_set(Call& call) {
  if (gotemplate::reaches(call[2], store_of(call))) return invalid("value contains itself");
  store_of(call).set(call.text(1), call[2]);
  return Value::string("");
}

Result<Value> scratch_set_absent(Call& call) {
  if (store_of(call).find(call.text(1)) != nullptr) return Value::string("");
  return scratch_set(call);
}

Result<Value> set_in_map(Call& call, bool only_absent) {
  const Value* map = store_of(call).find(call.text(1));
  if (map == nullptr) {
    store_of(call).set(call.text(1), Value::map(kAnyMap));
    map = store_of(call).find(call.text(1));
  }
  if (!map->is(kAnyMap) || map->is_nil()) return invalid(go_quote(call.text(1)) + " is not a map");
  if (gotemplate::reaches(call[3], *map)) return invalid("value contains itself");
  if (!only_absent || map->find(call.text(2)) == nullptr) map->set(call.text(2), call[3]);
  return Value::string("");
}

Result<Value> scratch_map_set(Call& call) { return set_in_map(call, false); }
Result<Value> scratch_map_set_absent(Call& call) { return set_in_map(call, true); }

Result<Value> scratch_map_values(Call& call) {
  const Value* map = store_of(call).find(call.text(1));
  if (map == nullptr || !map->is(kAnyMap)) return Value::nil(kAnyList);
  Items items;
  for (const auto& [key, value] : map->entries()) items.push_back(value);
  return Value::list(std::move(items));
}

// clang-format off
constexpr Function kScratchMethods[] = {
    {"Key",       types<kString>,                false, &scratch_key,            "whether a key is set"},
    {"Get",       types<kString>,                false, &scratch_get,            "the value of a key"},
    {"Set",       types<kString, kAny>,          false, &scratch_set,            "sets a key"},
    {"SetX",      types<kString, kAny>,          false, &scratch_set_absent,     "sets a key that is not set"},
    {"MapSet",    types<kString, kString, kAny>, false, &scratch_map_set,        "sets a key of a map"},
    {"MapSetX",   types<kString, kString, kAny>, false, &scratch_map_set_absent, "sets a key of a map if it is not set"},
    {"MapValues", types<kString>,                false, &scratch_map_values,     "the values of a map, sorted by key"},
    {.name = "Lock", .refusal = "function Lock has 0 return values; should be 1 or 2"},
    {.name = "Unlock", .refusal = "function Unlock has 0 return values; should be 1 or 2"},
    {.name = "RLock", .refusal = "function RLock has 0 return values; should be 1 or 2"},
    {.name = "RUnlock", .refusal = "function RUnlock has 0 return values; should be 1 or 2"},
};
// clang-format on

constexpr gotemplate::Field kScratchFields[] = {
    {.name = "RWMutex", .type = &kAny},
    {.name = "once", .type = &kAny, .exported = false},
    {.name = "values", .type = &kAnyMap, .exported = false},
};

constinit const gotemplate::Type kScratch{
    .kind = Kind::Struct, .name = "template.Scratch", .fields = kScratchFields, .methods = kScratchMethods};
constinit const gotemplate::Type kScratchPointer{
    .kind = Kind::Pointer, .name = "*template.Scratch", .element = &kScratch};

}  // namespace

Value make_scratch() {
  Items fields;
  fields.emplace_back();
  fields.emplace_back();
  fields.push_back(Value::map(kAnyMap));
  return Value::record(kScratchPointer, std::move(fields));
}

}  // namespace leasehold::gofuncs

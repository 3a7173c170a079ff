// Sprig's lists (spec 12.3): any list in, []interface {} out.
#include <algorithm>
#include <string>

#include "context.h"
#include "merge.h"
#include "sprig_convert.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kAnyList;
using gotemplate::kInt;
using gotemplate::kListList;

/// A list argument; the error is worded by the function: `Cannot find first on type string`.
Result<Items> list_of(const Value& value, std::string_view complaint, std::string_view tail = "") {
  if (value.kind() == Kind::List) return value.items();
  // compat: the original asks nil for its kind, golden/templates/sprig_lists
  if (!value.valid()) return invalid("runtime error: invalid memory address or nil pointer dereference");
  return invalid(std::string(complaint) + " type " + kind_name(value) + std::string(tail));
}

Value list_value(Items items) { return Value::list(std::move(items)); }

bool contains(const Items& items, const Value& wanted) {
  return std::ranges::any_of(items, [&wanted](const Value& item) { return gotemplate::deep_equal(item, wanted); });
}

Result<Value> make_list(Call& call) { return list_value(Items(call.arguments.begin(), call.arguments.end())); }

Result<Value> first(Call& call) {
  auto items = list_of(call[0], "Cannot find first on");
  if (!items) return items.error();
  return items->empty() ? Value() : items->front();
}

Result<Value> last(Call& call) {
  auto items = list_of(call[0], "Cannot find last on");
  if (!items) return items.error();
  return items->empty() ? Value() : items->back();
}

Result<Value> rest(Call& call) {
  auto items = list_of(call[0], "Cannot find rest on");
  if (!items) return items.error();
  if (items->empty()) return Value::nil(kAnyList);
  items->erase(items->begin());
  return list_value(*std::move(items));
}

Result<Value> initial(Call& call) {
  auto items = list_of(call[0], "Cannot find initial on");
  if (!items) return items.error();
  if (items->empty()) return Value::nil(kAnyList);
  items->pop_back();
  return list_value(*std::move(items));
}

Result<Value> append(Call& call) {
  auto items = list_of(call[0], "Cannot push on");
  if (!items) return items.error();
  items->push_back(call[1]);
  return list_value(*std::move(items));
}

Result<Value> prepend(Call& call) {
  auto items = list_of(call[0], "Cannot prepend on");
  if (!items) return items.error();
  items->insert(items->begin(), call[1]);
  return list_value(*std::move(items));
}

Result<Value> concat(Call& call) {
  Items all;
  for (const Value& argument : call.arguments) {
    auto items = list_of(argument, "Cannot concat", " as list");
    if (!items) return items.error();
    all.insert(all.end(), items->begin(), items->end());
  }
  return list_value(std::move(all));
}

Result<Value> reverse(Call& call) {
  auto items = list_of(call[0], "Cannot find reverse on");
  if (!items) return items.error();
  std::ranges::reverse(*items);
  return list_value(*std::move(items));
}

Result<Value> uniq(Call& call) {
  auto items = list_of(call[0], "Cannot find uniq on");
  if (!items) return items.error();
  Items kept;
  for (const Value& item : *items) {
    if (!contains(kept, item)) kept.push_back(item);
  }
  return list_value(std::move(kept));
}

Result<Value> without(Call& call) {
  auto items = list_of(call[0], "Cannot find without on");
  if (!items) return items.error();
  const Items unwanted(call.arguments.begin() + 1, call.arguments.end());
  std::erase_if(*items, [&unwanted](const Value& item) { return contains(unwanted, item); });
  return list_value(*std::move(items));
}

Result<Value> compact(Call& call) {
  auto items = list_of(call[0], "Cannot compact on");
  if (!items) return items.error();
  std::erase_if(*items, is_empty);
  return list_value(*std::move(items));
}

Result<Value> has(Call& call) {
  if (!call[1].valid()) return Value::boolean(false);
  auto items = list_of(call[1], "Cannot find has on");
  if (!items) return items.error();
  return Value::boolean(contains(*items, call[0]));
}

Result<Value> slice(Call& call) {
  const Value& list = call[0];
  if (list.valid() && list.kind() != Kind::List) {
    return invalid("list should be type of slice or array but " + kind_name(list));
  }
  auto items = list_of(list, "");
  if (!items) return items.error();
  if (items->empty()) return Value();
  const auto length = static_cast<std::int64_t>(items->size());
  const std::int64_t from = call.count() > 1 ? lenient_int(call[1]) : 0;
  const std::int64_t to = call.count() > 2 ? lenient_int(call[2]) : length;
  if (from < 0 || to < from || to > length) return invalid("reflect.Value.Slice: slice index out of bounds");
  return Value::list(Items(items->begin() + from, items->begin() + to), *list.type());
}

Result<Value> chunk(Call& call) {
  auto items = list_of(call[1], "Cannot chunk");
  if (!items) return items.error();
  const std::int64_t size = call.integer(0);
  const auto length = static_cast<std::int64_t>(items->size());
  // The number of chunks is reckoned as floor((length - 1) / size) + 1, also for negative sizes.
  if (size == 0 || (size < 0 && size > 1 - length && length > 1)) {
    return invalid("runtime error: makeslice: len out of range");
  }
  Items chunks;
  if (size < 0 && length == 1) chunks.push_back(list_value(*items));
  for (std::size_t start = 0; size > 0 && start < items->size();) {
    const std::size_t count = std::min(items->size() - start, static_cast<std::size_t>(size));
    const auto begin = items->begin() + static_cast<std::ptrdiff_t>(start);
    chunks.push_back(list_value(Items(begin, begin + static_cast<std::ptrdiff_t>(count))));
    start += count;
  }
  return Value::list(std::move(chunks), kListList);
}

// clang-format off
constexpr Function kSprigLists[] = {
    {"sprig_list",        types<kAny>,       true,  &make_list, "a list of the arguments"},
    {"sprig_tuple",       types<kAny>,       true,  &make_list, "a list of the arguments"},
    {"sprig_first",       types<kAny>,       false, &first,     "first element"},
    {"sprig_mustFirst",   types<kAny>,       false, &first,     "first element"},
    {"sprig_last",        types<kAny>,       false, &last,      "last element"},
    {"sprig_mustLast",    types<kAny>,       false, &last,      "last element"},
    {"sprig_rest",        types<kAny>,       false, &rest,      "all but the first"},
    {"sprig_mustRest",    types<kAny>,       false, &rest,      "all but the first"},
    {"sprig_initial",     types<kAny>,       false, &initial,   "all but the last"},
    {"sprig_mustInitial", types<kAny>,       false, &initial,   "all but the last"},
    {"sprig_append",      types<kAny, kAny>, false, &append,    "one more at the end"},
    {"sprig_mustAppend",  types<kAny, kAny>, false, &append,    "one more at the end"},
    {"sprig_push",        types<kAny, kAny>, false, &append,    "one more at the end"},
    {"sprig_mustPush",    types<kAny, kAny>, false, &append,    "one more at the end"},
    {"sprig_prepend",     types<kAny, kAny>, false, &prepend,   "one more at the beginning"},
    {"sprig_mustPrepend", types<kAny, kAny>, false, &prepend,   "one more at the beginning"},
    {"sprig_concat",      types<kAny>,       true,  &concat,    "lists one after the other"},
    {"sprig_reverse",     types<kAny>,       false, &reverse,   "in reverse order"},
    {"sprig_mustReverse", types<kAny>,       false, &reverse,   "in reverse order"},
    {"sprig_uniq",        types<kAny>,       false, &uniq,      "without repetitions"},
    {"sprig_mustUniq",    types<kAny>,       false, &uniq,      "without repetitions"},
    {"sprig_without",     types<kAny, kAny>, true,  &without,   "without some values"},
    {"sprig_mustWithout", types<kAny, kAny>, true,  &without,   "without some values"},
    {"sprig_compact",     types<kAny>,       false, &compact,   "without empty elements"},
    {"sprig_mustCompact", types<kAny>,       false, &compact,   "without empty elements"},
    {"sprig_has",         types<kAny, kAny>, false, &has,       "whether a list has a value"},
    {"sprig_mustHas",     types<kAny, kAny>, false, &has,       "whether a list has a value"},
    {"sprig_slice",       types<kAny, kAny>, true,  &slice,     "part of a list"},
    {"sprig_mustSlice",   types<kAny, kAny>, true,  &slice,     "part of a list"},
    {"sprig_chunk",       types<kInt, kAny>, false, &chunk,     "lists of at most so many elements"},
    {"sprig_mustChunk",   types<kInt, kAny>, false, &chunk,     "lists of at most so many elements"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_lists() { return kSprigLists; }

}  // namespace leasehold::gofuncs

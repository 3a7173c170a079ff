// The functions that every Go template has (spec section 8). `and` and `or` have rows without a
// callback: the executor evaluates their arguments one by one.
#include <algorithm>
#include <string>
#include <utility>

#include "leasehold/gotemplate/function.h"
#include "leasehold/gotemplate/print.h"
#include "comparisons.h"
#include "escapes.h"

namespace leasehold::gotemplate {

namespace {

std::string type_of(const Value& value) { return std::string(value.type_name()); }

/// Opens boxes and pointers; nil when there was a nil on the way.
struct Opened {
  Value value;
  bool nil = false;
};

Opened open(const Value& value) {
  if (!value.valid()) return {.value = {}, .nil = value.boxed()};
  if (value.kind() == Kind::Pointer) return {.value = value.pointed(), .nil = value.is_nil()};
  return {.value = value.as_boxed(false), .nil = false};
}

/// An index of a list or string: 0 to bound, bound included (compat: golden/templates/builtins).
Result<std::size_t> index_argument(const Value& index, std::size_t bound) {
  std::int64_t number = 0;
  switch (index.kind()) {
    case Kind::Int:
    case Kind::Uint:
      number = index.as_int();
      break;
    case Kind::Invalid:
      return invalid("cannot index slice/array with nil");
    default:
      return invalid("cannot index slice/array with type " + type_of(index));
  }
  if (number < 0 || static_cast<std::uint64_t>(number) > bound) {
    return invalid("index out of range: " + std::to_string(number));
  }
  return static_cast<std::size_t>(number);
}

Result<Value> index_sequence(const Value& item, const Value& index) {
  const bool is_list = item.kind() == Kind::List;
  auto place = index_argument(index, item.length());
  if (!place) return place.error();
  if (*place == item.length()) {
    return invalid(is_list ? "reflect: slice index out of range" : "reflect: string index out of range");
  }
  if (is_list) return item.items()[*place].as_boxed(item.type()->element == &kAny);
  const auto byte = static_cast<unsigned char>(item.as_text()[*place]);
  return Value::unsigned_integer(byte, kUint8);
}

Result<Value> index_map(const Value& map, const Value& key) {
  const Type& wanted = *map.type()->key;
  if (!key.valid() && wanted.kind != Kind::Interface) {
    return invalid("value is nil; should be of type " + std::string(wanted.name));
  }
  if (wanted.kind != Kind::Interface && key.type() != &wanted) {
    return invalid("value has type " + type_of(key) + "; should be " + std::string(wanted.name));
  }
  const Value* entry = map.find(key);
  const Type& element = *map.type()->element;
  return (entry == nullptr ? Value::zero(element) : *entry).as_boxed(&element == &kAny);
}

Result<Value> index(Call& call) {
  Value item = call[0].as_boxed(false);
  if (!item.valid()) return invalid("index of untyped nil");
  for (const Value& raw : call.arguments.subspan(1)) {
    const Opened opened = open(item);
    if (opened.nil) return invalid("index of nil pointer");
    const Value key = raw.as_boxed(false);
    Result<Value> next = invalid("can't index item of type " + type_of(opened.value));
    if (opened.value.kind() == Kind::List || opened.value.kind() == Kind::String) {
      next = index_sequence(opened.value, key);
    } else if (opened.value.kind() == Kind::Map) {
      next = index_map(opened.value, key);
    }
    if (!next) return next.error();
    item = *std::move(next);
  }
  return item;
}

Result<Value> slice(Call& call) {
  const Value item = call[0].as_boxed(false);
  if (!item.valid()) return invalid("slice of untyped nil");
  const auto bounds = call.arguments.subspan(1);
  if (bounds.size() > 3) return invalid("too many slice indexes: " + std::to_string(bounds.size()));
  const Opened opened = open(item);
  if (opened.nil) return invalid("slice of nil pointer");
  const Kind kind = opened.value.kind();
  if (kind != Kind::List && kind != Kind::String) {
    return invalid("can't slice item of type " + type_of(opened.value));
  }
  if (kind == Kind::String && bounds.size() == 3) return invalid("cannot 3-index slice a string");
  const std::size_t length = opened.value.length();
  std::size_t places[3] = {0, length, length};
  for (std::size_t number = 0; number < bounds.size(); ++number) {
    auto place = index_argument(bounds[number].as_boxed(false), length);
    if (!place) return place.error();
    places[number] = *place;
  }
  for (std::size_t number = 0; number < 2; ++number) {
    if (places[number] > places[number + 1]) {
      return invalid("invalid slice index: " + std::to_string(places[number]) + " > " +
                     std::to_string(places[number + 1]));
    }
  }
  if (kind == Kind::String) {
    return Value::string(opened.value.as_text().substr(places[0], places[1] - places[0]), *item.type());
  }
  const Items& items = opened.value.items();
  return Value::list(Items(items.begin() + static_cast<std::ptrdiff_t>(places[0]),
                           items.begin() + static_cast<std::ptrdiff_t>(places[1])),
                     *opened.value.type());
}

Result<Value> length(Call& call) {
  const Opened opened = open(call[0]);
  if (opened.nil) return invalid("len of nil pointer");
  switch (opened.value.kind()) {
    case Kind::Invalid:
      return invalid("reflect: call of reflect.Value.Type on zero Value");
    case Kind::String:
    case Kind::List:
    case Kind::Map:
    case Kind::Channel:
      return Value::integer(static_cast<std::int64_t>(opened.value.length()));
    default:
      return invalid("len of type " + type_of(opened.value));
  }
}

Result<Value> negation(Call& call) { return Value::boolean(!is_true(call[0])); }

Result<Value> call_value(Call& call) {
  const Value callee = call[0].as_boxed(false);
  if (!callee.valid()) return invalid("call of nil");
  return invalid("non-function " + format("%#v", {&callee, 1}) + " of type " + type_of(callee));
}

Result<Value> print_all(Call& call) { return Value::string(print(call.arguments)); }
Result<Value> print_all_line(Call& call) { return Value::string(print_line(call.arguments)); }
Result<Value> print_format(Call& call) {
  return Value::string(format(call.text(0), call.arguments.subspan(1)));
}

/// The arguments as an action would write them, for the escaping functions.
std::string output_text(Call& call) {
  Items shown;
  shown.reserve(call.count());
  for (const Value& value : call.arguments) {
    const bool pointer = value.kind() == Kind::Pointer && !value.is_nil();
    shown.push_back(value.valid() ? (pointer ? value.pointed() : value) : Value::string("<no value>"));
  }
  return print(shown);
}

Result<Value> html(Call& call) { return Value::string(escape_html(output_text(call))); }
Result<Value> js(Call& call) { return Value::string(escape_js(output_text(call))); }
Result<Value> url_query(Call& call) { return Value::string(escape_query(output_text(call))); }

// clang-format off
constexpr Function kBuiltins[] = {
    // name       parameters                variadic          callback           help
    {"and",       types<kRaw, kRaw>,        true,             nullptr,           "first empty argument or the last one"},
    {"or",        types<kRaw, kRaw>,        true,             nullptr,           "first non-empty argument or the last one"},
    {"not",       types<kRaw>,              false,            &negation,         "the opposite of its truth"},
    {"len",       types<kRaw>,              false,            &length,           "number of bytes or elements"},
    {"index",     types<kRaw, kRaw>,        true,             &index,            "element at one or more keys"},
    {"slice",     types<kRaw, kRaw>,        true,             &slice,            "part of a string or list"},
    {"eq",        types<kRaw, kRaw>,        true,             &compare_eq,       "equal to any of the others"},
    {"ne",        types<kRaw, kRaw>,        false,            &compare_ne,       "not equal"},
    {"lt",        types<kRaw, kRaw>,        false,            &compare_lt,       "less than"},
    {"le",        types<kRaw, kRaw>,        false,            &compare_le,       "less than or equal"},
    {"gt",        types<kRaw, kRaw>,        false,            &compare_gt,       "greater than"},
    {"ge",        types<kRaw, kRaw>,        false,            &compare_ge,       "greater than or equal"},
    {"print",     types<kAny>,              true,             &print_all,        "values as text"},
    {"println",   types<kAny>,              true,             &print_all_line,   "values as a line"},
    {"printf",    types<kString, kAny>,     true,             &print_format,     "values by a format"},
    {"html",      types<kAny>,              true,             &html,             "text escaped for HTML"},
    {"js",        types<kAny>,              true,             &js,               "text escaped for JavaScript"},
    {"urlquery",  types<kAny>,              true,             &url_query,        "text escaped for a URL query"},
    {"call",      types<kRaw, kRaw>,        true,             &call_value,       "calls a function value"},
};
// clang-format on

}  // namespace

std::span<const Function> builtin_functions() { return kBuiltins; }

}  // namespace leasehold::gotemplate

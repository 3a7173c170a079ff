// Sprig's defaults, JSON, types and flow (spec 12.5).
#include <algorithm>
#include <string>

#include "context.h"
#include "json_input.h"
#include "json_output.h"
#include "merge.h"
#include "sprig_convert.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kBool;
using gotemplate::kString;

Result<Value> empty(Call& call) { return Value::boolean(is_empty(call[0])); }

Result<Value> default_value(Call& call) {
  return call.count() < 2 || is_empty(call[1]) ? call[0] : call[1];
}

Result<Value> coalesce(Call& call) {
  const auto found = std::ranges::find_if_not(call.arguments, is_empty);
  return found == call.arguments.end() ? Value() : *found;
}

Result<Value> all(Call& call) { return Value::boolean(std::ranges::none_of(call.arguments, is_empty)); }
Result<Value> any(Call& call) { return Value::boolean(!std::ranges::all_of(call.arguments, is_empty)); }
Result<Value> ternary(Call& call) { return call[2].as_bool() ? call[0] : call[1]; }
Result<Value> fail(Call& call) { return invalid(std::string(call.text(0))); }

Result<Value> json(const Value& value, JsonStyle style) {
  auto text = to_json(value, style);
  if (!text) return text.error();
  return Value::string(*text);
}

constexpr JsonStyle kPlain = {.pretty = false, .escape_html = true};
constexpr JsonStyle kPretty = {.pretty = true, .escape_html = true};
constexpr JsonStyle kRaw = {.pretty = false, .escape_html = false};

/// The forgiving variants answer "" where the others fail.
Result<Value> forgiving(const Value& value, JsonStyle style) {
  const auto text = to_json(value, style);
  return Value::string(text ? *text : std::string());
}

Result<Value> to_json_text(Call& call) { return forgiving(call[0], kPlain); }
Result<Value> to_pretty_json(Call& call) { return forgiving(call[0], kPretty); }
Result<Value> must_to_json(Call& call) { return json(call[0], kPlain); }
Result<Value> must_to_pretty_json(Call& call) { return json(call[0], kPretty); }
Result<Value> to_raw_json(Call& call) { return json(call[0], kRaw); }
Result<Value> must_from_json(Call& call) { return parse_json(call.text(0), JsonNumbers::AsFloat); }
Result<Value> from_json(Call& call) {
  auto value = parse_json(call.text(0), JsonNumbers::AsFloat);
  return value ? *value : Value();
}

Result<Value> type_of(Call& call) { return Value::string(call[0].type_name()); }
Result<Value> type_is(Call& call) { return Value::boolean(call[1].type_name() == call.text(0)); }
Result<Value> type_is_like(Call& call) {
  const std::string_view name = call[1].type_name();
  return Value::boolean(name == call.text(0) || name == "*" + std::string(call.text(0)));
}
Result<Value> kind_of(Call& call) { return Value::string(kind_name(call[0])); }
Result<Value> kind_is(Call& call) { return Value::boolean(kind_name(call[1]) == call.text(0)); }
Result<Value> deeply_equal(Call& call) { return Value::boolean(gotemplate::deep_equal(call[0], call[1])); }

// clang-format off
constexpr Function kSprigValues[] = {
    {"sprig_empty",            types<kAny>,              false, &empty,               "whether a value is empty"},
    {"sprig_default",          types<kAny, kAny>,        true,  &default_value,       "a default for an empty value"},
    {"sprig_coalesce",         types<kAny>,              true,  &coalesce,            "the first that is not empty"},
    {"sprig_all",              types<kAny>,              true,  &all,                 "whether none is empty"},
    {"sprig_any",              types<kAny>,              true,  &any,                 "whether one is not empty"},
    {"sprig_ternary",          types<kAny, kAny, kBool>, false, &ternary,             "one of two, by a bool"},
    {"sprig_fail",             types<kString>,           false, &fail,                "fails with a message"},
    {"sprig_toJson",           types<kAny>,              false, &to_json_text,        "JSON, or empty"},
    {"sprig_mustToJson",       types<kAny>,              false, &must_to_json,        "JSON"},
    {"sprig_toPrettyJson",     types<kAny>,              false, &to_pretty_json,      "indented JSON, or empty"},
    {"sprig_mustToPrettyJson", types<kAny>,              false, &must_to_pretty_json, "indented JSON"},
    {"sprig_toRawJson",        types<kAny>,              false, &to_raw_json,         "JSON with < > & as they are"},
    {"sprig_mustToRawJson",    types<kAny>,              false, &to_raw_json,         "JSON with < > & as they are"},
    {"sprig_fromJson",         types<kString>,           false, &from_json,           "value of a JSON text, or nil"},
    {"sprig_mustFromJson",     types<kString>,           false, &must_from_json,      "value of a JSON text"},
    {"sprig_typeOf",           types<kAny>,              false, &type_of,             "name of the type"},
    {"sprig_typeIs",           types<kString, kAny>,     false, &type_is,             "whether the type has a name"},
    {"sprig_typeIsLike",       types<kString, kAny>,     false, &type_is_like,        "the same, pointers too"},
    {"sprig_kindOf",           types<kAny>,              false, &kind_of,             "name of the kind"},
    {"sprig_kindIs",           types<kString, kAny>,     false, &kind_is,             "whether the kind has a name"},
    {"sprig_deepEqual",        types<kAny, kAny>,        false, &deeply_equal,        "whether two values are equal throughout"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_values() { return kSprigValues; }

}  // namespace leasehold::gofuncs

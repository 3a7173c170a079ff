// Text to values (spec 11.3).
#include <string>

#include "context.h"
#include "json_input.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/numeric.h"
#include "leasehold/gofuncs/yaml_text.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kInt64;
using gotemplate::kString;

Result<Value> to_bool(Call& call) {
  if (call.text(0).empty()) return Value::boolean(false);
  auto value = parse_bool(call.text(0));
  if (!value) return value.error().in("parseBool");
  return Value::boolean(*value);
}

Result<Value> to_int(Call& call) {
  if (call.text(0).empty()) return Value::integer(0, kInt64);
  auto value = parse_int(call.text(0));
  if (!value) return value.error().in("parseInt");
  return Value::integer(*value, kInt64);
}

Result<Value> to_uint(Call& call) {
  if (call.text(0).empty()) return Value::unsigned_integer(0);
  auto value = parse_uint(call.text(0));
  if (!value) return value.error().in("parseUint");
  return Value::unsigned_integer(*value);
}

Result<Value> to_float(Call& call) {
  if (call.text(0).empty()) return Value::floating(0);
  if (const auto number = gotemplate::read_float(call.text(0))) return Value::floating(*number);
  auto value = parse_float(call.text(0));
  if (!value) return value.error().in("parseFloat");
  return Value::floating(*value);
}

Result<Value> from_json(Call& call) {
  if (call.text(0).empty()) return Value::map();
  return parse_json(call.text(0), JsonNumbers::AsFloat);
}

Result<Value> from_yaml(Call& call) {
  if (call.text(0).empty()) return Value::map();
  return parse_yaml(call.text(0));
}

// clang-format off
constexpr Function kParsingFunctions[] = {
    {"parseBool",  types<kString>, false, &to_bool,   "true or false of a text"},
    {"parseInt",   types<kString>, false, &to_int,    "int64 of a decimal text"},
    {"parseUint",  types<kString>, false, &to_uint,   "uint64 of a decimal text"},
    {"parseFloat", types<kString>, false, &to_float,  "float64 of a text"},
    {"parseJSON",  types<kString>, false, &from_json, "value of a JSON text"},
    {"parseYAML",  types<kString>, false, &from_yaml, "value of a YAML text"},
};
// clang-format on

}  // namespace

std::span<const Function> parsing_functions() { return kParsingFunctions; }

}  // namespace leasehold::gofuncs

#include "number_methods.h"

#include "leasehold/base/scalars.h"

namespace leasehold::gotemplate {

Result<Value> number_int64(Call& call) {
  auto number = parse_int(call.text(0));
  if (!number) return number.error();
  return Value::integer(*number, kInt64);
}

Result<Value> number_float64(Call& call) {
  auto number = parse_float(call.text(0));
  if (!number) return number.error();
  return Value::floating(*number);
}

Result<Value> number_string(Call& call) { return Value::string(call.text(0)); }

}  // namespace leasehold::gotemplate

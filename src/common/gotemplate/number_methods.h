// The methods of json.Number, which templates may call on every number of a secret: .Int64, .Float64
// and .String (spec section 10).
#pragma once

#include "leasehold/gotemplate/function.h"

namespace leasehold::gotemplate {

Result<Value> number_int64(Call& call);
Result<Value> number_float64(Call& call);
Result<Value> number_string(Call& call);

inline constexpr Function kNumberMethods[] = {
    {.name = "Int64", .parameters = {}, .call = &number_int64, .help = "the number as int64"},
    {.name = "Float64", .parameters = {}, .call = &number_float64, .help = "the number as float64"},
    {.name = "String", .parameters = {}, .call = &number_string, .help = "the number as written"},
};

}  // namespace leasehold::gotemplate

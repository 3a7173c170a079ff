// eq, ne, lt, le, gt and ge (spec section 8).
#pragma once

#include "leasehold/gotemplate/function.h"

namespace leasehold::gotemplate {

Result<Value> compare_eq(Call& call);
Result<Value> compare_ne(Call& call);
Result<Value> compare_lt(Call& call);
Result<Value> compare_le(Call& call);
Result<Value> compare_gt(Call& call);
Result<Value> compare_ge(Call& call);

}  // namespace leasehold::gotemplate

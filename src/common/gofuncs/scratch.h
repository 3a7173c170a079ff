// `scratch`: a store that lives for one rendering (spec 11.4).
#pragma once

#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

gotemplate::Value make_scratch();

}  // namespace leasehold::gofuncs

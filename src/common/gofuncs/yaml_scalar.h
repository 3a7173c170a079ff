// What a plain YAML scalar means to Go's yaml.v2 (spec 13.4), shared by reader and writer.
#pragma once

#include <string_view>

#include "leasehold/gotemplate/value.h"

namespace leasehold::gofuncs {

enum class ScalarKind { Text, Null, Bool, Number, Timestamp, Merge };

struct Scalar {
  ScalarKind kind = ScalarKind::Text;
  gotemplate::Value value;  ///< Text, Timestamp, Merge: the text itself
};

Scalar resolve_scalar(std::string_view text);
/// 1:30:00 and the like: a number for other YAML readers, hence quoted when written.
bool looks_base60(std::string_view text);

}  // namespace leasehold::gofuncs

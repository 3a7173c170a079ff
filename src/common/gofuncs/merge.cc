#include "merge.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Kind;
using gotemplate::Value;

constexpr int kDepthMax = 1000;

Result<void> merge_at(const Value& target, const Value& source, bool override_values, int depth) {
  if (depth > kDepthMax) return invalid("maps are nested too deep");
  const gotemplate::Entries entries = source.entries();  // target and source may be the same map
  for (const auto& [key, value] : entries) {
    const Value* place = target.find(key);
    const Value old = place == nullptr ? Value() : *place;
    const bool present = place != nullptr;
    if (!value.valid()) {
      if (override_values) target.set(key, value);
      continue;
    }
    if (gotemplate::reaches(value, target)) return invalid("value contains itself");
    if (value.kind() == Kind::Map && old.kind() == Kind::Map && !old.is_nil()) {
      if (value.identity() == old.identity()) continue;
      if (auto done = merge_at(old, value, override_values, depth + 1); !done) return done;
      if (old.length() == 0) target.set(key, value);
      continue;
    }
    if (!present || is_empty(old) || override_values) target.set(key, value);
  }
  return {};
}

}  // namespace

bool is_empty(const Value& value) {
  return value.kind() != Kind::Struct && !gotemplate::is_true(value);
}

Result<void> merge_maps(const Value& target, const Value& source, bool override_values) {
  return merge_at(target, source, override_values, 0);
}

}  // namespace leasehold::gofuncs

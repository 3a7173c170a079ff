#include "comparisons.h"

#include <string>

#include "leasehold/gotemplate/print.h"

namespace leasehold::gotemplate {

namespace {

bool is_basic(Kind kind) {
  switch (kind) {
    case Kind::Bool:
    case Kind::Int:
    case Kind::Uint:
    case Kind::Float:
    case Kind::Complex:
    case Kind::String:
      return true;
    default:
      return false;
  }
}

bool int_with_uint(const Value& a, const Value& b) {
  return (a.kind() == Kind::Int && b.kind() == Kind::Uint) || (a.kind() == Kind::Uint && b.kind() == Kind::Int);
}

Error incompatible(const Value& a, const Value& b) {
  return invalid("incompatible types for comparison: " + std::string(a.type_name()) + " and " +
                 std::string(b.type_name()));
}

std::string shown(const Value& value) { return format("%s", {&value, 1}); }

bool basic_equal(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Kind::Float:
      return a.as_float() == b.as_float();
    case Kind::Complex:
      return a.as_complex() == b.as_complex();
    case Kind::String:
      return a.as_text() == b.as_text();
    default:
      return a.as_uint() == b.as_uint();
  }
}

Result<bool> other_equal(const Value& a, const Value& b) {
  if (a.valid() && b.valid() && a.kind() != b.kind()) {
    return invalid("non-comparable types " + shown(a) + ": " + std::string(a.type_name()) + ", " +
                   std::string(b.type_name()) + ": " + shown(b));
  }
  if (a.is_nil() || b.is_nil()) return a.is_nil() == b.is_nil();
  if (b.kind() == Kind::List || b.kind() == Kind::Map) {
    return invalid("non-comparable type " + shown(b) + ": " + std::string(b.type_name()));
  }
  if (a.kind() == Kind::Struct && a.type() == b.type()) return to_text(a) == to_text(b);
  return a.type() == b.type() && a.identity() == b.identity();
}

Result<bool> equal(const Value& a, const Value& b) {
  if (is_basic(a.kind()) && a.kind() == b.kind()) return basic_equal(a, b);
  if (int_with_uint(a, b)) {
    const Value& number = a.kind() == Kind::Int ? a : b;
    return number.as_int() >= 0 && a.as_uint() == b.as_uint();
  }
  if (is_basic(a.kind()) || is_basic(b.kind())) {
    if (a.valid() && b.valid()) return incompatible(a, b);
    return false;
  }
  return other_equal(a, b);
}

Result<bool> equal_any(Call& call) {
  if (call.count() < 2) return invalid("missing argument for comparison");
  const Value first = call[0].as_boxed(false);
  for (const Value& other : call.arguments.subspan(1)) {
    auto same = equal(first, other.as_boxed(false));
    if (!same || *same) return same;
  }
  return false;
}

Result<bool> less(Call& call) {
  const Value a = call[0].as_boxed(false);
  const Value b = call[1].as_boxed(false);
  if (!is_basic(a.kind()) || !is_basic(b.kind())) return invalid("invalid type for comparison");
  if (int_with_uint(a, b)) {
    if (a.kind() == Kind::Int) return a.as_int() < 0 || a.as_uint() < b.as_uint();
    return b.as_int() >= 0 && a.as_uint() < b.as_uint();
  }
  if (a.kind() != b.kind()) return incompatible(a, b);
  switch (a.kind()) {
    case Kind::Int:
      return a.as_int() < b.as_int();
    case Kind::Uint:
      return a.as_uint() < b.as_uint();
    case Kind::Float:
      return a.as_float() < b.as_float();
    case Kind::String:
      return a.as_text() < b.as_text();
    default:
      return invalid("invalid type for comparison");
  }
}

/// compat: le is "less or equal", so that NaN is greater than everything, golden/templates/builtins
Result<bool> less_or_equal(Call& call) {
  auto lesser = less(call);
  if (!lesser || *lesser) return lesser;
  return equal_any(call);
}

Result<Value> answer(const Result<bool>& truth, bool negated) {
  if (!truth) return truth.error();
  return Value::boolean(*truth != negated);
}

}  // namespace

Result<Value> compare_eq(Call& call) { return answer(equal_any(call), false); }
Result<Value> compare_ne(Call& call) { return answer(equal_any(call), true); }
Result<Value> compare_lt(Call& call) { return answer(less(call), false); }
Result<Value> compare_le(Call& call) { return answer(less_or_equal(call), false); }
Result<Value> compare_gt(Call& call) { return answer(less_or_equal(call), true); }
Result<Value> compare_ge(Call& call) { return answer(less(call), true); }

}  // namespace leasehold::gotemplate

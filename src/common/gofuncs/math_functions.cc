// add, subtract and friends: `f b a` computes a op b, for pipes (spec 11.7).
#include <cmath>
#include <limits>
#include <string>

#include "context.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kInt64;

bool is_number(const Value& value) {
  return value.kind() == Kind::Int || value.kind() == Kind::Uint || value.kind() == Kind::Float;
}

double real(const Value& value) {
  switch (value.kind()) {
    case Kind::Int:
      return static_cast<double>(value.as_int());
    case Kind::Uint:
      return static_cast<double>(value.as_uint());
    default:
      return value.as_float();
  }
}

Error unknown_type(Call& call, const Value& value) {
  const std::string shown = value.valid() ? gotemplate::format("%q", {&value, 1}) : "<invalid reflect.Value>";
  return invalid(std::string(call.function.name) + ": unknown type for " + shown + " (" +
                 std::string(value.type_name()) + ")");
}

/// The operations of one function on the three families. Bits of both integer families are equal,
/// so wrapping arithmetic is done on unsigned numbers.
struct Operation {
  std::uint64_t (*bits)(std::uint64_t a, std::uint64_t b) = nullptr;
  std::int64_t (*integer)(std::int64_t a, std::int64_t b) = nullptr;
  double (*floating)(double a, double b) = nullptr;
  bool divides = false;
};

Result<Value> compute(Call& call, const Operation& operation) {
  const Value& b = call[0];
  const Value& a = call[1];
  const bool floats = operation.floating != nullptr;
  // The replaced function looks at a first, and names b only when a is fine.
  if (!is_number(a) || (!floats && a.kind() == Kind::Float)) return unknown_type(call, a);
  if (!is_number(b) || (!floats && b.kind() == Kind::Float)) return unknown_type(call, b);
  if (a.kind() == Kind::Float || b.kind() == Kind::Float) {
    return Value::floating(operation.floating(real(a), real(b)));
  }
  if (operation.divides && b.as_uint() == 0) return invalid("runtime error: integer divide by zero");
  const bool natural = a.kind() == Kind::Uint && b.kind() == Kind::Uint;
  if (operation.integer != nullptr && !natural) {
    return Value::integer(operation.integer(a.as_int(), b.as_int()), kInt64);
  }
  const std::uint64_t bits = operation.bits(a.as_uint(), b.as_uint());
  if (natural) return Value::unsigned_integer(bits);
  return Value::integer(static_cast<std::int64_t>(bits), kInt64);
}

/// The one quotient that does not fit wraps around, as in Go.
std::int64_t quotient(std::int64_t a, std::int64_t b) {
  if (a == std::numeric_limits<std::int64_t>::min() && b == -1) return a;
  return a / b;
}

std::int64_t remainder(std::int64_t a, std::int64_t b) { return b == -1 ? 0 : a % b; }

double float_quotient(double a, double b) {
  if (b != 0) return a / b;
  if (a == 0 || std::isnan(a)) return std::numeric_limits<double>::quiet_NaN();
  return std::copysign(std::numeric_limits<double>::infinity(), a) * std::copysign(1.0, b);
}

Result<Value> add(Call& call) {
  return compute(call, {.bits = [](std::uint64_t a, std::uint64_t b) { return a + b; },
                        .floating = [](double a, double b) { return a + b; }});
}

Result<Value> subtract(Call& call) {
  return compute(call, {.bits = [](std::uint64_t a, std::uint64_t b) { return a - b; },
                        .floating = [](double a, double b) { return a - b; }});
}

Result<Value> multiply(Call& call) {
  return compute(call, {.bits = [](std::uint64_t a, std::uint64_t b) { return a * b; },
                        .floating = [](double a, double b) { return a * b; }});
}

Result<Value> divide(Call& call) {
  return compute(call, {.bits = [](std::uint64_t a, std::uint64_t b) { return a / b; },
                        .integer = &quotient,
                        .floating = &float_quotient,
                        .divides = true});
}

Result<Value> modulo(Call& call) {
  return compute(call, {.bits = [](std::uint64_t a, std::uint64_t b) { return a % b; },
                        .integer = &remainder,
                        .divides = true});
}

/// The operand that was chosen, in its own family.
Value widened(const Value& value) {
  switch (value.kind()) {
    case Kind::Int:
      return Value::integer(value.as_int(), kInt64);
    case Kind::Uint:
      return Value::unsigned_integer(value.as_uint());
    default:
      return value;
  }
}

bool less(const Value& a, const Value& b) {
  if (a.kind() == Kind::Uint && b.kind() == Kind::Uint) return a.as_uint() < b.as_uint();
  if (a.kind() == Kind::Float || b.kind() == Kind::Float) return real(a) < real(b);
  return a.as_int() < b.as_int();
}

Result<Value> choose(Call& call, bool smaller) {
  const Value& b = call[0];
  const Value& a = call[1];
  if (!is_number(a)) return unknown_type(call, a);
  if (!is_number(b)) return unknown_type(call, b);
  return widened((smaller ? less(a, b) : less(b, a)) ? a : b);
}

Result<Value> minimum(Call& call) { return choose(call, true); }
Result<Value> maximum(Call& call) { return choose(call, false); }

// clang-format off
constexpr Function kMathFunctions[] = {
    {"add",      types<kAny, kAny>, false, &add,      "sum"},
    {"subtract", types<kAny, kAny>, false, &subtract, "second minus first"},
    {"multiply", types<kAny, kAny>, false, &multiply, "product"},
    {"divide",   types<kAny, kAny>, false, &divide,   "second by first"},
    {"modulo",   types<kAny, kAny>, false, &modulo,   "rest of second by first"},
    {"minimum",  types<kAny, kAny>, false, &minimum,  "the smaller one"},
    {"maximum",  types<kAny, kAny>, false, &maximum,  "the larger one"},
};
// clang-format on

}  // namespace

std::span<const Function> math_functions() { return kMathFunctions; }

}  // namespace leasehold::gofuncs

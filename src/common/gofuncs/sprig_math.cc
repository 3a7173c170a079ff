// Sprig's numbers (spec 12.2): arguments in normal order, converted leniently.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "context.h"
#include "decimal.h"
#include "leasehold/base/text.h"
#include "leasehold/gotemplate/print.h"
#include "random.h"
#include "sprig_convert.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kFloat64;
using gotemplate::kInt;
using gotemplate::kInt64;
using gotemplate::kIntList;
using gotemplate::kString;

/// Longest list that until and seq make.
constexpr std::size_t kSequenceMax = 1000000;

Value whole(std::int64_t value) { return Value::integer(value, kInt64); }
std::uint64_t bits(const Value& value) { return static_cast<std::uint64_t>(lenient_int(value)); }

Result<Value> add(Call& call) {
  std::uint64_t sum = 0;
  for (const Value& value : call.arguments) sum += bits(value);
  return whole(static_cast<std::int64_t>(sum));
}

Result<Value> add_one(Call& call) { return whole(static_cast<std::int64_t>(bits(call[0]) + 1)); }
Result<Value> subtract(Call& call) { return whole(static_cast<std::int64_t>(bits(call[0]) - bits(call[1]))); }

Result<Value> multiply(Call& call) {
  std::uint64_t product = 1;
  for (const Value& value : call.arguments) product *= bits(value);
  return whole(static_cast<std::int64_t>(product));
}

Error zero_divisor() { return invalid("runtime error: integer divide by zero"); }

Result<Value> divide(Call& call) {
  const std::int64_t a = lenient_int(call[0]);
  const std::int64_t b = lenient_int(call[1]);
  if (b == 0) return zero_divisor();
  if (b == -1) return whole(static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(a)));
  return whole(a / b);
}

Result<Value> modulo(Call& call) {
  const std::int64_t b = lenient_int(call[1]);
  if (b == 0) return zero_divisor();
  return whole(b == -1 ? 0 : lenient_int(call[0]) % b);
}

Result<Value> largest(Call& call) {
  std::int64_t found = lenient_int(call[0]);
  for (const Value& value : call.arguments) found = std::max(found, lenient_int(value));
  return whole(found);
}

Result<Value> smallest(Call& call) {
  std::int64_t found = lenient_int(call[0]);
  for (const Value& value : call.arguments) found = std::min(found, lenient_int(value));
  return whole(found);
}

Result<Value> extreme_float(Call& call, bool largest_wanted) {
  double found = lenient_float(call[0]);
  for (const Value& value : call.arguments) {
    const double number = lenient_float(value);
    if (std::isnan(number) || std::isnan(found)) {
      found = std::numeric_limits<double>::quiet_NaN();
    } else {
      found = largest_wanted ? std::max(found, number) : std::min(found, number);
    }
  }
  return Value::floating(found);
}

Result<Value> largest_float(Call& call) { return extreme_float(call, true); }
Result<Value> smallest_float(Call& call) { return extreme_float(call, false); }

/// Folds the arguments from the left, as decimals.
template <class Operation>
Result<Value> fold(Call& call, Decimal start, std::size_t first, Operation operation) {
  for (const Value& value : call.arguments.subspan(first)) {
    auto number = Decimal::from(lenient_float(value));
    if (!number) return number.error();
    Result<Decimal> next = operation(start, *number);
    if (!next) return next.error();
    start = *std::move(next);
  }
  return Value::floating(start.to_double());
}

Result<Decimal> sum(const Decimal& a, const Decimal& b) { return a.plus(b); }
Result<Decimal> difference(const Decimal& a, const Decimal& b) { return a.minus(b); }
Result<Decimal> product(const Decimal& a, const Decimal& b) { return a.times(b); }
Result<Decimal> quotient(const Decimal& a, const Decimal& b) { return a.divided_by(b); }

template <class Operation>
Result<Value> fold_from_first(Call& call, Operation operation) {
  auto start = Decimal::from(lenient_float(call[0]));
  if (!start) return start.error();
  return fold(call, *start, 1, operation);
}

Result<Value> add_float(Call& call) { return fold(call, Decimal(), 0, sum); }
Result<Value> subtract_float(Call& call) { return fold_from_first(call, difference); }
Result<Value> multiply_float(Call& call) { return fold_from_first(call, product); }
Result<Value> divide_float(Call& call) { return fold_from_first(call, quotient); }
Result<Value> add_one_float(Call& call) {
  auto one = Decimal::from(1);
  return fold(call, *one, 0, sum);
}

Result<Value> floor_of(Call& call) { return Value::floating(std::floor(lenient_float(call[0]))); }
Result<Value> ceil_of(Call& call) { return Value::floating(std::ceil(lenient_float(call[0]))); }

Result<Value> round_to(Call& call) {
  const double from = call.count() > 2 ? call[2].as_float() : 0.5;
  const double scale = std::pow(10.0, static_cast<double>(call.integer(1)));
  const double scaled = lenient_float(call[0]) * scale;
  double ignored = 0;
  // compat: the fraction of a negative number is negative, so it is always rounded down
  const double fraction = std::modf(scaled, &ignored);
  return Value::floating((fraction >= from ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

Result<Value> to_int(Call& call) { return Value::integer(lenient_int(call[0])); }
Result<Value> to_int64(Call& call) { return whole(lenient_int(call[0])); }
Result<Value> to_float(Call& call) { return Value::floating(lenient_float(call[0])); }

/// strconv.ParseInt in some base: what does not fit saturates, what is wrong is 0.
std::int64_t parse_whole(std::string_view text, int base) {
  const std::string copy(text);
  const std::size_t sign = copy.starts_with('-') || copy.starts_with('+') ? 1 : 0;
  const char* digits = base == 8 ? "01234567" : "0123456789";
  if (copy.size() == sign || copy.find_first_not_of(digits, sign) != std::string::npos) return 0;
  return std::strtoll(copy.c_str(), nullptr, base);
}

Result<Value> atoi(Call& call) { return Value::integer(parse_whole(call.text(0), 10)); }
Result<Value> from_octal(Call& call) { return whole(parse_whole(gotemplate::to_text(call[0]), 8)); }

Result<Items> sequence(std::int64_t start, std::int64_t stop, std::int64_t step) {
  Items items;
  if (step == 0 || (step > 0) != (stop > start)) return items;
  std::int64_t value = start;
  while (step > 0 ? value < stop : value > stop) {
    if (items.size() >= kSequenceMax) return invalid("sequence is longer than " + std::to_string(kSequenceMax));
    items.push_back(Value::integer(value));
    if (__builtin_add_overflow(value, step, &value)) break;
  }
  return items;
}

Result<Value> sequence_list(std::int64_t start, std::int64_t stop, std::int64_t step) {
  auto items = sequence(start, stop, step);
  if (!items) return items.error();
  return Value::list(*std::move(items), kIntList);
}

Result<Value> until(Call& call) { return sequence_list(0, call.integer(0), call.integer(0) < 0 ? -1 : 1); }
Result<Value> until_step(Call& call) { return sequence_list(call.integer(0), call.integer(1), call.integer(2)); }

Result<Value> seq(Call& call) {
  if (call.count() == 0 || call.count() > 3) return Value::string("");
  const std::int64_t start = call.count() == 1 ? 1 : call.integer(0);
  const std::int64_t end = call.integer(call.count() - 1);
  const std::int64_t direction = end < start ? -1 : 1;
  const std::int64_t step = call.count() == 3 ? call.integer(1) : direction;
  std::int64_t stop = end;
  if (__builtin_add_overflow(end, direction, &stop)) stop = end;
  auto items = sequence(start, stop, step);
  if (!items) return items.error();
  std::vector<std::string> texts;
  for (const Value& item : *items) texts.push_back(gotemplate::to_text(item));
  return Value::string(join(texts, " "));
}

Result<Value> random_int(Call& call) {
  if (call.integer(1) <= call.integer(0)) return invalid("invalid argument to Intn");
  const auto range = static_cast<std::uint64_t>(call.integer(1)) - static_cast<std::uint64_t>(call.integer(0));
  return Value::integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(call.integer(0)) + random_below(range)));
}

// clang-format off
constexpr Function kSprigMath[] = {
    {"sprig_add",       types<kAny>,                 true,  &add,            "sum of integers"},
    {"sprig_add1",      types<kAny>,                 false, &add_one,        "one more"},
    {"sprig_sub",       types<kAny, kAny>,           false, &subtract,       "difference of integers"},
    {"sprig_mul",       types<kAny, kAny>,           true,  &multiply,       "product of integers"},
    {"sprig_div",       types<kAny, kAny>,           false, &divide,         "quotient of integers"},
    {"sprig_mod",       types<kAny, kAny>,           false, &modulo,         "rest of a division"},
    {"sprig_max",       types<kAny, kAny>,           true,  &largest,        "largest integer"},
    {"sprig_biggest",   types<kAny, kAny>,           true,  &largest,        "largest integer"},
    {"sprig_min",       types<kAny, kAny>,           true,  &smallest,       "smallest integer"},
    {"sprig_maxf",      types<kAny, kAny>,           true,  &largest_float,  "largest float"},
    {"sprig_minf",      types<kAny, kAny>,           true,  &smallest_float, "smallest float"},
    {"sprig_addf",      types<kAny>,                 true,  &add_float,      "exact decimal sum"},
    {"sprig_add1f",     types<kAny>,                 false, &add_one_float,  "one more, as a decimal"},
    {"sprig_subf",      types<kAny, kAny>,           true,  &subtract_float, "exact decimal difference"},
    {"sprig_mulf",      types<kAny, kAny>,           true,  &multiply_float, "exact decimal product"},
    {"sprig_divf",      types<kAny, kAny>,           true,  &divide_float,   "decimal quotient, 16 places"},
    {"sprig_floor",     types<kAny>,                 false, &floor_of,       "rounded down"},
    {"sprig_ceil",      types<kAny>,                 false, &ceil_of,        "rounded up"},
    {"sprig_round",     types<kAny, kInt, kFloat64>, true,  &round_to,       "rounded to so many places"},
    {"sprig_int",       types<kAny>,                 false, &to_int,         "int of anything"},
    {"sprig_int64",     types<kAny>,                 false, &to_int64,       "int64 of anything"},
    {"sprig_float64",   types<kAny>,                 false, &to_float,       "float64 of anything"},
    {"sprig_atoi",      types<kString>,              false, &atoi,           "int of a decimal text"},
    {"sprig_toDecimal", types<kAny>,                 false, &from_octal,     "value of an octal text"},
    {"sprig_until",     types<kInt>,                 false, &until,          "0, 1, … below a number"},
    {"sprig_untilStep", types<kInt, kInt, kInt>,     false, &until_step,     "numbers from, below, by"},
    {"sprig_seq",       types<kInt>,                 true,  &seq,            "numbers as text, as the command seq"},
    {"sprig_randInt",   types<kInt, kInt>,           false, &random_int,     "random number from, below"},
};
// clang-format on

}  // namespace

std::span<const Function> sprig_math() { return kSprigMath; }

}  // namespace leasehold::gofuncs

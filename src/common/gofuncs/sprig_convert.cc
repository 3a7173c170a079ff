#include "sprig_convert.h"

#include <cmath>
#include <limits>

#include "leasehold/gotemplate/numeric.h"
#include "leasehold/gotemplate/print.h"

namespace leasehold::gofuncs {

using gotemplate::Kind;
using gotemplate::Value;

namespace {

/// "5.00" counts as 5: a point and zeros at the end are cut.
std::string_view without_zero_fraction(std::string_view text) {
  const std::size_t point = text.rfind('.');
  if (point == std::string_view::npos || point + 1 == text.size()) return text;
  return text.find_first_not_of('0', point + 1) == std::string_view::npos ? text.substr(0, point) : text;
}

std::int64_t truncated(double value) {
  // compat: what does not fit is the smallest integer, as on amd64, golden/templates/sprig_math
  constexpr double kLimit = 9223372036854775808.0;
  if (!(value >= -kLimit && value < kLimit)) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::int64_t lenient_int(const Value& value) {
  switch (value.kind()) {
    case Kind::Bool:
      return value.as_bool() ? 1 : 0;
    case Kind::Int:
    case Kind::Uint:
      return value.as_int();
    case Kind::Float:
      return truncated(value.as_float());
    case Kind::String:
      return gotemplate::read_int(without_zero_fraction(value.as_text())).value_or(0);
    default:
      return 0;
  }
}

double lenient_float(const Value& value) {
  switch (value.kind()) {
    case Kind::Bool:
      return value.as_bool() ? 1 : 0;
    case Kind::Int:
      return static_cast<double>(value.as_int());
    case Kind::Uint:
      return static_cast<double>(value.as_uint());
    case Kind::Float:
      return value.as_float();
    case Kind::String:
      return gotemplate::read_float(value.as_text()).value_or(0);
    default:
      return 0;
  }
}

std::vector<std::string> lenient_strings(const Value& value) {
  std::vector<std::string> texts;
  if (value.kind() == Kind::List) {
    for (const Value& item : value.items()) {
      if (item.valid()) texts.push_back(gotemplate::to_text(item));
    }
  } else if (value.valid()) {
    texts.push_back(gotemplate::to_text(value));
  }
  return texts;
}

std::string kind_name(const Value& value) {
  switch (value.kind()) {
    case Kind::Invalid:
      return "invalid";
    case Kind::List:
      return "slice";
    case Kind::Map:
      return "map";
    case Kind::Channel:
      return "chan";
    case Kind::Pointer:
      return "ptr";
    case Kind::Struct:
      return "struct";
    case Kind::String:
      return "string";
    default: {
      // Named types are of the kind that they are made of: time.Month, time.Weekday, time.Duration.
      const std::string_view name = value.type_name();
      if (name.find('.') == std::string_view::npos) return std::string(name);
      return name == "time.Duration" ? "int64" : "int";
    }
  }
}

}  // namespace leasehold::gofuncs

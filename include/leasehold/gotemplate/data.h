// C++ values as template values: to_value(x), object({{"name", "Ada"}}), array({1, "two"}).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <utility>

#include "leasehold/gotemplate/value.h"

namespace leasehold::gotemplate {

/// bool, numbers (int, as Go's literals have it; uint64 when it does not fit; float64), text, ranges
/// (list), maps with text keys (map), nullptr (nil), values as they are. Containers are copied.
template <class T>
Value to_value(const T& datum) {
  if constexpr (std::is_same_v<T, Value>) {
    return datum;
  } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
    return {};
  } else if constexpr (std::is_same_v<T, bool>) {
    return Value::boolean(datum);
  } else if constexpr (std::integral<T>) {
    if (std::in_range<std::int64_t>(datum)) return Value::integer(static_cast<std::int64_t>(datum));
    return Value::unsigned_integer(static_cast<std::uint64_t>(datum));
  } else if constexpr (std::floating_point<T>) {
    return Value::floating(static_cast<double>(datum));
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return Value::string(std::string_view(datum));
  } else if constexpr (requires { typename T::mapped_type; }) {
    const Value map = Value::map();
    for (const auto& [key, member] : datum) map.set(std::string_view(key), to_value(member));
    return map;
  } else {
    static_assert(std::ranges::input_range<const T&>, "no template value can be made of this type");
    Items items;
    for (const auto& element : datum) items.push_back(to_value(element));
    return Value::list(std::move(items));
  }
}

/// A member of object() or array(): whatever to_value() takes.
struct Datum {
  template <class T>
    requires(!std::is_same_v<std::remove_cvref_t<T>, Datum>)
  explicit(false) Datum(const T& datum) : value(to_value(datum)) {}
  Value value;
};

/// map[string]interface {}. The last of several members with one name wins.
inline Value object(std::initializer_list<std::pair<std::string_view, Datum>> members) {
  const Value map = Value::map();
  for (const auto& [name, member] : members) map.set(name, member.value);
  return map;
}

/// []interface {}.
inline Value array(std::initializer_list<Datum> elements) {
  Items items;
  for (const Datum& element : elements) items.push_back(element.value);
  return Value::list(std::move(items));
}

}  // namespace leasehold::gotemplate

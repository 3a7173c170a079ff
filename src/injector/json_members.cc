// Case-insensitive members: objects of a pod are small, so a scan beats a hash.
#include "json_members.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "leasehold/base/text.h"
#include "quantity.h"

namespace leasehold::injector {
namespace {

namespace bj = boost::json;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t at = 0; at < a.size(); ++at) {
    if (a[at] != b[at] && lower(a[at]) != lower(b[at])) return false;
  }
  return true;
}

Outcome<void> check_quantities(const bj::value* list) {
  if (list == nullptr) return {};
  if (!list->is_object())
    return refuse(type_error(*list, "ResourceRequirements.limits", "v1.ResourceList"));
  for (const auto& [name, value] : list->get_object()) {
    if (value.is_number() || value.is_null()) continue;  // a number is a quantity of itself
    if (!value.is_string())
      return refuse(type_error(value, "ResourceRequirements.limits", "resource.Quantity"));
    const auto quantity = canonical_quantity(trim_space(std::string_view(value.get_string())));
    if (!quantity) return refuse(quantity.error().message);
  }
  return {};
}

}  // namespace

const bj::value* find_member(const bj::object& object, std::string_view name) {
  const bj::value* found = nullptr;
  for (const auto& [key, value] : object) {
    if (same_name(std::string_view(key), name)) found = &value;
  }
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string_view kind_of(const bj::value& value) {
  switch (value.kind()) {
    case bj::kind::null:
      return "null";
    case bj::kind::bool_:
      return "bool";
    case bj::kind::string:
      return "string";
    case bj::kind::object:
      return "object";
    case bj::kind::array:
      return "array";
    case bj::kind::int64:
    case bj::kind::uint64:
    case bj::kind::double_:
      return "number";
  }
  return "value";
}

std::string type_error(const bj::value& value, std::string_view where, std::string_view type) {
  return "json: cannot unmarshal " + std::string(kind_of(value)) + " into Go struct field " +
         std::string(where) + " of type " + std::string(type);
}

Outcome<void> check_resources(const bj::object& container) {
  const bj::value* resources = find_member(container, "resources");
  if (resources == nullptr) return {};
  if (!resources->is_object())
    return refuse(type_error(*resources, "Container.resources", "v1.ResourceRequirements"));
  if (auto limits = check_quantities(find_member(resources->get_object(), "limits")); !limits)
    return limits;
  return check_quantities(find_member(resources->get_object(), "requests"));
}

}  // namespace leasehold::injector

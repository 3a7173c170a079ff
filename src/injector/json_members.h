// Go's way of reading members of a JSON object, over Boost.JSON.
#pragma once

#include <string>
#include <string_view>

#include "refusal.h"

namespace boost::json {
class value;
class object;
}  // namespace boost::json

namespace leasehold::injector {

/// The member of that name in any case, the last if there are several; nullptr when absent or null.
const boost::json::value* find_member(const boost::json::object& object, std::string_view name);

/// string, number, bool, object, array or null.
std::string_view kind_of(const boost::json::value& value);

/// `json: cannot unmarshal KIND into Go struct field WHERE of type TYPE`.
std::string type_error(const boost::json::value& value, std::string_view where,
                       std::string_view type);

/// Refuses a container whose resources hold a quantity that is none.
Outcome<void> check_resources(const boost::json::object& container);

}  // namespace leasehold::injector

// Texts in objects of the API, which may have any shape.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace leasehold::kube {

/// The text that a JSON pointer leads to; "" where there is none or something else.
inline std::string text_at(const nlohmann::json& object, const char* pointer) {
  const nlohmann::json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : std::string();
}

}  // namespace leasehold::kube

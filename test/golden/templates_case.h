// One case of golden/templates: what to render, with what, and what must come out (see the README of
// the corpus).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace leasehold::golden {

/// The difference between what was wanted and what came, empty when they agree.
std::string run_template_case(const nlohmann::json& test);

/// What came, in the keys of a case: output, output_base64 or error.
nlohmann::json answer_template_case(const nlohmann::json& test);

}  // namespace leasehold::golden

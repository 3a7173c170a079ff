// What can be said of one template without a server. Pure: text, settings and samples in, findings
// out.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lint_text.h"
#include "sample_data.h"

namespace leasehold::agent::lint {

/// What all checks know.
struct Settings {
  SampleData samples;
  std::set<std::string, std::less<>> kv2_mounts;  ///< without slashes at their ends
  std::set<std::string, std::less<>> auth_mounts;  ///< all that exist: auth/kubernetes; empty = unknown
  std::string left_delimiter;                     ///< of template files; "" = {{
  std::string right_delimiter;
  bool no_shell = false;  ///< the image has none
  std::function<std::optional<std::string>(std::string_view name)> environment;
};

/// How one template is to be read.
struct TemplateSettings {
  std::string left_delimiter;
  std::string right_delimiter;
  bool error_on_missing_key = false;
};

void check_template(const PlacedText& text, const TemplateSettings& how, const Settings& settings,
                    Findings& out);

}  // namespace leasehold::agent::lint

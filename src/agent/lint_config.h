// What can be said of an agent configuration: all that its reader refuses or wonders at, not only
// the first, and what no reader sees. Pure: text in, findings out.
#pragma once

#include "lint_template.h"
#include "lint_text.h"

namespace leasehold::agent::lint {

struct ConfigCheck {
  /// The file is one of several that make a configuration: rules of the whole are not checked.
  bool is_part = false;
};

void check_config(const PlacedText& text, const ConfigCheck& how, const Settings& settings,
                  Findings& out);

}  // namespace leasehold::agent::lint

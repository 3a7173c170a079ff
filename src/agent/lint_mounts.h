// Pods and ConfigMaps of one manifest together: whether -config of a container names a file that its
// volumes give it.
#pragma once

#include <vector>

#include "leasehold/yaml/document.h"
#include "lint_text.h"

namespace leasehold::agent::lint {

/// documents: those of one file. Only volumes of ConfigMaps that stand in the same file can be judged.
void check_config_paths(const std::vector<yaml::Node>& documents, Findings& out);

}  // namespace leasehold::agent::lint

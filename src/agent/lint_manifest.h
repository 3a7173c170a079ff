// What can be said of Kubernetes manifests: the injector's annotations wherever they stand (Pod,
// Deployment, List, ...), the templates in them, and configurations and templates in ConfigMaps.
#pragma once

#include "lint_template.h"
#include "lint_text.h"

namespace leasehold::agent::lint {

/// file: all documents of one YAML file.
void check_manifest(const SourceFile& file, const Settings& settings, Findings& out);

/// The annotations that the injector knows, without their common prefix; `-NAME` at the end stands
/// for the name of a secret.
std::span<const std::string_view> known_annotations();

}  // namespace leasehold::agent::lint

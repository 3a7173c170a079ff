// Any bytes as a Kubernetes manifest: YAML reader and all checks of lint. Every finding stands in
// the text; nothing may crash or hang.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "leasehold/yaml/document.h"
#include "lint_manifest.h"
#include "lint_print.h"

namespace lint = leasehold::agent::lint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lint::SourceFile file("m.yaml", std::string(reinterpret_cast<const char*>(data), size));
  const lint::Settings settings;
  lint::Findings found(file);
  lint::check_manifest(file, settings, found);
  const auto findings = found.take();
  for (const lint::Finding& finding : findings) {
    if (finding.at.line == 0 || finding.at.column == 0) std::abort();
    if (lint::as_text(finding).empty()) std::abort();
  }
  if (lint::as_json(1, findings).empty()) std::abort();
  const auto documents = leasehold::yaml::parse(file.text());
  for (std::size_t i = 0; documents && i < documents->size(); ++i)
    (void)leasehold::yaml::to_json((*documents)[i]);
  return 0;
}

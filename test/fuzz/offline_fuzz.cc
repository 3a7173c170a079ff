// Any bytes as a file of manifests for `patch`. What it writes as YAML must be read again as what it
// writes as JSON, and a second run must leave it alone.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "patch_command.h"
#include "support/injector_settings.h"

namespace {

using leasehold::injector::PatchOutput;
using leasehold::injector::PatchReport;
using leasehold::injector::PatchRequest;

PatchReport run(const std::string& text, PatchOutput output) {
  static const auto settings = leasehold::test::injector_settings();
  PatchRequest request;
  request.files = {{.name = "-", .text = text}};
  request.output = output;
  return leasehold::injector::patch_manifests(request, settings);
}

[[noreturn]] void broken(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s:\n%s\n", what, detail.substr(0, 4000).c_str());
  std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const PatchReport yaml = run(text, PatchOutput::Yaml);
  if (yaml.failed != (yaml.messages.find("error: ") != std::string::npos)) broken("silent failure", yaml.messages);
  if (yaml.failed) {
    if (!yaml.out.empty()) broken("half an answer", yaml.out);
    return 0;
  }
  const PatchReport json = run(text, PatchOutput::Json);
  const PatchReport again = run(yaml.out, PatchOutput::Json);
  if (again.failed || again.out != json.out) broken("read differently", yaml.out + again.messages + again.out);
  (void)run(text, PatchOutput::Diff);
  return 0;
}

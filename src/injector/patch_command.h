// `leasehold-injector patch`: the injection on manifest files (docs/offline.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/flags/flags.h"
#include "settings.h"

namespace leasehold::injector {

struct SourceFile {
  std::string name;  ///< for messages; `-` is standard input
  std::string text;
};

enum class PatchOutput { Yaml, Json, JsonPatch, Diff };
/// yaml, json, jsonpatch, diff. Error: `-o must be yaml, json, jsonpatch or diff, not "x"`.
Result<PatchOutput> parse_patch_output(std::string_view text);

struct PatchRequest {
  std::vector<SourceFile> files;
  PatchOutput output = PatchOutput::Yaml;
  std::string name_space = "default";  ///< of pods that name none
};

struct PatchReport {
  std::string out;       ///< for stdout; "" when anything failed
  std::string messages;  ///< for stderr, a line each: warnings, refusals, what is no YAML
  bool failed = false;
};
/// Pure.
PatchReport patch_manifests(const PatchRequest& request, std::shared_ptr<const Settings> settings);

/// The flags of `patch` and `explain`: those of the server, and -f, -o, -n.
std::vector<flags::Row> offline_flag_rows();
/// Files, folders (their *.yaml, *.yml and *.json, in order of names) and `-` that -f names.
Result<std::vector<SourceFile>> read_sources(const flags::Parsed& given);

}  // namespace leasehold::injector

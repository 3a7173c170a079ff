// What -f names, read as a whole.
#include <algorithm>
#include <array>
#include <filesystem>

#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"
#include "patch_command.h"

namespace leasehold::injector {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kEndings = {".yaml", ".yml", ".json"};

Result<std::vector<std::string>> list(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> names;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (std::ranges::find(kEndings, entry->path().extension().string()) != kEndings.end()) {
      names.push_back(entry->path().string());
    }
  }
  if (error) return invalid("open " + path + ": " + error.message());
  std::ranges::sort(names);
  if (names.empty()) return invalid(path + ": no *.yaml, *.yml or *.json in this folder");
  return names;
}

}  // namespace

std::vector<flags::Row> offline_flag_rows() {
  using flags::Kind;
  std::vector<flags::Row> rows{
      {"f", Kind::List, "", "", "File, folder or - (standard input) with manifests. Can be repeated."},
      {"o", Kind::Text, "yaml", "", "patch: yaml, json, jsonpatch (one patch a document) or diff."},
      {"n", Kind::Text, "default", "", "Namespace of pods whose manifest names none."},
  };
  for (const flags::Row& row : flag_rows()) rows.push_back(row);
  return rows;
}

Result<std::vector<SourceFile>> read_sources(const flags::Parsed& given) {
  std::vector<std::string> wanted;
  if (const auto found = given.given.find("f"); found != given.given.end()) wanted = found->second;
  // Shells may have put the files of a pattern behind -f.
  wanted.insert(wanted.end(), given.positional.begin(), given.positional.end());
  if (wanted.empty()) return invalid("no manifests: name a file, a folder or - with -f");
  std::vector<SourceFile> sources;
  for (const std::string& path : wanted) {
    const auto names = list(path);
    if (!names) return names.error();
    for (const std::string& name : *names) {
      auto text = runtime::read_file(name == "-" ? "/dev/stdin" : name, limits::kManifestBytesMax);
      if (!text) return invalid(text.error().message);
      sources.push_back({.name = name, .text = *std::move(text)});
    }
  }
  return sources;
}

}  // namespace leasehold::injector

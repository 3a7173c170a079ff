// golden-templates [-pending FILE] [-list-failed] PATH...: renders every case of the given .jsonl
// files, or of those in the given directories, and ends with "N passed, N failed". With -pending the
// listed cases (FILE.CASE, one a line, # comments) must fail: a listed case that passes is a failure,
// so the list can only shrink.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "golden/templates_case.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.emplace_back(path);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::set<std::string> read_pending(const std::string& path) {
  std::set<std::string> names;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    line.erase(std::min(line.find_first_of(" #"), line.size()));
    if (!line.empty()) names.insert(line);
  }
  return names;
}

struct Tally {
  int passed = 0;
  int failed = 0;
  int pending = 0;
};

struct Settings {
  std::set<std::string> pending;
  std::vector<std::string> paths;
  bool only_names = false;
};

void run_file(const fs::path& path, const Settings& settings, Tally& tally) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    const nlohmann::json test = nlohmann::json::parse(line);
    const std::string name = path.stem().string() + "." + test["name"].get<std::string>();
    const std::string difference = leasehold::golden::run_template_case(test);
    const bool expected_to_fail = settings.pending.contains(name);
    if (difference.empty() && !expected_to_fail) {
      ++tally.passed;
    } else if (difference.empty()) {
      ++tally.failed;
      std::cout << name << ": passes, but is listed as pending\n";
    } else if (expected_to_fail) {
      ++tally.pending;
    } else {
      ++tally.failed;
      std::cout << name << (settings.only_names ? "" : ":\n  " + test["template"].dump() + "\n" + difference) << "\n";
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    if (argument == "-pending" && index + 1 < argc) {
      settings.pending = read_pending(argv[++index]);
    } else if (argument == "-list-failed") {
      settings.only_names = true;
    } else {
      settings.paths.push_back(argument);
    }
  }
  if (settings.paths.empty()) {
    std::cerr << "usage: golden-templates [-pending FILE] [-list-failed] PATH...\n";
    return 2;
  }
  Tally tally;
  for (const fs::path& path : files_of(settings.paths)) run_file(path, settings, tally);
  if (tally.pending > 0) std::cout << tally.pending << " pending\n";
  std::cout << tally.passed << " passed, " << tally.failed << " failed\n";
  return tally.failed == 0 ? 0 : 1;
}

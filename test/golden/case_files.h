// Files of cases for the corpus runners: any mix of files and folders on the command line.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace leasehold::golden {

/// All *.json below the given paths, sorted. A path that does not exist is reported and counted by
/// missing.
inline std::vector<std::filesystem::path> case_files(const std::vector<std::string>& paths, int& missing) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    if (fs::is_directory(path)) {
      for (const auto& entry : fs::recursive_directory_iterator(path)) {
        if (entry.is_regular_file() && entry.path().extension() == ".json") files.push_back(entry.path());
      }
    } else if (fs::is_regular_file(path)) {
      files.emplace_back(path);
    } else {
      std::cout << "FAIL " << path << ": no such file or folder\n";
      ++missing;
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Counts and prints; the last line is the one that scripts look for.
struct Score {
  int passed = 0;
  int failed = 0;

  void pass() { ++passed; }
  void fail(const std::string& name, const std::string& difference) {
    ++failed;
    std::cout << "FAIL " << name << "\n" << difference << "\n";
  }
  /// 0 only when at least one case ran and none failed.
  [[nodiscard]] int finish() const {
    std::cout << passed << " passed, " << failed << " failed\n";
    return failed == 0 && passed > 0 ? 0 : 1;
  }
};

}  // namespace leasehold::golden

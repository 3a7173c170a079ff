// golden-templates: renders cases of golden/templates and lists what differs; --help tells the options.
// Truth: the README of the corpus. Cases are rendered as the replaced agent does: Sprig's hermetic set
// unless the case wants the full one, and its redaction of errors.
// golden-templates -answer: reads cases, one a line, from standard input and writes for each a line of
// what came (output, output_base64 or error); for the differential test.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "golden/templates_case.h"

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUsage =
    R"(usage: golden-templates [-differences FILE] [-list-failed] [-update-report[=FILE]] PATH...

Renders every case of the given files (a case a line, or one case as .json), or of all .jsonl and
.json files below the given directories. Each case that fails is listed with the difference; the last
line is "N passed, N failed". Exit status: 0, 1 (a case failed), 2 (usage).

  -differences FILE      optional cases (FILE.CASE, one a line, # comments) that differ on purpose, by
                         default test/golden/templates-differences.txt of the source tree. They are
                         counted apart; one that passes, or is not optional, is a failure
  -list-failed           names only
  -update-report[=FILE]  writes passed, failed and differing cases by file as a Markdown table, by
                         default to docs/templates-report.md of the source tree
)";

bool holds_cases(const fs::path& path) { return path.extension() == ".jsonl" || path.extension() == ".json"; }

std::vector<fs::path> files_of(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.emplace_back(path);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && holds_cases(entry.path())) files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::set<std::string> read_names(const std::string& path) {
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
  int differing = 0;
};

struct Settings {
  std::string differences_file = LEASEHOLD_SOURCE_DIR "/test/golden/templates-differences.txt";
  std::string report_file;  ///< empty: none
  std::vector<std::string> paths;
  bool only_names = false;
};

/// What is wrong with one case, in words; empty: it passed or differs as it may.
std::string judge(const nlohmann::json& test, bool may_differ, Tally& tally) {
  const std::string difference = leasehold::golden::run_template_case(test);
  const bool optional = test.value("optional", false);
  if (difference.empty() && !may_differ) {
    ++tally.passed;
    return {};
  }
  if (!difference.empty() && may_differ && optional) {
    ++tally.differing;
    return {};
  }
  ++tally.failed;
  if (difference.empty()) return "  passes, but is listed as differing\n";
  return (may_differ ? "  is listed as differing, but not optional\n" : "") + std::string("  ") +
         test["template"].dump() + "\n" + difference;
}

Tally run_file(const fs::path& path, const std::set<std::string>& differences, bool only_names) {
  Tally tally;
  std::ifstream file(path, std::ios::binary);
  // One case as a whole, or one a line.
  for (std::string line; std::getline(file, line, path.extension() == ".json" ? '\0' : '\n');) {
    if (line.empty()) continue;
    const nlohmann::json test = nlohmann::json::parse(line, nullptr, false);
    if (!test.is_object() || !test.contains("name") || !test.contains("template")) {
      ++tally.failed;
      std::cout << path.string() << ": not a case: " << line.substr(0, 80) << "\n";
      continue;
    }
    const std::string name = path.stem().string() + "." + test["name"].get<std::string>();
    const std::string wrong = judge(test, differences.contains(name), tally);
    if (!wrong.empty()) std::cout << name << (only_names ? "\n" : ":\n" + wrong);
  }
  return tally;
}

bool write_report(const std::string& path, const std::map<std::string, Tally>& by_file, const Tally& total) {
  std::ofstream report(path);
  report << "# Template corpus\n\n<!-- Made by golden-templates -update-report; do not edit. -->\n\n"
            "| file | passed | failed | differ as documented |\n|---|---|---|---|\n";
  const auto row = [&report](const std::string& name, const Tally& tally) {
    report << "| " << name << " | " << tally.passed << " | " << tally.failed << " | " << tally.differing << " |\n";
  };
  for (const auto& [name, tally] : by_file) row(name, tally);
  row("all", total);
  return report.flush().good();
}

/// False: not understood.
bool read_arguments(int argc, char** argv, Settings& settings) {
  constexpr std::string_view kReport = "-update-report";
  for (int index = 1; index < argc; ++index) {
    const std::string argument = argv[index];
    if (argument == "-differences" && index + 1 < argc) {
      settings.differences_file = argv[++index];
    } else if (argument == "-list-failed") {
      settings.only_names = true;
    } else if (argument == kReport) {
      settings.report_file = LEASEHOLD_SOURCE_DIR "/docs/templates-report.md";
    } else if (argument.starts_with(std::string(kReport) + "=")) {
      settings.report_file = argument.substr(kReport.size() + 1);
    } else if (argument.starts_with("-")) {
      return false;
    } else {
      settings.paths.push_back(argument);
    }
  }
  return !settings.paths.empty();
}

int answer_lines() {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) continue;
    const nlohmann::json answer = leasehold::golden::answer_template_case(nlohmann::json::parse(line));
    std::cout << answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "-answer") return answer_lines();
  if (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-help")) {
    std::cout << kUsage;
    return 0;
  }
  Settings settings;
  if (!read_arguments(argc, argv, settings)) {
    std::cerr << kUsage;
    return 2;
  }
  const std::set<std::string> differences = read_names(settings.differences_file);
  std::map<std::string, Tally> by_file;
  Tally total;
  for (const fs::path& path : files_of(settings.paths)) {
    const Tally tally = run_file(path, differences, settings.only_names);
    Tally& of_file = by_file[path.stem().string()];
    for (Tally* sum : {&of_file, &total}) {
      sum->passed += tally.passed;
      sum->failed += tally.failed;
      sum->differing += tally.differing;
    }
  }
  if (!settings.report_file.empty() && !write_report(settings.report_file, by_file, total)) {
    std::cerr << "cannot write " << settings.report_file << "\n";
    return 1;
  }
  if (total.differing > 0) std::cout << total.differing << " differ as documented\n";
  std::cout << total.passed << " passed, " << total.failed << " failed\n";
  return total.failed == 0 ? 0 : 1;
}

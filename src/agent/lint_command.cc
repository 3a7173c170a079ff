#include "lint_command.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "command_line.h"
#include "leasehold/base/limits.h"
#include "leasehold/base/text.h"
#include "leasehold/runtime/files.h"
#include "lint_config.h"
#include "lint_manifest.h"
#include "lint_print.h"
#include "lint_template.h"

namespace leasehold::agent {
namespace {

namespace fs = std::filesystem;
using flags::Kind;
using flags::Row;
using lint::RuleId;

// clang-format off
constexpr Row kLintRows[] = {
    {"data", Kind::List, "", "", "Sample data as for render: keys, paths and the whole rendering are checked against it."},
    {"kv2", Kind::List, "", "", "A mount that is KV v2."},
    {"auth", Kind::List, "", "", "An auth mount that exists (auth/kubernetes); a login elsewhere is then an error."},
    {"kind", Kind::Text, "", "", "What all files are, whatever their names: config, template or manifest."},
    {"left-delimiter", Kind::Text, "{{", "", "Opens an action in template files."},
    {"right-delimiter", Kind::Text, "}}", "", "Closes an action in template files."},
    {"no-shell", Kind::Boolean, "false", "", "The agent's image has no shell: report commands that need one."},
    {"o", Kind::Text, "text", "", "text or json."},
};
// clang-format on

constexpr const char* kIntroduction =
    "Usage: leasehold-agent lint [options] FILE...\n\n"
    "Checks agent configurations (.hcl, .json), templates (.tmpl, .ctmpl, .tpl) and Kubernetes\n"
    "manifests (.yaml, .yml) with the injector's annotations, and reports all problems at once: "
    "place,\n"
    "source line, cause and fix. Folders are searched for such files; - reads standard input "
    "(-kind).\n\n"
    "  leasehold-agent lint agent.hcl templates/ deployment.yaml\n"
    "  leasehold-agent lint -data sample.yaml -o json app.tmpl\n\n"
    "Exit status: 0 no problem, 1 problems, 2 wrong usage.\n\nOptions:\n";

enum class FileKind { Config, Template, Manifest };

struct Ending {
  std::string_view text;
  FileKind kind;
};
constexpr Ending kEndings[] = {
    {".hcl", FileKind::Config},     {".json", FileKind::Config},  {".tmpl", FileKind::Template},
    {".ctmpl", FileKind::Template}, {".tpl", FileKind::Template}, {".yaml", FileKind::Manifest},
    {".yml", FileKind::Manifest},
};
struct KindName {
  std::string_view text;
  FileKind kind;
};
constexpr KindName kKindNames[] = {{"config", FileKind::Config},
                                   {"template", FileKind::Template},
                                   {"manifest", FileKind::Manifest}};

std::optional<FileKind> kind_by_name(std::string_view path) {
  for (const Ending& ending : kEndings) {
    if (path.ends_with(ending.text)) return ending.kind;
  }
  return std::nullopt;
}

/// JSON may be a manifest as well.
FileKind refine(FileKind kind, std::string_view path, std::string_view text) {
  const bool manifest =
      path.ends_with(".json") && text.find("\"apiVersion\"") != std::string_view::npos;
  return manifest ? FileKind::Manifest : kind;
}

/// Folders hold JSON of all kinds; ours names a block of the agent or is a manifest.
bool is_foreign_json(std::string_view path, std::string_view text) {
  static constexpr std::array<std::string_view, 6> kOurs = {
      "\"auto_auth\"", "\"template\"", "\"vault\"", "\"listener\"", "\"exec\"", "\"apiVersion\""};
  return path.ends_with(".json") &&
         std::none_of(kOurs.begin(), kOurs.end(), [&](std::string_view word) {
           return text.find(word) != std::string_view::npos;
         });
}

/// A file to check, and whether it came out of a folder.
struct Candidate {
  std::string path;
  bool in_folder = false;
};

/// The templates of a Helm chart are no YAML before Helm has rendered them.
bool is_chart_templates(const fs::path& folder) {
  std::error_code ignored;
  return folder.filename() == "templates" &&
         fs::exists(folder.parent_path() / "Chart.yaml", ignored);
}

/// Files of a folder and its folders in the order of their names; a failure stands for itself, as a
/// file that cannot be read.
void search(const fs::path& folder, std::vector<Candidate>& out) {
  std::vector<Candidate> found;
  std::error_code failure;
  for (fs::recursive_directory_iterator
           entry(folder, fs::directory_options::skip_permission_denied, failure),
       end;
       !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    const std::string name = entry->path().filename();
    if (name.starts_with('.') || is_chart_templates(entry->path())) {
      if (entry->is_directory(ignored)) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_directory(ignored) && kind_by_name(name))
      found.push_back({entry->path().string(), true});
  }
  if (failure) found.push_back({folder.string(), true});
  std::sort(found.begin(), found.end(),
            [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
  out.insert(out.end(), found.begin(), found.end());
}

/// Reading a pipe or device could last for ever; standard input is asked for.
Result<std::string> read_regular(const std::string& path) {
  if (path == "-") return runtime::read_file("/dev/stdin", limits::kConfigFileBytesMax);
  std::error_code failure;
  const auto status = fs::status(path, failure);
  if (!failure && fs::exists(status) && !fs::is_regular_file(status))
    return invalid(path + ": not a regular file");
  return runtime::read_file(path, limits::kConfigFileBytesMax);
}

class Linter {
 public:
  Linter(const lint::Settings& settings, std::optional<FileKind> kind)
      : settings_(settings), kind_(kind) {}

  void check(const Candidate& candidate) {
    auto text = read_regular(candidate.path);
    if (text && candidate.in_folder && is_foreign_json(candidate.path, *text)) return;
    ++files_;
    const lint::SourceFile file(candidate.path == "-" ? "standard input" : candidate.path,
                                text ? *std::move(text) : std::string());
    lint::Findings found(file);
    const auto kind = kind_ ? kind_ : kind_by_name(candidate.path);
    if (!text) {
      found.add(RuleId::Unreadable, {}, 1, text.error().message);
    } else if (!kind) {
      found.add(RuleId::Unreadable, {}, 1, "unknown kind of file");
    } else if (trim_space(file.text()).empty()) {
      found.add(RuleId::EmptyFile, {}, 1, "the file is empty");
    } else {
      check_as(kind_ ? *kind : refine(*kind, candidate.path, file.text()), file,
               candidate.in_folder, found);
    }
    auto all = found.take();
    problem_files_ += all.empty() ? 0 : 1;
    findings_.insert(findings_.end(), std::make_move_iterator(all.begin()),
                     std::make_move_iterator(all.end()));
  }

  [[nodiscard]] const std::vector<lint::Finding>& findings() const { return findings_; }
  [[nodiscard]] std::size_t files() const { return files_; }
  [[nodiscard]] std::size_t problem_files() const { return problem_files_; }

 private:
  void check_as(FileKind kind, const lint::SourceFile& file, bool in_folder,
                lint::Findings& found) {
    if (kind == FileKind::Manifest) return lint::check_manifest(file, settings_, found);
    lint::PlacedText text;
    text.file = &file;
    text.text = file.text();
    if (kind == FileKind::Config)
      return lint::check_config(text, {.is_part = in_folder}, settings_, found);
    lint::check_template(text, {settings_.left_delimiter, settings_.right_delimiter, false},
                         settings_, found);
  }

  const lint::Settings& settings_;
  std::optional<FileKind> kind_;
  std::vector<lint::Finding> findings_;
  std::size_t files_ = 0;
  std::size_t problem_files_ = 0;
};

Result<void> read_samples(lint::Settings& settings, const std::vector<std::string>& files) {
  for (const std::string& path : files) {
    const auto text = read_regular(path);
    if (!text) return text.error().in("read sample data");
    const auto added = settings.samples.add(path, *text);
    if (!added) return added;
  }
  return {};
}

lint::Settings settings_of(const flags::Parsed& given, const flags::Environment& environment) {
  lint::Settings settings;
  settings.left_delimiter = given.last("left-delimiter").value_or("");
  settings.right_delimiter = given.last("right-delimiter").value_or("");
  settings.no_shell = is_on(given, "no-shell");
  settings.environment = environment;
  for (std::string mount : values_of(given, "kv2")) {
    while (mount.ends_with('/')) mount.pop_back();
    settings.kv2_mounts.insert(std::move(mount));
  }
  for (std::string mount : values_of(given, "auth")) {
    while (mount.ends_with('/')) mount.pop_back();
    settings.auth_mounts.insert(mount.starts_with("auth/") ? mount : "auth/" + mount);
  }
  return settings;
}

void print(const Linter& linter, bool as_json) {
  if (as_json) {
    std::printf("%s", lint::as_json(linter.files(), linter.findings()).c_str());
    return;
  }
  for (const lint::Finding& finding : linter.findings())
    std::printf("%s\n", lint::as_text(finding).c_str());
  const std::size_t problems = linter.findings().size();
  std::printf("%zu problem%s in %zu of %zu file%s\n", problems, problems == 1 ? "" : "s",
              linter.problem_files(), linter.files(), linter.files() == 1 ? "" : "s");
}

}  // namespace

int run_lint_command(std::span<const std::string> arguments,
                     const flags::Environment& environment) {
  const auto given = parse_interleaved(kLintRows, arguments);
  if (!given) return usage_error("lint", given.error().message);
  if (given->help) {
    std::printf("%s%s", kIntroduction, flags::usage(kLintRows).c_str());
    return kDone;
  }
  const std::string format = given->last("o").value_or("text");
  if (format != "text" && format != "json")
    return usage_error("lint", "-o is text or json, not " + go_quote(format));
  std::optional<FileKind> kind;
  if (const auto name = given->last("kind")) {
    const auto* row = std::find_if(std::begin(kKindNames), std::end(kKindNames),
                                   [&](const KindName& one) { return one.text == *name; });
    if (row == std::end(kKindNames))
      return usage_error("lint", "-kind is config, template or manifest, not " + go_quote(*name));
    kind = row->kind;
  }
  if (given->positional.empty()) return usage_error("lint", "no file given");
  lint::Settings settings = settings_of(*given, environment);
  const auto samples = read_samples(settings, values_of(*given, "data"));
  if (!samples) return usage_error("lint", samples.error().message);
  std::vector<Candidate> candidates;
  for (const std::string& path : given->positional) {
    std::error_code ignored;
    if (path != "-" && fs::is_directory(path, ignored)) {
      search(path, candidates);
    } else {
      candidates.push_back({path, false});
    }
  }
  Linter linter(settings, kind);
  for (const Candidate& candidate : candidates) linter.check(candidate);
  print(linter, format == "json");
  return linter.findings().empty() ? kDone : kProblems;
}

}  // namespace leasehold::agent

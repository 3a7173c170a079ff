#include "golden/templates_case.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <re2/re2.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leasehold/base/encoding.h"
#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"
#include "leasehold/gofuncs/render.h"

namespace leasehold::golden {

namespace {

using gofuncs::Dependency;
using gotemplate::Value;
using nlohmann::json;
namespace fs = std::filesystem;

/// A fresh directory for one case, gone afterwards.
class CaseDirectory {
 public:
  CaseDirectory() {
    std::string pattern = (fs::temp_directory_path() / "golden-XXXXXX").string();
    const char* made = mkdtemp(pattern.data());
    path_ = fs::canonical(made == nullptr ? "." : made).string();
  }
  CaseDirectory(const CaseDirectory&) = delete;
  CaseDirectory& operator=(const CaseDirectory&) = delete;
  ~CaseDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string in(std::string text) const { return replace_all(std::move(text), "@DIR@", path_); }
  [[nodiscard]] std::string out(std::string text) const { return replace_all(std::move(text), path_, "@DIR@"); }

 private:
  std::string path_;
};

void make_files(const CaseDirectory& directory, const json& files) {
  for (const auto& [name, entry] : files.items()) {
    const fs::path path = fs::path(directory.path()) / name;
    fs::create_directories(path.parent_path());
    if (entry.is_object() && entry.contains("symlink")) {
      fs::create_symlink(directory.in(entry["symlink"]), path);
      continue;
    }
    const std::string content = entry.is_object() ? entry.value("content", "") : entry.get<std::string>();
    std::ofstream(path, std::ios::binary) << directory.in(content);
    const std::string mode = entry.is_object() ? entry.value("mode", "0644") : "0644";
    chmod(path.c_str(), static_cast<mode_t>(std::stoul(mode, nullptr, 8)));
  }
}

std::string read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

/// Answers from the case, as a server would.
class CaseData final : public gofuncs::DataSource {
 public:
  explicit CaseData(const json& test) : test_(test) {}

  [[nodiscard]] const Value* find(const Dependency& dependency) const override {
    const auto known = answers_.find(dependency.name);
    if (known != answers_.end()) return &known->second;
    const std::optional<Value> value = answer(dependency);
    if (!value) return nullptr;
    return &answers_.emplace(dependency.name, *value).first->second;
  }

 private:
  [[nodiscard]] std::optional<Value> answer(const Dependency& dependency) const {
    switch (dependency.kind) {
      case Dependency::Kind::Read:
        return read(dependency);
      case Dependency::Kind::Write:
        return written(dependency);
      case Dependency::Kind::List:
        return listed(dependency);
      case Dependency::Kind::Pki:
        return issued(dependency);
      case Dependency::Kind::File:
        if (!fs::is_regular_file(dependency.path)) return std::nullopt;
        return gofuncs::file_value(read_whole(dependency.path));
      default:
        return std::nullopt;
    }
  }

  static std::optional<Value> secret(const json& body) {
    const auto value = gofuncs::parse_secret(body.is_string() ? body.get<std::string>() : body.dump());
    return value ? std::optional<Value>(*value) : std::nullopt;
  }

  [[nodiscard]] std::optional<Value> read(const Dependency& dependency) const {
    const json secrets = test_.value("secrets", json::object());
    const bool versioned = dependency.query.find("version=") != std::string::npos;
    const std::string path = dependency.path + (versioned ? "?" + dependency.query : "");
    if (!secrets.contains(path)) return std::nullopt;
    return secret(secrets[path]);
  }

  static bool same_arguments(const json& data, const Dependency& dependency) {
    json given = json::object();
    for (const auto& [key, value] : dependency.arguments) given[key] = value;
    return (data.is_null() ? json::object() : data) == given;
  }

  [[nodiscard]] std::optional<Value> written(const Dependency& dependency) const {
    for (const json& write : test_.value("writes", json::array())) {
      if (write["path"] != dependency.path || !same_arguments(write.value("data", json()), dependency)) continue;
      if (write["response"].is_null()) {
        const auto nothing = gofuncs::parse_secret("");
        return *nothing;
      }
      return secret(write["response"]);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Value> listed(const Dependency& dependency) const {
    const json lists = test_.value("lists", json::object());
    if (!lists.contains(dependency.path)) return std::nullopt;
    const auto value = gofuncs::parse_list(json{{"data", {{"keys", lists[dependency.path]}}}}.dump());
    return value ? std::optional<Value>(*value) : std::nullopt;
  }

  [[nodiscard]] std::optional<Value> issued(const Dependency& dependency) const {
    for (const json& pki : test_.value("pki", json::array())) {
      if (pki["path"] != dependency.path) continue;
      const auto value = gofuncs::parse_pem(pki["pem"].get<std::string>());
      return value ? std::optional<Value>(*value) : std::nullopt;
    }
    return std::nullopt;
  }

  const json& test_;
  mutable std::map<std::string, Value> answers_;
};

gofuncs::TemplateOptions options_of(const json& test, const CaseDirectory& directory) {
  const json given = test.value("options", json::object());
  gofuncs::TemplateOptions options;
  options.source_name = "(dynamic)";
  options.contents = directory.in(test["template"]);
  options.left_delimiter = given.value("left", "");
  options.right_delimiter = given.value("right", "");
  options.error_on_missing_key = given.value("missingkey", "") == "error";
  options.function_denylist = given.value("denylist", std::vector<std::string>());
  options.sandbox_path = directory.in(given.value("sandbox", ""));
  options.destination = directory.in(given.value("destination", ""));
  options.sprig = given.value("sprig", "") == "full" ? gofuncs::SprigSet::Full : gofuncs::SprigSet::Hermetic;
  // The peer hides top-level values only; the canary asks for what the agent does.
  options.redaction = given.value("redaction", "") == "all" ? gofuncs::Redaction::Everywhere : gofuncs::Redaction::TopLevel;
  return options;
}

std::string show(const std::string& what, const std::string& wanted, const std::string& got) {
  return "  " + what + "\n    wanted " + go_quote(wanted) + "\n    got    " + go_quote(got) + "\n";
}

std::string names_of(const std::vector<Dependency>& dependencies, const CaseDirectory& directory) {
  std::vector<std::string> names;
  for (const Dependency& dependency : dependencies) names.push_back(directory.out(dependency.name));
  return join(names, ", ");
}

std::string compare_result(const json& test, const CaseDirectory& directory, const gofuncs::Pass& pass) {
  const std::string output = directory.out(std::string(pass.text.expose()));
  const std::string error = directory.out(pass.error.value_or(""));
  if (test.contains("error")) {
    const std::string wanted = test["error"];
    return error == wanted ? "" : show("error", wanted, pass.error ? error : "output: " + output);
  }
  if (test.contains("error_pattern")) {
    const std::string wanted = test["error_pattern"];
    return re2::RE2::FullMatch(error, wanted) ? "" : show("error pattern", wanted, error);
  }
  if (pass.error) return show("output", test.value("output", test.value("pattern", "")), "error: " + error);
  if (test.contains("pattern")) {
    const std::string wanted = test["pattern"];
    return re2::RE2::FullMatch(output, "(?s)" + wanted) ? "" : show("pattern", wanted, output);
  }
  std::string wanted = test.value("output", "");
  if (test.contains("output_base64")) {
    const auto bytes = base64_decode(test["output_base64"].get<std::string>());
    wanted = bytes ? *bytes : "";
  }
  return output == wanted ? "" : show("output", wanted, output);
}

std::string compare_files(const json& test, const CaseDirectory& directory) {
  std::string difference;
  const json files = test.value("files_after", json::object());
  for (const auto& [name, entry] : files.items()) {
    const fs::path path = fs::path(directory.path()) / name;
    struct stat info{};
    std::string mode = "absent";
    if (stat(path.c_str(), &info) == 0) {
      std::ostringstream text;
      text << (S_ISDIR(info.st_mode) ? "d" : "") << "0" << std::oct << (info.st_mode & 07777U);
      mode = text.str();
    }
    if (const std::string wanted = entry.value("mode", mode); wanted != mode) {
      difference += show("mode of " + name, wanted, mode);
    }
    if (mode == "absent" || mode.starts_with("d")) continue;
    const std::string content = read_whole(path);
    if (content != entry.value("content", content)) {
      difference += show("content of " + name, entry["content"], content);
    }
  }
  return difference;
}

/// The edges of the process, as the case wants them.
class CaseHost {
 public:
  CaseHost(const json& test, const CaseDirectory& directory)
      : test_(test), directory_(directory), environment_(test.value("env", json::object())) {
    if (const auto given = parse_rfc3339(test.value("now", "")); given) now_ = *given;
  }
  /// Refers to this object.
  [[nodiscard]] gofuncs::Host host() {
    gofuncs::Host host;
    host.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto place = environment_.find(std::string(name));
      if (place == environment_.end()) return std::nullopt;
      return directory_.in(place->get<std::string>());
    };
    host.now = [this] { return now_; };
    host.standard_output = [this](std::string_view text) { standard_output_ += text; };
    host.time_zone = test_.value("options", json::object()).value("tz", "UTC");
    return host;
  }
  [[nodiscard]] const std::string& standard_output() const { return standard_output_; }

 private:
  const json& test_;
  const CaseDirectory& directory_;
  json environment_;
  std::chrono::system_clock::time_point now_ = std::chrono::system_clock::now();
  std::string standard_output_;
};

}  // namespace

std::string run_template_case(const json& test) {
  const CaseDirectory directory;
  make_files(directory, test.value("files", json::object()));
  CaseHost edges(test, directory);
  const auto parsed = gofuncs::Template::create(options_of(test, directory), edges.host());
  const CaseData data(test);
  const gofuncs::Pass pass = parsed->render(data);

  std::string difference = compare_result(test, directory, pass);
  const auto names = [&](const char* key, const std::vector<Dependency>& got) {
    if (!test.contains(key)) return;
    const std::string wanted = join(test[key].get<std::vector<std::string>>(), ", ");
    const std::string shown = names_of(got, directory);
    if (shown != wanted) difference += show(key, wanted, shown);
  };
  names("used", pass.used);
  names("missing", pass.missing);
  if (test.contains("stdout") && test["stdout"] != edges.standard_output()) {
    difference += show("stdout", test["stdout"], edges.standard_output());
  }
  return difference + compare_files(test, directory);
}

json answer_template_case(const json& test) {
  const CaseDirectory directory;
  make_files(directory, test.value("files", json::object()));
  CaseHost edges(test, directory);
  const gofuncs::Pass pass = gofuncs::Template::create(options_of(test, directory), edges.host())->render(CaseData(test));
  if (pass.error) return {{"error", directory.out(*pass.error)}};
  const std::string output = directory.out(std::string(pass.text.expose()));
  if (is_utf8(output)) return {{"output", output}};
  return {{"output_base64", base64_encode(output)}};
}

}  // namespace leasehold::golden

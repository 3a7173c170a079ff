#include "lint_template.h"

#include <algorithm>
#include <array>
#include <map>

#include "leasehold/base/text.h"
#include "leasehold/gofuncs/inspect.h"
#include "leasehold/gofuncs/render.h"
#include "template_text.h"

namespace leasehold::agent::lint {
namespace {

using gofuncs::Dependency;
using gotemplate::Access;
using gotemplate::TracedCall;

/// Statements of one rendering at most: a template that loops must not keep the user waiting.
constexpr std::size_t kStatementsMax = 1'000'000;
constexpr int kPassesMax = 20;
/// What a KV v2 mount has at its root beside data/.
constexpr std::array<std::string_view, 6> kKv2Parts = {"data",     "metadata", "delete",
                                                       "undelete", "destroy",  "subkeys"};

bool starts_with_path(std::string_view path, std::string_view mount) {
  return path.size() > mount.size() + 1 && path.starts_with(mount) && path[mount.size()] == '/';
}

std::string_view first_part(std::string_view path) {
  return path.substr(0, path.find('/'));
}

bool has_kv2_part(std::string_view rest) {
  return std::find(kKv2Parts.begin(), kKv2Parts.end(), first_part(rest)) != kKv2Parts.end();
}

std::string_view canonical(std::string_view path) {
  path = trim_space(path.substr(0, path.find('?')));
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string dotted(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names) out += "." + name;
  return out;
}

/// One `secret "PATH"` whose path is known.
struct Read {
  const TracedCall& call;
  std::string_view path;
  std::string_view mount;  ///< of KV v2, as far as known; "" = unknown or another engine
  const yaml::Node* sample = nullptr;
};

class TemplateCheck {
 public:
  TemplateCheck(const PlacedText& text, const TemplateSettings& how, const Settings& settings,
                Findings& out)
      : text_(text), how_(how), settings_(settings), out_(out) {}

  void run() {
    const gotemplate::Inspection inspection = gofuncs::inspect(options());
    for (const auto& problem : inspection.problems) syntax(problem);
    for (const TracedCall& call : inspection.calls) check_call(call);
    if (inspection.problems.empty()) check_rendering();
  }

 private:
  [[nodiscard]] gofuncs::TemplateOptions options() const {
    gofuncs::TemplateOptions options;
    options.contents = text_.text;
    options.left_delimiter = how_.left_delimiter;
    options.right_delimiter = how_.right_delimiter;
    options.error_on_missing_key = how_.error_on_missing_key;
    // A check changes nothing and starts nothing.
    options.function_denylist = {"writeToFile", "plugin"};
    options.statements_max = kStatementsMax;
    return options;
  }

  void report(RuleId id, std::size_t offset, std::size_t length, std::string what,
              std::string fix = "") {
    if (out_.full()) return;
    out_.add(id, text_.place(offset), length, std::move(what), std::move(fix));
  }

  void syntax(const gotemplate::SyntaxProblem& problem) {
    if (out_.full()) return;  // the nearest name costs time
    const std::string& name = problem.undefined_function;
    if (name.empty()) return report(RuleId::TemplateSyntax, problem.offset, 1, problem.message);
    const std::string_view near = nearest(name, gofuncs::function_names());
    report(RuleId::UnknownFunction, problem.offset, name.size(),
           "function " + go_quote(name) + " is not defined",
           near.empty() ? "" : "did you mean " + go_quote(near) + "?");
  }

  void check_call(const TracedCall& call) {
    if (call.function != "secret" || call.arguments.size() != 1 || !call.arguments[0]) return;
    const std::string_view path = canonical(*call.arguments[0]);
    if (path.empty()) return;
    Dependency dependency;
    dependency.kind = Dependency::Kind::Read;
    dependency.path = path;
    const Read read{call, path, mount_of(path), settings_.samples.sample_of(dependency)};
    if (read.sample == nullptr && !settings_.samples.empty()) missing_sample(read);
    check_path(read);
    if (is_kv2(read)) check_kv2_fields(read);
    if (read.sample != nullptr) check_keys(read);
  }

  /// The KV v2 mount that a path lies in.
  [[nodiscard]] std::string_view mount_of(std::string_view path) const {
    for (const std::string& mount : settings_.kv2_mounts) {
      if (starts_with_path(path, mount)) return path.substr(0, mount.size());
    }
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      if (settings_.samples.is_kv2_mount(path.substr(0, slash))) return path.substr(0, slash);
    }
    return "";
  }

  [[nodiscard]] bool is_kv2(const Read& read) const {
    if (read.sample != nullptr) return is_kv2_secret(*read.sample);
    const std::string_view mount = read.mount.empty() ? first_part(read.path) : read.mount;
    return starts_with_path(read.path, mount) &&
           first_part(read.path.substr(mount.size() + 1)) == "data";
  }

  void missing_sample(const Read& read) {
    const std::string_view near = settings_.samples.nearest_path(read.path);
    report(RuleId::MissingSample, read.call.argument_offsets[0], read.call.arguments[0]->size() + 2,
           "the sample data has no answer for " + go_quote(read.path),
           near.empty() ? "" : "did you mean " + go_quote(near) + "?");
  }

  void check_path(const Read& read) {
    std::string_view mount = read.mount;
    if (mount.empty() && read.path.find("/data/") == std::string_view::npos) {
      // Nobody reads .Data.data.x from anything but KV v2.
      const auto double_data = [](const Access& access) {
        return access.names.size() > 2 && access.names[0] == "Data" && access.names[1] == "data";
      };
      if (std::any_of(read.call.accesses.begin(), read.call.accesses.end(), double_data))
        mount = first_part(read.path);
    }
    if (mount.empty() || !starts_with_path(read.path, mount)) return;
    const std::string_view rest = read.path.substr(mount.size() + 1);
    if (has_kv2_part(rest)) return;
    const std::string right = std::string(mount) + "/data/" + std::string(rest);
    report(RuleId::Kv2Path, read.call.argument_offsets[0], read.call.arguments[0]->size() + 2,
           go_quote(read.path) + " lies on the KV v2 mount " + go_quote(mount) + " and lacks data/",
           "write " + go_quote(right));
  }

  void check_kv2_fields(const Read& read) {
    for (const Access& access : read.call.accesses) {
      if (access.names.empty() || access.names[0] != "Data") continue;
      if (access.names.size() == 1) {
        if (access.ranged) {
          report(RuleId::Kv2Data, access.offsets[0], 5,
                 "range over .Data of a KV v2 secret goes over data and metadata",
                 "write .Data.data");
        }
        continue;
      }
      const std::string& field = access.names[1];
      if (field == "data" || field == "metadata") continue;
      std::vector<std::string> right = access.names;
      right.insert(right.begin() + 1, "data");
      report(
          RuleId::Kv2Data, access.offsets[1], field.size() + 1,
          dotted(access.names) + " of the KV v2 secret " + go_quote(read.path) + " does not exist",
          "write " + dotted(right));
    }
  }

  void check_keys(const Read& read) {
    std::set<std::vector<std::string>> asked;
    for (const Access& access : read.call.accesses) {
      if (access.tested) asked.insert(access.names);
    }
    for (const Access& access : read.call.accesses) {
      if (access.names.size() > 1 && access.names[0] == "Data" && !asked.contains(access.names))
        check_key(read, access);
    }
  }

  void check_key(const Read& read, const Access& access) {
    const yaml::Node* node = read.sample->find("data");
    if (node == nullptr) return;
    for (std::size_t i = 1; i < access.names.size(); ++i) {
      if (node->kind != yaml::Kind::Mapping) return;  // what comes then fails when it is rendered
      const yaml::Node* next = node->find(access.names[i]);
      if (next == nullptr) return missing_key(read, access, i, *node);
      node = next;
    }
  }

  void missing_key(const Read& read, const Access& access, std::size_t index,
                   const yaml::Node& node) {
    if (index == 1 && is_kv2_secret(*read.sample)) return;  // Kv2Data says it better
    std::vector<std::string_view> keys;
    for (const yaml::Entry& entry : node.entries) keys.push_back(entry.key.text);
    const std::string_view near = nearest(access.names[index], keys);
    report(RuleId::MissingKey, access.offsets[index], access.names[index].size() + 1,
           "the sample data of " + go_quote(read.path) + " has no " +
               dotted(std::span(access.names).first(index + 1)),
           near.empty() ? "" : "did you mean " + go_quote(near) + "?");
  }

  // --- by rendering

  /// Answers from the samples, found out between passes.
  class Data final : public gofuncs::DataSource {
   public:
    [[nodiscard]] const gotemplate::Value* find(const Dependency& dependency) const override {
      const auto found = values.find(dependency.name);
      return found == values.end() ? nullptr : &found->second;
    }
    std::map<std::string, gotemplate::Value, std::less<>> values;
  };

  void check_rendering() {
    gofuncs::Host host;
    // What is not set here may be set where it runs.
    host.environment = [&](std::string_view name) -> std::optional<std::string> {
      const auto value = settings_.environment ? settings_.environment(name) : std::nullopt;
      return value ? value : std::optional<std::string>("");
    };
    const auto parsed = gofuncs::Template::create(options(), std::move(host));
    Data data;
    for (int pass = 0; pass < kPassesMax; ++pass) {
      const gofuncs::Pass done = parsed->render(data);
      if (done.error) failure(*done.error, pass, done.missing);
      if (done.missing.empty()) return;
      for (const Dependency& wanted : done.missing) {
        auto value = settings_.samples.empty() || wanted.kind == Dependency::Kind::File
                         ? Result<gotemplate::Value>(not_found("no sample"))
                         : settings_.samples.answer(wanted);
        if (!value) return;
        data.values.emplace(wanted.name, *std::move(value));
      }
    }
  }

  void failure(const std::string& error, int pass, const std::vector<Dependency>& missing) {
    if (error.find("function is disabled") != std::string::npos) return;  // our own doing
    const PlacedError placed = place_of(error);
    const std::size_t offset = text_.offset_of(static_cast<std::uint32_t>(placed.line),
                                               static_cast<std::uint32_t>(placed.column));
    if (pass > 0) {
      if (missing.empty()) report(RuleId::RenderError, offset, 1, placed.text);
      return;
    }
    if (missing.empty()) return report(RuleId::NeverRenders, offset, 1, placed.text);
    report(RuleId::FirstPass, offset, 1,
           "fails while " + missing.front().name + " is missing: " + placed.text,
           missing.front().kind == Dependency::Kind::Read
               ? "guard it: {{ with secret " + go_quote(missing.front().path) + " }}...{{ end }}"
               : "");
  }

  const PlacedText& text_;
  const TemplateSettings& how_;
  const Settings& settings_;
  Findings& out_;
};

}  // namespace

void check_template(const PlacedText& text, const TemplateSettings& how, const Settings& settings,
                    Findings& out) {
  TemplateCheck(text, how, settings, out).run();
}

}  // namespace leasehold::agent::lint

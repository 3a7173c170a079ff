#include "patch_command.h"

#include <array>

#include "leasehold/base/text.h"
#include "line_diff.h"
#include "offline.h"

namespace leasehold::injector {
namespace {

struct OutputRow {
  std::string_view name;
  PatchOutput output;
};
constexpr std::array kOutputs{
    OutputRow{"yaml", PatchOutput::Yaml},
    OutputRow{"json", PatchOutput::Json},
    OutputRow{"jsonpatch", PatchOutput::JsonPatch},
    OutputRow{"diff", PatchOutput::Diff},
};

std::string dump(const Manifest& value, int indent) {
  return value.dump(indent, ' ', false, Manifest::error_handler_t::replace);
}

/// One run over all files.
class Run {
 public:
  Run(const PatchRequest& request, std::shared_ptr<const Settings> settings)
      : request_(request), reviewer_(std::move(settings)) {}

  PatchReport take() {
    for (const SourceFile& file : request_.files) add(file);
    if (request_.output == PatchOutput::Json) {
      report_.out = objects_.size() == 1
                        ? dump(objects_[0], 4) + "\n"
                        : dump({{"apiVersion", "v1"}, {"kind", "List"}, {"items", objects_}}, 4) + "\n";
    }
    if (report_.failed) report_.out.clear();
    return std::move(report_);
  }

 private:
  void add(const SourceFile& file) {
    std::string before;
    std::string after;
    std::size_t line = 0;
    for (const std::string& piece : split_documents(file.text)) {
      const auto document = parse_document(piece);
      if (document) {
        put(file, piece, inject_offline(document->content, request_.name_space, reviewer_), document->content, before, after);
      } else {
        fail(file.name + ": document at line " + std::to_string(line + 1) + ": " + document.error().message);
      }
      line += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
    }
    if (request_.output == PatchOutput::Diff) report_.out += unified_diff(file.name, before, after);
    if (request_.output == PatchOutput::Yaml) put_file(after);
  }

  void put(const SourceFile& file, const std::string& piece, const OfflineResult& result,
           const Manifest& original, std::string& before, std::string& after) {
    for (const OfflineVerdict& pod : result.pods) tell(file, pod);
    // Only documents that change are written anew: the others keep their comments and their form.
    const std::string head = head_of(piece);
    before += result.is_touched() ? head + to_yaml(original) : piece;
    after += result.is_touched() ? head + to_yaml(result.object) : piece;
    if (original.is_null()) return;
    objects_.push_back(result.object);
    if (request_.output == PatchOutput::JsonPatch) report_.out += dump(result.operations, -1) + "\n";
  }

  /// Files follow each other as documents of one stream.
  void put_file(const std::string& text) {
    if (!report_.out.empty() && !text.starts_with("---")) {
      if (!report_.out.ends_with('\n')) report_.out += '\n';
      report_.out += "---\n";
    }
    report_.out += text;
  }

  void tell(const SourceFile& file, const OfflineVerdict& pod) {
    const std::string place = file.name + ": " + pod.place.owner + ": ";
    for (const std::string& warning : pod.warnings) report_.messages += "warning: " + place + warning + "\n";
    if (!pod.refusal.empty()) fail(place + pod.refusal);
  }

  void fail(const std::string& text) {
    report_.messages += "error: " + text + "\n";
    report_.failed = true;
  }

  const PatchRequest& request_;
  Reviewer reviewer_;
  Manifest objects_ = Manifest::array();
  PatchReport report_;
};

}  // namespace

Result<PatchOutput> parse_patch_output(std::string_view text) {
  for (const OutputRow& row : kOutputs) {
    if (row.name == text) return row.output;
  }
  return invalid("-o must be yaml, json, jsonpatch or diff, not " + go_quote(text));
}

PatchReport patch_manifests(const PatchRequest& request, std::shared_ptr<const Settings> settings) {
  return Run(request, std::move(settings)).take();
}

}  // namespace leasehold::injector

#include "offline_commands.h"

#include <cstdio>
#include <memory>
#include <optional>

#include "explain.h"
#include "leasehold/flags/flags.h"
#include "patch_command.h"

namespace leasehold::injector {
namespace {

/// What both commands need.
struct Prepared {
  std::shared_ptr<const Settings> settings;
  flags::Parsed given;
  std::vector<SourceFile> files;
  std::string name_space;
};

int fail(const std::string& text) {
  std::fputs((text + "\n").c_str(), stderr);
  return 1;
}

std::string usage(const std::string& command) {
  return "Usage: leasehold-injector " + command + " -f FILE|FOLDER|- [flags]\n" + flags::usage(offline_flag_rows());
}

/// nullopt: help was asked for and given.
Result<std::optional<Prepared>> prepare(const std::string& command, const std::vector<std::string>& arguments) {
  const auto rows = offline_flag_rows();
  const auto given = flags::parse(rows, arguments);
  if (!given) return invalid(given.error().message + "\n" + usage(command));
  if (given->help) {
    std::fputs(usage(command).c_str(), stderr);
    return std::optional<Prepared>();
  }
  auto settings = resolve_settings(*given, flags::process_environment());
  if (!settings) return settings.error();
  auto files = read_sources(*given);
  if (!files) return files.error();
  Prepared prepared;
  prepared.settings = std::make_shared<const Settings>(*std::move(settings));
  prepared.files = *std::move(files);
  prepared.name_space = given->last("n").value_or("default");
  prepared.given = *given;
  return std::optional<Prepared>(std::move(prepared));
}

}  // namespace

int run_patch(const std::vector<std::string>& arguments) {
  auto prepared = prepare("patch", arguments);
  if (!prepared) return fail(prepared.error().message);
  if (!*prepared) return 0;
  const auto output = parse_patch_output((*prepared)->given.last("o").value_or("yaml"));
  if (!output) return fail(output.error().message);
  PatchRequest request;
  request.files = std::move((*prepared)->files);
  request.output = *output;
  request.name_space = (*prepared)->name_space;
  const PatchReport report = patch_manifests(request, (*prepared)->settings);
  std::fputs(report.messages.c_str(), stderr);
  std::fwrite(report.out.data(), 1, report.out.size(), stdout);
  return report.failed ? 1 : 0;
}

int run_explain(const std::vector<std::string>& arguments) {
  const auto prepared = prepare("explain", arguments);
  if (!prepared) return fail(prepared.error().message);
  if (!*prepared) return 0;
  const Prepared& ready = **prepared;
  const Origins origins = describe_origins(ready.given, flags::process_environment());
  std::string page;
  int status = 0;
  for (const SourceFile& file : ready.files) {
    for (const std::string& piece : split_documents(file.text)) {
      const auto document = parse_document(piece);
      if (!document) {
        status = fail(file.name + ": " + document.error().message);
        continue;
      }
      page += explain_object(document->content, ready.name_space, ready.settings, origins);
    }
  }
  if (page.empty() && status == 0) page = "no pods in these manifests\n";
  std::fputs(page.c_str(), stdout);
  return status;
}

}  // namespace leasehold::injector

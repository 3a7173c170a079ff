#include "reference.h"

#include "annotations.h"
#include "leasehold/base/text.h"
#include "settings.h"

namespace leasehold::injector {
namespace {

std::string code(std::string_view text) {
  return text.empty() ? "" : "`" + std::string(text) + "`";
}

/// A bar would end the cell.
std::string cell(std::string_view text) {
  return replace_all(std::string(text), "|", "\\|");
}

std::string line(std::string_view name, std::string_view type, std::string_view default_value,
                 std::string_view help) {
  return "| `" + std::string(name) + "` | " + cell(type) + " | " + cell(code(default_value)) +
         " | " + cell(help) + " |\n";
}

}  // namespace

std::string annotations_reference() {
  std::string out =
      "<!-- Written by `leasehold-injector annotations`; a test compares. -->\n"
      "# Annotations\n\n"
      "All names start with `vault.hashicorp.com/`. An annotation counts as given when it is "
      "there, even if it is\n"
      "empty: then it overrides the default. A default with a dash is the injector's flag of that "
      "name.\n\n"
      "| Annotation | Value | Default | Effect |\n|---|---|---|---|\n";
  for (const AnnotationRow& row : annotation_rows())
    out += line(row.name, row.type, row.default_value, row.help);
  out +=
      "\n## With a NAME of your own\n\n"
      "NAME is what stands after the dash. A secret exists for every NAME that occurs in one of "
      "the first three with\n"
      "a value that is not blank.\n\n"
      "| Annotation | Value | Default | Effect |\n|---|---|---|---|\n";
  for (const FamilyRow& row : family_rows()) {
    out += line(std::string(row.name) + "NAME", row.type, row.default_value, row.help);
  }
  out +=
      "\n## Flags and environment of the injector\n\n"
      "A variable that is not empty wins over the flag, the flag over the default.\n\n"
      "| Flag | Environment | Default | Meaning |\n|---|---|---|---|\n";
  for (const SettingRow& row : setting_rows()) {
    const std::string flag = row.flag.name.empty() ? "" : "`-" + std::string(row.flag.name) + "`";
    const auto names = split(row.flag.environment, ',');
    std::string variable;
    for (const std::string& name : names) {
      if (!name.starts_with("AGENT_INJECT_AGENT_INJECT_"))
        variable += (variable.empty() ? "`" : ", `") + name + "`";
    }
    out += "| " + flag + " | " + variable + " | " + cell(code(row.flag.default_value)) + " | " +
           cell(row.flag.help) + " |\n";
  }
  return out;
}

}  // namespace leasehold::injector

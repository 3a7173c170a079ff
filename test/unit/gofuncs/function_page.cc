#include "function_page.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "denylist.h"
#include "leasehold/base/text.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::Function;

/// A line of the page: one row and those that are the same under another name.
struct Entry {
  const Function* row;
  std::vector<std::string_view> aliases;
};

bool same(const Function& a, const Function& b) {
  return a.call == b.call && a.call != nullptr && a.variadic == b.variadic && a.help == b.help &&
         std::ranges::equal(a.parameters, b.parameters);
}

std::vector<Entry> entries_of(std::span<const Function> rows) {
  std::vector<Entry> entries;
  for (const Function& row : rows) {
    const auto known = std::ranges::find_if(entries, [&row](const Entry& entry) { return same(*entry.row, row); });
    if (known == entries.end()) {
      entries.push_back({.row = &row, .aliases = {}});
    } else {
      known->aliases.push_back(row.name);
    }
  }
  return entries;
}

std::string code(std::string_view text) { return "`" + replace_all(std::string(text), "|", "\\|") + "`"; }

/// `sprig_substr int int string`, `print any...`
std::string signature(const Function& row) {
  std::string text(row.name);
  for (std::size_t index = 0; index < row.parameters.size(); ++index) {
    const gotemplate::Type& type = *row.parameters[index];
    const bool any = type.kind == gotemplate::Kind::Interface || type.kind == gotemplate::Kind::Raw;
    text += " " + replace_all(any ? "any" : std::string(type.name), "interface {}", "any");
    if (row.variadic && index + 1 == row.parameters.size()) text += "...";
  }
  return text;
}

void append_subject(std::string& page, const Subject& subject) {
  page.append("\n## ").append(subject.title).append("\n\n");
  if (!subject.hermetic) page += "Not in Sprig's hermetic set.\n\n";
  page += "| function | also called | result |\n|---|---|---|\n";
  for (const Entry& entry : entries_of(subject.rows)) {
    std::vector<std::string> aliases;
    for (const std::string_view alias : entry.aliases) aliases.push_back(code(alias));
    page += "| " + code(signature(*entry.row)) + " | " + join(aliases, ", ") + " | " +
            replace_all(std::string(entry.row->help), "|", "\\|") + " |\n";
  }
}

}  // namespace

std::string function_page() {
  std::string page =
      "# Functions of templates\n\n"
      "<!-- Made by template-docs from the tables in src/common/gotemplate and src/common/gofuncs; do not edit. -->\n\n"
      "The language is that of Go's text/template. After a function stand the types of its parameters;\n"
      "`...` may be given any number of times, and the value of a pipeline comes last. A type is checked:\n"
      "`any` takes everything. The functions from \"Secrets\" on can be denied by `function_denylist`.\n";
  append_subject(page, {.title = "Builtins", .rows = gotemplate::builtin_functions()});
  for (const Subject& subject : subjects()) append_subject(page, subject);
  return page;
}

}  // namespace leasehold::gofuncs

#include "missing_values.h"

#include <string_view>

#include "leasehold/base/text.h"
#include "leasehold/gofuncs/inspect.h"
#include "template_text.h"

namespace leasehold::agent {
namespace {

std::string dotted(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += "." + name;
  return out;
}

/// `secret/data/app`, as the API of KV v2 has it.
bool is_kv2_path(std::string_view path) { return path.find("/data/") != std::string_view::npos; }

/// .Data.x where .Data.data.x is meant.
bool lacks_data(const gotemplate::Access& access) {
  return access.names.size() > 1 && access.names[0] == "Data" && access.names[1] != "data" && access.names[1] != "metadata";
}

}  // namespace

std::string missing_value_reason(const TemplateBlock& block) {
  auto text = template_text(block);
  if (!text) return text.error().message;
  const gofuncs::TemplateOptions options = template_options(block, *std::move(text));
  for (const gotemplate::TracedCall& call : gofuncs::inspect(options).calls) {
    if (call.function != "secret" || call.arguments.size() != 1 || !call.arguments[0]) continue;
    const bool versioned = is_kv2_path(*call.arguments[0]);
    for (const gotemplate::Access& access : call.accesses) {
      if (!lacks_data(access)) continue;
      std::vector<std::string> right = access.names;
      right.insert(right.begin() + 1, "data");
      // Without data/ in the path the mount may be version 2 all the same: the agent finds that out.
      return dotted(access.names) + " of the " + (versioned ? "KV v2 " : "") + "secret " + go_quote(*call.arguments[0]) +
             " does not exist; write " + dotted(right) + (versioned ? "" : " if its mount is KV v2");
    }
  }
  return "a key that the template asks for does not exist; leasehold-agent lint and render -watch show which";
}

}  // namespace leasehold::agent

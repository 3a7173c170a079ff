// Functions that do something: writeToFile, plugin and the printing ones of spew (spec 11.1, 11.2).
#include <string>
#include <vector>

#include "case_mapping.h"
#include "context.h"
#include "leasehold/base/scalars.h"
#include "plugin.h"
#include "spew.h"
#include "write_file.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kString;

Result<Value> write_to_file(Call& call) {
  constexpr std::size_t kExtra = 4;
  // compat: without content the original reads before its list, golden/templates/ct_env_file
  if (call.count() == kExtra) return invalid("runtime error: index out of range [-1]");
  FileWrite write;
  write.path = call.text(0);
  write.user = call.text(1);
  write.group = call.text(2);
  write.content = call.text(call.count() - 1);
  const std::string_view flags = call.count() == kExtra + 2 ? call.text(kExtra) : std::string_view();
  write.append = flags.find("append") != std::string_view::npos;
  if (flags.find("newline") != std::string_view::npos) write.content += "\n";
  auto mode = parse_uint(call.text(3), 8);
  if (!mode) return mode.error();
  write.mode = static_cast<mode_t>(*mode);
  if (auto done = write_file(write); !done) return done.error();
  return Value::string("");
}

Result<Value> plugin(Call& call) {
  if (call.text(0).empty()) return Value::string("");
  std::vector<std::string> argv{std::string(call.text(0))};
  for (std::size_t index = 1; index < call.count(); ++index) {
    const std::string_view argument = trim_unicode_space(call.text(index));
    if (!argument.empty()) argv.emplace_back(argument);
  }
  auto out = run_plugin(argv);
  if (!out) return out.error();
  return Value::string(*out);
}

std::string dump_all(Call& call) {
  std::string out;
  for (const Value& value : call.arguments) out += spew_dump(value);
  return out;
}

Result<Value> say(Call& call, std::string_view text) {
  if (context_of(call).host().standard_output) context_of(call).host().standard_output(text);
  return Value::string("");
}

Result<Value> dump_text(Call& call) { return Value::string(dump_all(call)); }
Result<Value> dump_out(Call& call) { return say(call, dump_all(call)); }
Result<Value> format_text(Call& call) { return Value::string(spew_format(call.text(0), call.arguments.subspan(1))); }
Result<Value> format_out(Call& call) { return say(call, spew_format(call.text(0), call.arguments.subspan(1))); }

// clang-format off
constexpr Function kSideEffects[] = {
    {"writeToFile",  types<kString, kString, kString, kString, kString>, true, &write_to_file, "writes another file: path, user, group, mode, flags, content"},
    {"plugin",       types<kString, kString>, true, &plugin,      "what a program prints"},
    {"spew_sdump",   types<kAny>,             true, &dump_text,   "values with their types"},
    {"spew_dump",    types<kAny>,             true, &dump_out,    "the same, to standard output"},
    {"spew_sprintf", types<kString, kAny>,    true, &format_text, "printf with types"},
    {"spew_printf",  types<kString, kAny>,    true, &format_out,  "the same, to standard output"},
};
// clang-format on

}  // namespace

std::span<const Function> side_effect_functions() { return kSideEffects; }

}  // namespace leasehold::gofuncs

// What a template learns from the machine that it runs on (spec 11.1 and 11.2).
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>
#include <system_error>

#include "case_mapping.h"
#include "context.h"
#include "leasehold/base/text.h"
#include "time_value.h"

namespace leasehold::gofuncs {

namespace {

using gotemplate::kAny;
using gotemplate::kString;

Result<Value> environment(Call& call) {
  return Value::string(context_of(call).environment(call.text(0)).value_or(""));
}

Result<Value> environment_or(Call& call) {
  return Value::string(context_of(call).environment(call.text(0)).value_or(std::string(call.text(1))));
}

Result<Value> environment_must(Call& call) {
  const std::string value = context_of(call).environment(call.text(0)).value_or("");
  if (value.empty()) return invalid("required environment variable " + std::string(call.text(0)) + " is empty");
  return Value::string(value);
}

Result<Value> timestamp(Call& call) {
  if (call.count() > 1) {
    return invalid("timestamp: wrong number of arguments, expected 0 or 1, but got " +
                   std::to_string(call.count()));
  }
  const Time now = Time::from(context_of(call).now());
  if (call.count() == 0) return Value::string(format_time(now, kRfc3339Seconds));
  if (call.text(0) == "unix") return Value::string(std::to_string(now.seconds));
  return Value::string(format_time(now, call.text(0)));
}

/// The path without symbolic links. Error as Go's EvalSymlinks has it.
Result<std::string> resolve(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  if (realpath(path.c_str(), buffer.data()) == nullptr) {
    const std::string reason = std::generic_category().message(errno);
    return invalid("lstat " + path + ": " + to_lower(reason.substr(0, 1)) + reason.substr(1));
  }
  return std::string(buffer.data());
}

/// The path that file() may read.
Result<std::string> sandboxed(const std::string& sandbox, const std::string& path) {
  auto box = resolve(sandbox);
  if (!box) return box.error().in("failed to resolve sandbox path");
  auto target = resolve(path);
  if (!target) return target.error().in("failed to resolve target path");
  const std::string inside = *box == "/" ? *box : *box + "/";
  if (*target != *box && !target->starts_with(inside)) {
    return invalid("'" + path + "' is outside of sandbox");
  }
  return target;
}

Result<Value> file(Call& call) {
  const std::string given(trim_unicode_space(call.text(0)));
  if (call.text(0).empty()) return Value::string("");
  std::string path = given;
  if (const std::string& sandbox = context_of(call).options().sandbox_path; !sandbox.empty()) {
    auto resolved = sandboxed(sandbox, given);
    if (!resolved) return resolved.error();
    path = *std::move(resolved);
  }
  Dependency dependency;
  dependency.kind = Dependency::Kind::File;
  dependency.path = path_clean(path);
  dependency.name = "file(" + dependency.path + ")";
  const Value* value = context_of(call).look_up(std::move(dependency));
  return value == nullptr ? Value::string("") : *value;
}

Result<Value> execute_template(Call& call) {
  if (call.count() > 2) {
    return invalid("executeTemplate: wrong number of arguments, expected 1 or 2, but got " +
                   std::to_string(call.count()));
  }
  return call.runner.run(call.text(0), call.count() > 1 ? call[1] : Value());
}

// clang-format off
constexpr Function kHostFunctions[] = {
    {"env",             types<kString>,          false, &environment,      "an environment variable"},
    {"envOrDefault",    types<kString, kString>, false, &environment_or,   "an environment variable, or a text if it is unset"},
    {"mustEnv",         types<kString>,          false, &environment_must, "an environment variable that must not be empty"},
    {"timestamp",       types<kString>,          true,  &timestamp,        "now, by a Go layout"},
    {"file",            types<kString>,          false, &file,             "the content of a file, which is watched"},
    {"executeTemplate", types<kString, kAny>,    true,  &execute_template, "the output of another template of this text"},
};
// clang-format on

}  // namespace

std::span<const Function> host_functions() { return kHostFunctions; }

}  // namespace leasehold::gofuncs

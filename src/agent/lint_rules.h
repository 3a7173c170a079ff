// What `lint` knows to be wrong, as rows: from them come the findings' texts and docs/lint.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace leasehold::agent::lint {

/// In the order of the table.
enum class RuleId : std::size_t {
  Unreadable,
  EmptyFile,
  TemplateSyntax,
  UnknownFunction,
  NeverRenders,
  FirstPass,
  RenderError,
  Kv2Path,
  Kv2Data,
  MissingSample,
  MissingKey,
  ConfigSyntax,
  ConfigError,
  UnknownKey,
  RepeatedKey,
  Nanoseconds,
  QuotedBoolean,
  JsonLabel,
  DestinationTwice,
  CommandShell,
  LoginMount,
  ManifestSyntax,
  ConfigPath,
  UnknownAnnotation,
  AnnotationNotText,
  NotInjected,
  TooMany,
};

enum class Severity {
  Warning,  ///< works today, or works with this agent alone
  Error,    ///< does not do what it should
};

struct Rule {
  RuleId id;
  std::string_view name;
  Severity severity;
  std::string_view summary;  ///< for the documentation
  std::string_view cause;    ///< why it is wrong
  std::string_view fix;      ///< what to do when nothing more exact is known
};

std::span<const Rule> rules();
const Rule& rule(RuleId id);
std::string_view to_string(Severity severity);

/// docs/lint.md, made of the rows.
std::string reference_page();

}  // namespace leasehold::agent::lint

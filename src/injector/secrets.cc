// One pass over the annotations, one sort by name, one record a group: no quadratic look-ups, since
// a tenant may send thousands of annotations.
#include "secrets.h"

#include <algorithm>
#include <array>
#include <optional>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::injector {
namespace {

enum Attribute : std::size_t {
  Path,
  Source,
  Contents,
  File,
  Perms,
  Command,
  LeftDelimiter,
  RightDelimiter,
  ErrorOnMissingKey,
  Directory,
  PreserveCase,
  kAttributes
};

struct Prefix {
  std::string_view text;
  Attribute attribute;
  bool declares;
};
// The first three in the order in which the replaced program tests them for declarations.
constexpr std::array kPrefixes{
    Prefix{"agent-inject-secret-", Path, true},
    Prefix{"agent-inject-template-file-", Source, true},
    Prefix{"agent-inject-template-", Contents, true},
    Prefix{"agent-inject-file-", File, false},
    Prefix{"agent-inject-perms-", Perms, false},
    Prefix{"agent-inject-command-", Command, false},
    Prefix{"agent-template-left-delim-", LeftDelimiter, false},
    Prefix{"agent-template-right-delim-", RightDelimiter, false},
    Prefix{"error-on-missing-key-", ErrorOnMissingKey, false},
    Prefix{"secret-volume-path-", Directory, false},
    Prefix{"preserve-secret-case-", PreserveCase, false},
};

struct Entry {
  std::string_view name;
  Attribute attribute;
  std::string_view value;
  bool declares;
};

std::vector<Entry> collect(const Pod& pod) {
  std::vector<Entry> entries;
  entries.reserve(pod.annotations.size());
  for (const auto& [key, value] : pod.annotations) {
    bool declared = false;
    for (const Prefix& prefix : kPrefixes) {
      if (key.size() <= prefix.text.size() || !key.starts_with(prefix.text)) continue;
      // compat: agent-inject-template-file-x declares x, yet is also the template of a secret
      // file-x (Q18), golden/injector/secret-template-file*.json
      const bool declares = prefix.declares && !declared && !trim_space(value).empty();
      declared = declared || prefix.declares;
      entries.push_back({key.substr(prefix.text.size()), prefix.attribute, value, declares});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

using Attributes = std::array<std::optional<std::string_view>, kAttributes>;

std::string destination_of(std::string_view name, const Attributes& given,
                           std::string_view directory, bool preserve_all) {
  if (const auto file = given[File].value_or(""); !file.empty()) return path_join(directory, file);
  bool preserve = preserve_all;
  if (given[PreserveCase]) {
    const auto parsed = parse_bool_lenient(*given[PreserveCase]);
    preserve = parsed && *parsed;
  }
  // Not cleaned: /run/creds/ gives /run/creds//db, as users of the replaced program have it.
  std::string destination(directory);
  destination += '/';
  destination += preserve ? std::string(name) : to_lower(name);
  return destination;
}

Outcome<Secret> make_secret(std::string_view name, const Attributes& given,
                            const PodSettings& settings) {
  Secret secret;
  secret.name = name;
  secret.path = given[Path].value_or("");
  secret.contents = given[Contents].value_or("");
  if (secret.contents.empty()) secret.source = given[Source].value_or("");
  secret.directory = given[Directory].value_or(settings.secret_volume_path);
  secret.destination = destination_of(name, given, secret.directory, settings.preserve_secret_case);
  secret.perms = given[Perms].value_or("");
  secret.command = given[Command].value_or("");
  const auto delimiter = [&](Attribute side, std::string_view usual) {
    const auto text = given[side].value_or("");
    return text.empty() ? usual : text;
  };
  secret.left_delimiter = delimiter(LeftDelimiter, "{{");
  secret.right_delimiter = delimiter(RightDelimiter, "}}");
  if (given[ErrorOnMissingKey]) {
    const auto parsed = parse_bool_lenient(*given[ErrorOnMissingKey]);
    if (!parsed) {
      return refuse_annotation(parsed.error().message, "error-on-missing-key-" + std::string(name),
                               *given[ErrorOnMissingKey]);
    }
    secret.error_on_missing_key = *parsed;
  }
  return secret;
}

}  // namespace

Outcome<std::vector<Secret>> read_secrets(const Pod& pod, const PodSettings& settings) {
  std::vector<Secret> secrets;
  const std::vector<Entry> entries = collect(pod);
  for (std::size_t at = 0; at < entries.size();) {
    const std::string_view name = entries[at].name;
    Attributes given;
    bool declared = false;
    for (; at < entries.size() && entries[at].name == name; ++at) {
      given[entries[at].attribute] = entries[at].value;
      declared = declared || entries[at].declares;
    }
    if (!declared) continue;
    auto secret = make_secret(name, given, settings);
    if (!secret) return secret.error();
    secrets.push_back(*std::move(secret));
  }
  return secrets;
}

Parameters read_parameters(const Pod& pod, std::string_view prefix) {
  std::vector<std::pair<std::string_view, std::string_view>> found;
  for (const auto& [key, value] : pod.annotations) {
    if (key.starts_with(prefix)) found.emplace_back(key.substr(prefix.size()), value);
  }
  std::sort(found.begin(), found.end());
  Parameters parameters;
  for (const auto& [name, value] : found) {
    std::string key(name);
    std::replace(key.begin(), key.end(), '-', '_');
    parameters[std::move(key)] = value;
  }
  return parameters;
}

}  // namespace leasehold::injector

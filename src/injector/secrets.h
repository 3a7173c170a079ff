// The secrets that a pod asks for, in the order of their names.
// Families of annotations -> one record a secret (spec/injector.md 10,
// golden/injector/cases/secret-*).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "annotations.h"
#include "pod.h"
#include "refusal.h"

namespace leasehold::injector {

struct Secret {
  std::string_view name;      ///< as written in the annotations
  std::string_view path;      ///< in Vault; may be empty when a template declares the secret
  std::string_view contents;  ///< template; "" = source, or the default template
  std::string_view source;    ///< template file
  std::string_view directory;
  std::string destination;
  std::string_view perms;
  std::string_view command;
  std::string_view left_delimiter;
  std::string_view right_delimiter;
  bool error_on_missing_key = false;
};

/// Refusals carry the bare text, annotation and value.
Outcome<std::vector<Secret>> read_secrets(const Pod& pod, const PodSettings& settings);

/// auth-config-NAME or agent-telemetry-NAME: parameters with - turned into _, in byte order. Of two
/// names that become the same one, the later in byte order wins.
using Parameters = std::map<std::string, std::string_view, std::less<>>;
Parameters read_parameters(const Pod& pod, std::string_view prefix);

}  // namespace leasehold::injector

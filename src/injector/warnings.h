// Oddities of the replaced program that are kept, because a verdict or a pod would change without
// them, are told to the user as admission warnings (spec/injector.md 20). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "injection.h"
#include "pod.h"

namespace leasehold::injector {

/// Of an injection that is about to be made.
std::vector<std::string> oddities_of(const Injection& injection);

/// What the injector decides in spite of the request, not by the pod's annotations.
struct RequestFacts {
  std::string_view api_version = {};  ///< "" = none given
  std::string_view operation = {};
  std::string_view kind = {};  ///< of the object, "" = not told
  std::string_view name_space = {};
  bool is_yaml = false;
};
std::vector<std::string> oddities_of(const RequestFacts& request);

/// A pod that is let through although it asks for something that nobody understands (Q12).
std::vector<std::string> oddities_of_ignored(const Pod& pod);

/// As many as the API server shows: each cut to 256 bytes at a character, together at most 4,096.
std::vector<std::string> fit_warnings(std::vector<std::string> warnings);

}  // namespace leasehold::injector

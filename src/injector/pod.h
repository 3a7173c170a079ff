// The parts of a Pod that decide an injection, as views into the parsed request.
// JSON document -> Pod; what Go's decoder of core/v1 would refuse is refused here for the members
// that are read (spec/injector.md 5, "Pod decoding errors").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "refusal.h"

namespace boost::json {
class value;
}

namespace leasehold::injector {

using JsonValue = boost::json::value;

struct Mount {
  std::string_view name;
  std::string_view path;
  const JsonValue* source = nullptr;  ///< lives as long as the request's document
};

struct Variable {
  std::string_view name;
  std::string_view value;  ///< "" for valueFrom
};

struct Container {
  std::string_view name;
  std::vector<Mount> mounts;
  std::vector<Variable> environment;
  bool has_security_context = false;
  std::optional<std::int64_t> run_as_user;
  const JsonValue* source = nullptr;
};

struct Volume {
  std::string_view name;
  std::string_view token_file;  ///< first non-empty path of a serviceAccountToken source
};

struct Pod {
  std::string_view name;
  std::string_view phase;
  std::string_view owner_kind;
  std::string_view owner_name;
  /// Those below vault.hashicorp.com/, without that prefix.
  std::vector<std::pair<std::string_view, std::string_view>> annotations;
  std::vector<Container> containers;
  std::vector<Container> init_containers;
  std::vector<Volume> volumes;
  std::optional<bool> share_process_namespace;
};

inline constexpr std::string_view kPrefix = "vault.hashicorp.com/";

/// object must outlive the Pod. Refusals have the bare text of Go's decoder.
Outcome<Pod> decode_pod(const JsonValue& object);

}  // namespace leasehold::injector

// The server's injection on manifests, without a server: finds the pods inside an object, asks the
// same Reviewer, and applies its patch. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "manifest_text.h"
#include "review.h"
#include "settings.h"

namespace leasehold::injector {

/// A pod or pod template inside an object.
struct PodPlace {
  std::string pointer;     ///< JSON pointer; "" = the object itself
  std::string name_space;
  std::string owner;       ///< `Deployment/web`
};
/// Pods, templates of any workload (spec.template, jobTemplate), and those of List items.
std::vector<PodPlace> find_pods(const Manifest& object, const std::string& default_name_space);

/// What the API server's ServiceAccount admission adds to a pod before webhooks see it: a token
/// volume and its mounts, unless it has one or automountServiceAccountToken is false. What was done
/// is appended to operations.
void add_service_account(Manifest& object, const std::string& pod_pointer, Manifest& operations);

/// What happened to one pod.
struct OfflineVerdict {
  PodPlace place;
  bool injected = false;
  std::string refusal;  ///< "" = none
  std::vector<std::string> warnings;
};

struct OfflineResult {
  Manifest object;      ///< as it came when nothing was injected
  Manifest operations = Manifest::array();  ///< JSON patch of the whole object
  std::vector<OfflineVerdict> pods;

  [[nodiscard]] bool is_touched() const { return !operations.empty(); }
};

/// A pod that no API server has seen has no service account token: see add_service_account().
OfflineResult inject_offline(const Manifest& object, const std::string& default_name_space, Reviewer& reviewer);

}  // namespace leasehold::injector

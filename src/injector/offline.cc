#include "offline.h"

#include <algorithm>

#include "leasehold/base/encoding.h"

namespace leasehold::injector {
namespace {

using Pointer = Manifest::json_pointer;

constexpr std::string_view kTokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::string_view kTokenVolume = "kube-api-access";
/// Lists in lists are no objects of Kubernetes.
constexpr int kListDepthMax = 4;

std::string text_at(const Manifest& object, const std::string& pointer) {
  const Pointer at(pointer);
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>()
                                                       : std::string();
}

bool is_pod_at(const Manifest& object, const std::string& pointer) {
  const Pointer containers(pointer + "/spec/containers");
  return object.contains(containers) && object[containers].is_array();
}

void collect(const Manifest& object, const std::string& root, const std::string& default_name_space,
             int depth, std::vector<PodPlace>& out) {
  const Pointer at(root);
  if (!object.contains(at) || !object[at].is_object()) return;
  const Pointer items(root + "/items");
  if (object.contains(items) && object[items].is_array() && depth < kListDepthMax) {
    for (std::size_t i = 0; i < object[items].size(); ++i) {
      collect(object, root + "/items/" + std::to_string(i), default_name_space, depth + 1, out);
    }
    return;
  }
  std::string name_space = text_at(object, root + "/metadata/namespace");
  std::string name = text_at(object, root + "/metadata/name");
  if (name.empty()) name = text_at(object, root + "/metadata/generateName");
  for (const char* inside : {"", "/spec/template", "/spec/jobTemplate/spec/template", "/template"}) {
    if (!is_pod_at(object, root + inside)) continue;
    if (name_space.empty()) name_space = text_at(object, root + inside + "/metadata/namespace");
    out.push_back({.pointer = root + inside,
                   .name_space = name_space.empty() ? default_name_space : name_space,
                   .owner = text_at(object, root + "/kind") + "/" + name});
    return;
  }
}

bool has_mount(const Manifest& container, bool any_account) {
  if (!container.contains("volumeMounts") || !container["volumeMounts"].is_array()) return false;
  return std::ranges::any_of(container["volumeMounts"], [&](const Manifest& mount) {
    const std::string path = text_at(mount, "/mountPath");
    return any_account ? path.find("serviceaccount") != std::string::npos : path == kTokenPath;
  });
}

Manifest token_volume() {
  return Manifest::parse(
      R"({"name":"kube-api-access","projected":{"defaultMode":420,"sources":[)"
      R"({"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},)"
      R"({"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},)"
      R"({"downwardAPI":{"items":[{"path":"namespace","fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}]}})");
}

/// Appends to an array of the object, as an operation of a patch; the array may be absent.
void append(Manifest& object, Manifest& operations, const std::string& array, Manifest value) {
  const Pointer at(array);
  Manifest operation = {{"op", "add"}};
  if (object.contains(at) && object[at].is_array()) {
    operation["path"] = array + "/-";
    operation["value"] = std::move(value);
  } else {
    operation["path"] = array;
    operation["value"] = Manifest::array({std::move(value)});
  }
  object.patch_inplace(Manifest::array({operation}));
  operations.push_back(std::move(operation));
}

Manifest review_of(const Manifest& pod, const std::string& name_space) {
  Manifest object = {{"apiVersion", "v1"}, {"kind", "Pod"}};
  for (const char* member : {"metadata", "spec", "status"}) {
    if (pod.contains(member)) object[member] = pod[member];
  }
  return {{"request", {{"uid", "offline"}, {"namespace", name_space}, {"operation", "CREATE"}, {"object", std::move(object)}}}};
}

/// The operations of the answer, moved to where the pod is in its object.
Manifest operations_of(const Manifest& response, const std::string& pod) {
  const auto text = base64_decode(response["patch"].get<std::string>());
  Manifest operations = Manifest::parse(text ? *text : std::string("[]"));
  for (Manifest& operation : operations) {
    operation["path"] = pod + operation["path"].get<std::string>();
  }
  return operations;
}

void inject_one(const PodPlace& place, Reviewer& reviewer, OfflineResult& result) {
  OfflineVerdict verdict{.place = place, .injected = false, .refusal = "", .warnings = {}};
  Manifest object = result.object;
  Manifest operations = Manifest::array();
  add_service_account(object, place.pointer, operations);
  const Manifest review = review_of(object[Pointer(place.pointer)], place.name_space);
  const Answer answer = reviewer.answer(review.dump(-1, ' ', false, Manifest::error_handler_t::replace));
  if (answer.verdict == Verdict::Malformed) {
    verdict.refusal = answer.reason;
  } else {
    const Manifest response = Manifest::parse(answer.body)["response"];
    if (response.contains("warnings")) verdict.warnings = response["warnings"];
    if (answer.verdict == Verdict::Refused) verdict.refusal = response["status"]["message"];
    if (answer.verdict == Verdict::Injected) {
      const Manifest injected = operations_of(response, place.pointer);
      object.patch_inplace(injected);
      operations.insert(operations.end(), injected.begin(), injected.end());
      result.object = std::move(object);
      result.operations.insert(result.operations.end(), operations.begin(), operations.end());
      verdict.injected = true;
    }
  }
  result.pods.push_back(std::move(verdict));
}

}  // namespace

void add_service_account(Manifest& object, const std::string& pod, Manifest& operations) {
  const Pointer spec(pod + "/spec");
  const Pointer automount(pod + "/spec/automountServiceAccountToken");
  if (object.contains(automount) && object[automount] == false) return;
  const Manifest& containers = object[spec]["containers"];
  if (std::ranges::any_of(containers, [](const Manifest& c) { return has_mount(c, true); })) return;
  append(object, operations, pod + "/spec/volumes", token_volume());
  for (const char* list : {"initContainers", "containers"}) {
    const std::string array = pod + "/spec/" + list;
    const Pointer at(array);
    if (!object.contains(at) || !object[at].is_array()) continue;
    for (std::size_t i = 0; i < object[at].size(); ++i) {
      if (!object[at][i].is_object() || has_mount(object[at][i], false)) continue;
      append(object, operations, array + "/" + std::to_string(i) + "/volumeMounts",
             {{"name", kTokenVolume}, {"mountPath", kTokenPath}, {"readOnly", true}});
    }
  }
}

std::vector<PodPlace> find_pods(const Manifest& object, const std::string& default_name_space) {
  std::vector<PodPlace> places;
  collect(object, "", default_name_space, 0, places);
  return places;
}

OfflineResult inject_offline(const Manifest& object, const std::string& default_name_space,
                             Reviewer& reviewer) {
  OfflineResult result;
  result.object = object;
  for (const PodPlace& place : find_pods(object, default_name_space)) {
    inject_one(place, reviewer, result);
  }
  return result;
}

}  // namespace leasehold::injector

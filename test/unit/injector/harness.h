// A pod, a review, and what our pure function makes of them, as nlohmann documents.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "leasehold/base/encoding.h"
#include "leasehold/flags/flags.h"
#include "review.h"
#include "settings.h"

namespace leasehold::injector::test {

using Json = nlohmann::json;
using Texts = std::map<std::string, std::string>;

inline Result<Settings> resolve(const Texts& environment,
                                const std::vector<std::string>& arguments = {}) {
  const auto rows = flag_rows();
  const auto given = flags::parse(rows, arguments);
  if (!given) return given.error();
  return resolve_settings(*given, [&](std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(std::string(name));
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

inline std::shared_ptr<const Settings> usual_settings() {
  const auto settings = resolve({{"AGENT_INJECT_VAULT_ADDR", "https://vault.example:8200"}});
  EXPECT_TRUE(settings);
  return std::make_shared<const Settings>(*settings);
}

/// Asks for one secret; annotations (without prefix) are added or replaced.
inline Json usual_pod(const Texts& annotations = {}) {
  Json pod = {
      {"metadata", {{"name", "web"}, {"annotations", Json::object()}}},
      {"spec",
       {{"volumes", Json::array({{{"name", "token"}}})},
        {"containers",
         Json::array({{{"name", "app"},
                       {"image", "app"},
                       {"volumeMounts",
                        Json::array({{{"name", "token"},
                                      {"mountPath",
                                       "/var/run/secrets/kubernetes.io/serviceaccount"}}})}}})}}}};
  Texts all = {
      {"agent-inject", "true"}, {"role", "app"}, {"agent-inject-secret-db", "database/creds/app"}};
  for (const auto& [name, value] : annotations) all[name] = value;
  for (const auto& [name, value] : all)
    pod["metadata"]["annotations"]["vault.hashicorp.com/" + name] = value;
  return pod;
}

inline Json review_of(const Json& pod) {
  return {{"kind", "AdmissionReview"},
          {"apiVersion", "admission.k8s.io/v1"},
          {"request", {{"uid", "u-1"}, {"namespace", "demo"}, {"object", pod}}}};
}

struct Outcome {
  Answer answer;
  Json response;  ///< member of the answer, null when there is none
  Json pod;       ///< after the patch
  std::string message;
};

inline Outcome mutate(const Json& pod,
                      std::shared_ptr<const Settings> settings = usual_settings()) {
  Outcome out;
  Reviewer reviewer(std::move(settings));
  out.answer = reviewer.answer(review_of(pod).dump());
  const Json body = Json::parse(out.answer.body, nullptr, false);
  if (!body.is_object()) return out;
  out.response = body["response"];
  out.pod = pod;
  if (out.response.contains("patch")) {
    const auto patch = base64_decode(out.response["patch"].get<std::string>());
    out.pod = pod.patch(Json::parse(*patch));
  }
  out.message = out.response.value(Json::json_pointer("/status/message"), "");
  return out;
}

inline Json container(const Json& pod, const std::string& name) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const Json& item : pod["spec"].value(list, Json::array())) {
      if (item["name"] == name) return item;
    }
  }
  return {};
}

inline Json config_of(const Json& injected) {
  for (const Json& variable : injected["env"]) {
    if (variable["name"] == "VAULT_CONFIG")
      return Json::parse(*base64_decode(variable["value"].get<std::string>()));
  }
  return {};
}

inline std::vector<std::string> names_of(const Json& list) {
  std::vector<std::string> names;
  for (const Json& item : list) names.push_back(item["name"]);
  return names;
}

}  // namespace leasehold::injector::test

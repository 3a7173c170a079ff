// Any bytes as the body of /mutate. Two properties beside "no crash": the patch applies to the pod
// that it was made for, and nothing in a review adds a member to the agent's configuration.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <set>

#include <nlohmann/json.hpp>

#include "leasehold/base/encoding.h"
#include "review.h"
#include "support/injector_settings.h"

namespace {

using Json = nlohmann::json;
using leasehold::injector::Reviewer;
using leasehold::injector::Settings;

std::shared_ptr<const Settings> settings() {
  auto made = leasehold::test::injector_settings();
  made->cpu_limit = "500m";
  return made;
}

[[noreturn]] void broken(const char* what, const std::string& detail) {
  std::cerr << what << ": " << detail.substr(0, 2000) << "\n";
  std::abort();
}

void check_config(const Json& container) {
  static const std::set<std::string> kKnown = {"auto_auth",
                                               "exit_after_auth",
                                               "pid_file",
                                               "vault",
                                               "template",
                                               "listener",
                                               "cache",
                                               "template_config",
                                               "disable_idle_connections",
                                               "disable_keep_alives",
                                               "telemetry"};
  if (!container.is_object() || !container.contains("env")) return;
  for (const Json& variable : container["env"]) {
    if (!variable.is_object() || variable.value("name", Json()) != "VAULT_CONFIG") continue;
    const auto text = leasehold::base64_decode(variable["value"].get<std::string>());
    if (!text) broken("VAULT_CONFIG is not base64", variable.dump());
    const Json config = Json::parse(*text, nullptr, false);
    if (!config.is_object()) broken("VAULT_CONFIG is not JSON", *text);
    for (const auto& [name, value] : config.items()) {
      if (!kKnown.contains(name)) broken("unknown member in VAULT_CONFIG", name);
    }
  }
}

void check_patch(const Json& answer, std::string_view body) {
  const auto patch = leasehold::base64_decode(answer["response"]["patch"].get<std::string>());
  if (!patch) broken("the patch is not base64", answer.dump());
  const Json operations = Json::parse(*patch, nullptr, false);
  const Json review = Json::parse(body, nullptr, false);
  // YAML, bytes that are no UTF-8 and numbers beyond a double are read by our parser only.
  if (!review.is_object()) return;
  if (!operations.is_array()) broken("the patch is not a JSON array", *patch);
  try {
    static_cast<void>(review["request"]["object"].patch(operations));
  } catch (const Json::exception& error) {
    broken("the patch does not apply", std::string(error.what()) + " " + *patch);
  }
  const bool patched = body.find("json-patch") != std::string_view::npos ||
                       body.find('\\') != std::string_view::npos;
  for (const Json& operation : operations) {
    const Json value = operation.value("value", Json());
    if (patched || !operation["path"].get<std::string>().starts_with("/spec/")) continue;
    for (const Json& item : value.is_array() ? value : Json::array({value})) {
      if (item.is_object() && (item.value("name", Json()) == "vault-agent" ||
                               item.value("name", Json()) == "vault-agent-init")) {
        check_config(item);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Reviewer reviewer(settings());
  const auto* bytes = static_cast<const void*>(data);
  const std::string_view body(static_cast<const char*>(bytes), size);
  const auto answer = reviewer.answer(body);
  if (answer.status != 200) return 0;
  const Json document = Json::parse(answer.body, nullptr, false);
  if (document.is_discarded()) broken("the answer is not JSON", answer.body);
  if (document["response"].contains("patch")) check_patch(document, body);
  return 0;
}

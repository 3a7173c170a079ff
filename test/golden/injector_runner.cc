// golden-injector PATH...: replays recorded admission requests and value tables (files or
// directories) without a server. The recorded patch and ours are applied to the pod of the request;
// the two pods must be equal, with every VAULT_CONFIG decoded. Same rules as injector/compare.py.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>

#include <nlohmann/json.hpp>

#include "leasehold/base/encoding.h"
#include "leasehold/base/text.h"
#include "leasehold/flags/flags.h"
#include "router.h"

namespace leasehold::injector {
namespace {

using Json = nlohmann::json;

// docs/differences.md: all volumes survive in a pod that has none.
const std::set<std::string> kSkippedTags = {"quirk-volumes-overwritten"};
const std::set<std::string> kAws = {"AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ROLE_ARN",
                                    "AWS_WEB_IDENTITY_TOKEN_FILE"};

/// Sorts the elements that match among the places that they have.
template <class Wanted, class Key>
void resort(Json& list, Wanted wanted, Key key) {
  std::vector<std::size_t> places;
  std::multimap<std::string, Json> items;  // keeps the order of equal keys
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!wanted(list[i])) continue;
    places.push_back(i);
    items.emplace(key(list[i]), list[i]);
  }
  auto item = items.begin();
  for (const std::size_t place : places) list[place] = (item++)->second;
}

std::string name_of(const Json& item) {
  return item.is_object() && item.contains("name") && item["name"].is_string()
             ? item["name"].get<std::string>()
             : "";
}

void decode_config(Json& variable) {
  if (name_of(variable) != "VAULT_CONFIG" || !variable.contains("value")) return;
  const auto text = base64_decode(variable["value"].get<std::string>());
  Json config = text ? Json::parse(*text, nullptr, false) : Json(Json::value_t::discarded);
  if (config.is_discarded()) {
    variable["value"] = Json{{"undecodable", variable["value"]}};
    return;
  }
  if (config.contains("template")) {
    std::sort(config["template"].begin(), config["template"].end(),
              [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
  }
  variable["value"] = Json{{"decoded", config}};
}

std::vector<Json*> containers_of(Json& pod) {
  std::vector<Json*> containers;
  for (const char* key : {"initContainers", "containers"}) {
    if (!pod["spec"].contains(key) || !pod["spec"][key].is_array()) continue;
    for (Json& container : pod["spec"][key]) {
      if (container.is_object()) containers.push_back(&container);
    }
  }
  return containers;
}

/// Undoes the freedom that the reference has from one answer to the next.
Json canonical(Json pod) {
  if (!pod.is_object() || !pod.contains("spec") || !pod["spec"].is_object()) return pod;
  static const std::regex kCustom("vault-secrets-custom-[0-9]+");
  const auto containers = containers_of(pod);
  std::map<std::string, std::string> names;
  for (Json* container : containers) {
    for (const Json& mount : container->value("volumeMounts", Json::array())) {
      if (std::regex_match(name_of(mount), kCustom)) {
        names.try_emplace(name_of(mount), "vault-secrets-custom@" + mount.value("mountPath", ""));
      }
    }
  }
  const auto rename = [&](Json& list) {
    for (Json& item : list) {
      if (const auto found = names.find(name_of(item)); found != names.end())
        item["name"] = found->second;
    }
    resort(
        list, [](const Json& item) { return name_of(item).starts_with("vault-secrets-custom@"); },
        name_of);
  };
  if (pod["spec"].contains("volumes")) rename(pod["spec"]["volumes"]);
  for (Json* container : containers) {
    if (container->contains("volumeMounts")) rename((*container)["volumeMounts"]);
    if (!container->contains("env")) continue;
    Json& variables = (*container)["env"];
    resort(variables, [](const Json& item) { return kAws.contains(name_of(item)); }, name_of);
    for (Json& variable : variables) decode_config(variable);
  }
  return pod;
}

struct Case {
  std::map<std::string, std::string> flags;
  std::vector<std::string> arguments;  ///< after agent-inject
};

Result<std::shared_ptr<const Settings>> settings_of(const Case& setup) {
  const auto rows = flag_rows();
  const auto parsed = flags::parse(rows, setup.arguments);
  if (!parsed) return parsed.error();
  const auto settings =
      resolve_settings(*parsed, [&](std::string_view name) -> std::optional<std::string> {
        const auto found = setup.flags.find(std::string(name));
        return found == setup.flags.end() ? std::nullopt : std::optional(found->second);
      });
  if (!settings) return settings.error();
  return std::shared_ptr<const Settings>(std::make_shared<Settings>(*settings));
}

struct Probe {
  unsigned status = 0;
  std::string text;
  Json body;
};

Probe send(const std::shared_ptr<const Settings>& settings, const Json& http,
           const std::string& body) {
  Router router(settings);
  std::string type = "application/json";
  std::string target = "/mutate";
  if (!http.is_null()) {
    type = "";
    for (const auto& [name, value] : http["headers"].items()) {
      if (to_lower(name) == "content-type") type = value.get<std::string>();
    }
    target = http["path"].get<std::string>();
  }
  const Outgoing out = router.answer({target, type, body}, "");
  return {out.answer.status, out.answer.body, Json::parse(out.answer.body, nullptr, false)};
}

Json patched_pod(const Json& pod, const Json& response) {
  if (!response.contains("patch")) return pod;
  const auto text = base64_decode(response["patch"].get<std::string>());
  return canonical(pod.patch(Json::parse(*text)));
}

std::string message_of(const Json& response) {
  const Json status = response.value("status", Json::object());
  return status.value("message", "");
}

bool text_matches(const std::string& want, const std::string& got, bool loose) {
  if (loose) return trim_space(want).empty() == trim_space(got).empty();
  return got.find(trim_space(want)) != std::string::npos;
}

void compare_reviews(const Json& test, const Json& pod, const Probe& probe,
                     std::vector<std::string>& problems) {
  const Json& want = test["response"];
  const bool loose =
      std::find(test["tags"].begin(), test["tags"].end(), "message-loose") != test["tags"].end();
  if (probe.body.is_discarded()) return problems.push_back("the body is not JSON: " + probe.text);
  for (const char* key : {"apiVersion", "kind"}) {
    if (want.value(key, "") != probe.body.value(key, ""))
      problems.push_back(std::string(key) + " differs");
  }
  const Json& a = want["response"];
  const Json& b = probe.body["response"];
  for (const char* key : {"uid", "allowed", "patchType"}) {
    if (a.value(key, Json()) != b.value(key, Json())) {
      problems.push_back(std::string(key) + ": want " + a.value(key, Json()).dump() + ", got " +
                         b.value(key, Json()).dump() + " " + message_of(b));
    }
  }
  if (!a.value("allowed", false) && !text_matches(message_of(a), message_of(b), loose)) {
    problems.push_back("message: want '" + message_of(a) + "', got '" + message_of(b) + "'");
  }
  if (a.contains("patch") != b.contains("patch"))
    return problems.push_back("presence of a patch differs");
  if (!a.contains("patch")) return;
  const Json wanted = patched_pod(pod, a);
  const Json got = patched_pod(pod, b);
  if (wanted == got) return;
  for (const Json& step : Json::diff(wanted, got)) {
    if (problems.size() < 6) problems.push_back("pod: " + step.dump().substr(0, 300));
  }
}

std::vector<std::string> run_case(const Json& test) {
  std::vector<std::string> problems;
  Case setup{test["flags"].get<std::map<std::string, std::string>>(),
             test["args"].get<std::vector<std::string>>()};
  setup.arguments.erase(setup.arguments.begin());
  const auto settings = settings_of(setup);
  if (!settings) return {"settings: " + settings.error().message};
  const Json http = test.value("http", Json());
  const std::string body =
      http.is_null() ? test["request"].dump() : http["body"].get<std::string>();
  const Probe probe = send(*settings, http, body);
  if (test["status"].is_null()) {
    // The reference crashed: any refusal will do.
    if (probe.status < 400 && probe.body.value("/response/allowed"_json_pointer, true)) {
      problems.push_back("want a refusal, got status " + std::to_string(probe.status));
    }
    return problems;
  }
  const bool loose =
      std::find(test["tags"].begin(), test["tags"].end(), "message-loose") != test["tags"].end();
  if (probe.status != test["status"].get<unsigned>()) {
    return {"status: want " + test["status"].dump() + ", got " + std::to_string(probe.status) +
            " " + probe.text};
  }
  if (test["response"].is_null()) {
    const std::string want =
        test.contains("response_text") ? test["response_text"].get<std::string>() : "";
    if (probe.status >= 400 && !text_matches(want, probe.text, loose))
      problems.push_back("body: got " + probe.text);
    return problems;
  }
  const Json review = Json::parse(body, nullptr, false);
  const Json pod =
      review.is_object() ? review.value("/request/object"_json_pointer, Json()) : Json();
  compare_reviews(test, pod, probe, problems);
  return problems;
}

Json probe_pod(const Json& annotations) {
  return Json{
      {"kind", "Pod"},
      {"apiVersion", "v1"},
      {"metadata", {{"name", "table"}, {"annotations", annotations}}},
      {"spec",
       {{"volumes",
         Json::array(
             {{{"name", "kube-api-access-table"},
               {"projected",
                {{"sources", Json::array({{{"serviceAccountToken", {{"path", "token"}}}}})}}}}})},
        {"containers",
         Json::array(
             {{{"name", "app"},
               {"image", "app"},
               {"resources", Json::object()},
               {"volumeMounts",
                Json::array({{{"name", "kube-api-access-table"},
                              {"mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"},
                              {"readOnly", true}}})}}})}}}};
}

Json look_up(const Json& pod, const Json& where) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const Json& container : pod["spec"].value(list, Json::array())) {
      if (container["name"] != where["container"]) continue;
      if (!where.contains("config"))
        return container.value(Json::json_pointer(where["pointer"].get<std::string>()), Json());
      for (const Json& variable : container["env"]) {
        if (name_of(variable) != "VAULT_CONFIG") continue;
        return variable["value"]["decoded"].value(
            Json::json_pointer(where["config"].get<std::string>()), Json());
      }
    }
  }
  return {};
}

std::vector<std::string> run_row(const Json& table, const Json& row) {
  const auto settings =
      settings_of({{{"AGENT_INJECT_VAULT_ADDR", "https://vault.vault.svc:8200"}}, {}});
  Json annotations = table["annotations"];
  annotations[table["annotation"].get<std::string>()] = row["in"];
  const Json pod = probe_pod(annotations);
  const Json review = {
      {"kind", "AdmissionReview"},
      {"apiVersion", "admission.k8s.io/v1"},
      {"request",
       {{"uid", "table"}, {"namespace", "demo"}, {"operation", "CREATE"}, {"object", pod}}}};
  const Probe probe =
      send(*settings, Json(), review.dump(-1, ' ', false, Json::error_handler_t::replace));
  const Json& response = probe.body["response"];
  const bool refused = !response.value("allowed", false);
  if (row.contains("error")) {
    const auto want = row["error"].get<std::string>();
    if (refused && text_matches(want, message_of(response), false)) return {};
    return {row["in"].dump() + ": want the error " + want + ", got " +
            (refused ? message_of(response) : "a pod")};
  }
  if (refused)
    return {row["in"].dump() + ": want " + row["out"].dump() + ", got the error " +
            message_of(response)};
  const Json got = look_up(patched_pod(pod, response), table["where"]);
  if (got == row["out"]) return {};
  return {row["in"].dump() + ": want " + row["out"].dump() + ", got " + got.dump()};
}

struct Count {
  int passed = 0;
  int failed = 0;
};

void report(const std::string& name, const std::vector<std::string>& problems, Count& count) {
  if (problems.empty()) {
    ++count.passed;
    return;
  }
  ++count.failed;
  std::cout << "FAIL " << name << "\n";
  for (const auto& problem : problems) std::cout << "     " << problem << "\n";
}

void run_file(const std::filesystem::path& path, Count& count) {
  std::ifstream file(path);
  const Json document = Json::parse(file, nullptr, false);
  if (document.is_object() && document.contains("rows") && document.contains("where")) {
    std::vector<std::string> problems;
    for (const Json& row : document["rows"]) {
      for (auto& problem : run_row(document, row)) problems.push_back(std::move(problem));
    }
    return report("table " + path.filename().string(), problems, count);
  }
  if (!document.is_object() || !document.contains("flagset") || !document.contains("status"))
    return;
  for (const Json& tag : document["tags"]) {
    if (kSkippedTags.contains(tag.get<std::string>())) return;
  }
  try {
    report(document["name"].get<std::string>(), run_case(document), count);
  } catch (const Json::exception& error) {
    report(document["name"].get<std::string>(), {error.what()}, count);
  }
}

std::vector<std::filesystem::path> files_of(const std::string& argument) {
  if (!std::filesystem::is_directory(argument)) return {argument};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argument)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace
}  // namespace leasehold::injector

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: golden-injector PATH...   (files or directories of cases and tables)\n";
    return 2;
  }
  leasehold::injector::Count count;
  for (int i = 1; i < argc; ++i) {
    for (const auto& path : leasehold::injector::files_of(argv[i]))
      leasehold::injector::run_file(path, count);
  }
  std::cout << count.passed << " passed, " << count.failed << " failed\n";
  return count.failed == 0 && count.passed > 0 ? 0 : 1;
}

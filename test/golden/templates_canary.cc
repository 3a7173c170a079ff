// templates-canary PATH...: takes the cases that end with an error and have secrets, puts canaries in the
// place of all texts of the secrets, and renders: no error may show one. A text that the template itself
// holds is no secret. Ends with "N passed, N failed".
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "golden/templates_case.h"

namespace {

using nlohmann::json;

constexpr std::string_view kCanary = "canary-7f3a";

/// Every text below value becomes a canary of its own; short ones too.
void plant(json& value, int& count) {
  if (value.is_string()) {
    value = std::string(kCanary) + std::to_string(++count);
  } else if (value.is_structured()) {
    for (json& item : value) plant(item, count);
  }
}

/// The body of an answer, which may stand as text.
void plant_in_body(json& body, int& count) {
  json parsed = body.is_string() ? json::parse(body.get<std::string>(), nullptr, false) : body;
  if (!parsed.is_object() || !parsed.contains("data")) return;
  plant(parsed["data"], count);
  body = parsed;
}

bool leaks(json test) {
  int count = 0;
  for (json& body : test["secrets"]) plant_in_body(body, count);
  test["options"]["redaction"] = "all";
  const json answer = leasehold::golden::answer_template_case(test);
  return answer.value("error", "").find(kCanary) != std::string::npos;
}

}  // namespace

int main(int argc, char** argv) {
  int passed = 0;
  int failed = 0;
  for (int index = 1; index < argc; ++index) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[index])) {
      if (entry.path().extension() != ".jsonl") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        const json test = json::parse(line);
        if (!test.contains("secrets") || (!test.contains("error") && !test.contains("error_pattern"))) continue;
        const bool leaked = leaks(test);
        ++(leaked ? failed : passed);
        if (leaked) std::cout << entry.path().stem().string() << "." << test["name"].get<std::string>() << " shows a secret\n";
      }
    }
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}

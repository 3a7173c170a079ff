// `agent generate-config`: writes a configuration of the process supervisor with one variable for each key
// of the named secrets (spec/agent.md 1.1). The text is made by a pure function.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// One secret with its keys.
struct GeneratedSecret {
  std::string path;  ///< as it stands in the template: secret/data/app
  std::vector<std::string> keys;
  bool version2 = false;
};

struct GeneratedConfig {
  std::string address;
  std::string token_file;
  std::vector<GeneratedSecret> secrets;
  std::vector<std::string> command;
};

/// APP_USER from secret/data/app and user: letters and digits alone, joined by `_`, upper case.
std::string variable_name(const std::string& path, const std::string& key);
/// The whole HCL text.
std::string generated_config(const GeneratedConfig& wanted);
/// Words as a shell splits them: blanks part, quotes and backslashes hold together.
std::vector<std::string> shell_words(const std::string& text);

/// Exit status: 0 written, 1 wrong usage, 2 the server or the file.
int run_generate_config(std::span<const std::string> arguments, const flags::Environment& environment);

}  // namespace leasehold::agent

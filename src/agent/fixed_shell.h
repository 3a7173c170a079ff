// The lines that injectors and charts start by `/bin/sh -ec "..."`, answered by the agent itself, so that
// an image without a shell works below every injector. There is no shell here: what is none of the lines
// is refused. docs/images.md has the table.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leasehold/base/result.h"
#include "leasehold/flags/flags.h"

namespace leasehold::agent {

/// `FIRST && vault WORDS...`
struct ShellLine {
  enum class First {
    Nothing,
    DecodeConfig,  ///< echo ${VAULT_CONFIG?} | base64 -d > PATH
    Touch,         ///< touch PATH
    Sleep,         ///< sleep SECONDS
  };
  First first = First::Nothing;
  std::string path;                ///< absolute
  std::chrono::seconds pause{0};   ///< at most a day
  std::vector<std::string> words;  ///< the command of vault, at least one word

  bool operator==(const ShellLine&) const = default;
};

/// Whether the program was called as a shell: sh, /bin/sh, -sh.
bool is_shell_name(std::string_view called_as);

/// Reads what follows the shell's name: `-ec LINE` or `-c LINE`. Pure.
/// Error (Invalid): what this line has that none of the lines has, without its values.
Result<ShellLine> parse_shell(std::span<const std::string> arguments);

/// Carries it out in this process, as `sh -e` would: the command runs only when what stands before it
/// went well. Exit status: the command's, 1 when a file cannot be written or VAULT_CONFIG is no base64,
/// 2 when VAULT_CONFIG is not set.
int run_shell_line(const ShellLine& line, const flags::Environment& environment,
                   const std::function<int(std::span<const std::string>)>& command);

/// `sh`: parses, runs, or says on standard error what the image lacks (exit status 127).
int run_shell(std::span<const std::string> arguments, const flags::Environment& environment,
              const std::function<int(std::span<const std::string>)>& command);

}  // namespace leasehold::agent

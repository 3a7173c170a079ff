// The lines that the agent takes in a shell's place: whatever is accepted means to a real shell what it
// means to us, since nothing in it is special, and is written back into a line that reads the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fixed_shell.h"
#include "leasehold/base/command_hint.h"

namespace {

using leasehold::agent::ShellLine;

std::string write(const ShellLine& line) {
  std::string text;
  switch (line.first) {
    case ShellLine::First::Nothing: break;
    case ShellLine::First::DecodeConfig: text = "echo ${VAULT_CONFIG?} | base64 -d > " + line.path + " && "; break;
    case ShellLine::First::Touch: text = "touch " + line.path + " && "; break;
    case ShellLine::First::Sleep: text = "/bin/sleep " + std::to_string(line.pause.count()) + " && "; break;
  }
  text += "vault";
  for (const std::string& word : line.words) text += " " + word;
  return text;
}

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_plain(std::string_view word) {
  return !word.empty() && word.find_first_of("$`\"'\\;|&<>()*? \t\n") == word.npos;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const std::string notify = leasehold::notify_instead(text);
  require(notify.empty() || (notify.starts_with("notify { ") && notify.find('\n') == notify.npos));

  const auto line = leasehold::agent::parse_shell(std::vector<std::string>{"-ec", text});
  if (!line) {
    require(!line.error().message.empty());
    return 0;
  }
  require(!line->words.empty());
  for (const std::string& word : line->words) require(is_plain(word));
  require(line->path.empty() || (is_plain(line->path) && line->path[0] == '/'));
  require(line->pause.count() >= 0);
  const auto again = leasehold::agent::parse_shell(std::vector<std::string>{"-c", write(*line)});
  require(again.has_value() && *again == *line);
  return 0;
}

#include "fixed_shell.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "leasehold/base/scalars.h"
#include "leasehold/base/text.h"

namespace leasehold::agent {
namespace {

using Words = std::vector<std::string>;
using WordSpan = std::span<const std::string>;

constexpr std::size_t kLineMax = 65'536;
constexpr std::int64_t kLongestPause = 86'400;  // a grace period of a day is a mistake
constexpr std::array<std::string_view, 3> kOurNames = {"vault", "bao", "leasehold-agent"};
constexpr std::array<std::string_view, 6> kDecode = {"echo", "${VAULT_CONFIG?}", "|", "base64", "-d", ">"};
/// What a shell would not hand over as it stands. Brackets stay, for addresses of IPv6: no file has
/// such a name, so a shell leaves them alone as well.
constexpr std::string_view kShellSyntax = "$`\"'\\;|&<>()*?";

bool is_program(std::string_view word, std::string_view name) {
  return word == name || (word.starts_with("/bin/") && word.substr(5) == name);
}

bool is_ours(std::string_view word) {
  return std::ranges::any_of(kOurNames, [&](std::string_view name) { return is_program(word, name); });
}

/// The words between blanks. Error: a line end or another control character.
Result<Words> split_words(std::string_view line) {
  if (line.size() > kLineMax) return invalid("it is longer than 64 KiB");
  Words words;
  std::string word;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return invalid("it has a line end or another control character");
    if (c != ' ') {
      word.push_back(c);
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

Result<void> check_plain(std::string_view word) {
  const auto at = word.find_first_of(kShellSyntax);
  if (at != word.npos) return invalid("only a shell understands the character " + std::string(1, word[at]));
  if (word.starts_with('~') || word.starts_with('#')) return invalid("only a shell understands a leading " + std::string(1, word[0]));
  return {};
}

Result<std::string> absolute_path(std::string_view word) {
  if (auto plain = check_plain(word); !plain) return plain.error();
  if (!word.starts_with('/')) return invalid("a file must be named by its absolute path");
  return std::string(word);
}

Result<ShellLine> read_sleep(std::string_view seconds, ShellLine line) {
  const auto number = parse_int(seconds);
  if (!number || *number < 0 || *number > kLongestPause || seconds.starts_with('+') || seconds.find('_') != seconds.npos)
    return invalid("sleep takes whole seconds, at most a day");
  line.first = ShellLine::First::Sleep;
  line.pause = std::chrono::seconds(*number);
  return line;
}

/// What stands before &&.
Result<ShellLine> read_first(WordSpan words) {
  ShellLine line;
  if (words.size() == 2 && is_program(words[0], "sleep")) return read_sleep(words[1], std::move(line));
  std::string_view path;
  if (words.size() == 2 && is_program(words[0], "touch")) {
    line.first = ShellLine::First::Touch;
    path = words[1];
  } else if (words.size() == kDecode.size() + 1 && std::ranges::equal(words.first(kDecode.size()), kDecode)) {
    line.first = ShellLine::First::DecodeConfig;
    path = words.back();
  } else {
    return invalid("before && it does something else than to decode VAULT_CONFIG, touch a file, or sleep");
  }
  auto checked = absolute_path(path);
  if (!checked) return checked.error();
  line.path = *std::move(checked);
  return line;
}

Result<Words> read_command(WordSpan words) {
  if (!words.empty() && words[0] == "exec") words = words.subspan(1);
  if (words.empty() || !is_ours(words[0])) return invalid("it starts another program than vault");
  if (words.size() == 1) return invalid("vault has no command");
  for (const std::string& word : words)
    if (auto plain = check_plain(word); !plain) return plain.error();
  return Words(words.begin() + 1, words.end());
}

}  // namespace

bool is_shell_name(std::string_view called_as) {
  called_as = called_as.substr(called_as.rfind('/') + 1);
  return called_as == "sh" || called_as == "-sh";
}

Result<ShellLine> parse_shell(std::span<const std::string> arguments) {
  if (arguments.empty()) return invalid("there is no command line to type at");
  if (arguments[0] != "-ec" && arguments[0] != "-c") return invalid("only -ec and -c are understood");
  if (arguments.size() != 2) return invalid("there must be one line, and nothing after it");
  const auto words = split_words(arguments[1]);
  if (!words) return words.error();

  const WordSpan all(*words);
  const auto found = std::ranges::find(all, "&&");
  const auto before = static_cast<std::size_t>(found - all.begin());
  ShellLine line;
  WordSpan command = all;
  if (found != all.end()) {
    auto first = read_first(all.first(before));
    if (!first) return first;
    line = *std::move(first);
    command = all.subspan(before + 1);
  }
  auto read = read_command(command);
  if (!read) return read.error();
  line.words = *std::move(read);
  return line;
}

}  // namespace leasehold::agent

#include "leasehold/base/command_hint.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace leasehold {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::size_t kCommandMax = 4096;  // longer ones are programs, not signals
/// Between words. Quotes and the signs of a command substitution too: only the words' order matters here.
constexpr std::string_view kBetween = " \t\n\"'`$(){};";
constexpr std::string_view kShells[] = {"sh", "bash", "ash", "dash"};

struct KnownProgram {
  std::string_view program;
  std::string_view first;  ///< the words that reload it
  std::string_view second;
  std::string_view signal;  ///< without SIG
  std::string_view process;
};
constexpr std::array kReloads = {
    KnownProgram{"nginx", "-s", "reload", "HUP", "nginx"},
    KnownProgram{"openresty", "-s", "reload", "HUP", "nginx"},
    KnownProgram{"pg_ctl", "reload", "", "HUP", "postgres"},
};
/// The signals that notify sends, without SIG.
constexpr std::string_view kSignals[] = {"HUP",  "INT",  "QUIT",  "USR1", "USR2", "TERM",
                                         "KILL", "CONT", "WINCH", "ALRM", "PIPE", "ABRT"};
struct NumberedSignal {
  std::string_view number;
  std::string_view name;
};
constexpr std::array kNumbers = {NumberedSignal{"1", "HUP"},   NumberedSignal{"2", "INT"},   NumberedSignal{"3", "QUIT"},
                                 NumberedSignal{"9", "KILL"},  NumberedSignal{"10", "USR1"}, NumberedSignal{"12", "USR2"},
                                 NumberedSignal{"15", "TERM"}};

bool is_plain(std::string_view text, std::string_view also) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
  });
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

Words words_of(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const auto start = text.find_first_not_of(kBetween);
    if (start == text.npos) break;
    const auto end = std::min(text.find_first_of(kBetween, start), text.size());
    words.push_back(text.substr(start, end - start));
    text.remove_prefix(end);
  }
  return words;
}

/// A `$` that is not the start of `$(...)`: a name or an address that nobody knows before it runs.
bool has_variable(std::string_view command) {
  for (auto at = command.find('$'); at != command.npos; at = command.find('$', at + 1))
    if (command.substr(at + 1, 1) != "(") return true;
  return false;
}

/// Drops `sh -c`, `exec`, and what is done when the command fails.
Words core_of(Words words) {
  const auto otherwise = std::ranges::find(words, "||");
  words.erase(otherwise, words.end());
  if (words.size() > 2 && std::ranges::find(kShells, base_name(words[0])) != std::end(kShells) && words[1].starts_with('-') &&
      words[1].ends_with('c'))
    words.erase(words.begin(), words.begin() + 2);
  if (!words.empty() && words[0] == "exec") words.erase(words.begin());
  return words;
}

std::string_view signal_called(std::string_view word) {
  if (word.starts_with("SIG")) word.remove_prefix(3);
  for (const NumberedSignal& row : kNumbers)
    if (row.number == word) return row.name;
  const auto found = std::ranges::find(kSignals, word);
  return found == std::end(kSignals) ? std::string_view() : *found;
}

std::string signal_block(std::string_view signal, std::string_view process) {
  if (!is_plain(process, "._-+@")) return "";
  return "notify { signal = \"SIG" + std::string(signal) + "\"  process = \"" + std::string(process) + "\" }";
}

/// `kill -HUP $(pidof X)`, `pkill -HUP X`, `killall -s HUP X`.
std::string from_kill(const Words& words) {
  const std::string_view program = base_name(words[0]);
  std::string_view signal = "TERM";
  std::string_view process;
  bool by_name = program != "kill";
  for (std::size_t at = 1; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if ((word == "-s" || word == "-n") && at + 1 < words.size() && !signal_called(words[at + 1]).empty()) {
      signal = signal_called(words[++at]);
    } else if (word.starts_with('-')) {
      const std::string_view given = signal_called(word.substr(1));
      if (!given.empty()) signal = given;  // else an option such as -o, -x, -f
    } else if (base_name(word) == "pidof" || base_name(word) == "pgrep") {
      by_name = true;
    } else if (by_name && process.empty()) {
      process = base_name(word);
    } else {
      return "";  // two processes, or more commands
    }
  }
  return by_name ? signal_block(signal, process) : "";
}

/// `curl -X POST http://...`, `wget -O- http://...`.
std::string from_request(const Words& words) {
  std::string_view method = "GET";
  std::string_view url;
  for (std::size_t at = 1; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (word.starts_with("http://")) {
      if (!url.empty()) return "";
      url = word;
    } else if ((word == "-X" || word == "--request") && at + 1 < words.size()) {
      method = words[++at];
    } else if (word.starts_with("-X") && word.size() > 2) {
      method = word.substr(2);
    } else if (word.starts_with("--post-data") || word.starts_with("--data") || word == "-d") {
      method = "POST";
    }
  }
  if (!is_plain(url, ":/._-~%[]?=,+") || !is_plain(method, "")) return "";
  return "notify { http = \"" + std::string(url) + "\"" +
         (method == "POST" ? "" : "  method = \"" + std::string(method) + "\"") + " }";
}

}  // namespace

std::string notify_instead(std::string_view command) {
  if (command.size() > kCommandMax || has_variable(command)) return "";
  const Words words = core_of(words_of(command));
  // What follows a separator, or feeds another program, does more than tell; only `|| true` may follow.
  if (words.empty() || command.find_first_of(";|&") != command.find("||")) return "";
  const std::string_view program = base_name(words[0]);
  if (program == "kill" || program == "pkill" || program == "killall") return from_kill(words);
  if (program == "curl" || program == "wget") return command.find_first_of("$`") == command.npos ? from_request(words) : "";
  for (const KnownProgram& row : kReloads) {
    if (row.program == program && words.size() > 1 && words[1] == row.first &&
        (row.second.empty() || (words.size() > 2 && words[2] == row.second)))
      return signal_block(row.signal, row.process);
  }
  return "";
}

}  // namespace leasehold

// The edge of fixed_shell.h: files, time, the text of a refusal.
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "fixed_shell.h"
#include "leasehold/base/command_hint.h"
#include "leasehold/base/encoding.h"

namespace leasehold::agent {
namespace {

constexpr int kFailed = 1;
constexpr int kNotSet = 2;  // as sh says it
constexpr int kNoSuchCommand = 127;
constexpr mode_t kFileMode = 0666;  // less the umask, as by `>`

struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int number;
};

/// errno's text, thread-safe.
std::string why(int number) {
  const char* text = ::strerrordesc_np(number);
  return text == nullptr ? std::to_string(number) : text;
}

int complain(const std::string& text) {
  std::fprintf(stderr, "sh: %s\n", text.c_str());
  return kFailed;
}

int touch(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kFileMode));
  if (file.number < 0) return complain("touch " + path + ": " + why(errno));
  if (::futimens(file.number, nullptr) != 0) return complain("touch " + path + ": " + why(errno));
  return 0;
}

int write_config(const std::string& path, const flags::Environment& environment) {
  auto text = environment("VAULT_CONFIG");
  if (!text) {
    complain("VAULT_CONFIG: parameter not set");
    return kNotSet;
  }
  std::erase_if(*text, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  const auto decoded = base64_decode(*text);
  if (!decoded) return complain("VAULT_CONFIG is not base64: " + decoded.error().message);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, kFileMode));
  if (file.number < 0) return complain(path + ": " + why(errno));
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    const ssize_t done = ::write(file.number, rest.data(), rest.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return complain(path + ": " + why(errno));
    rest.remove_prefix(static_cast<std::size_t>(done));
  }
  return 0;
}

int pause(std::chrono::seconds length) {
  timespec rest{.tv_sec = length.count(), .tv_nsec = 0};
  while (::nanosleep(&rest, &rest) != 0 && errno == EINTR) {
  }
  return 0;
}

int do_first(const ShellLine& line, const flags::Environment& environment) {
  switch (line.first) {
    case ShellLine::First::Nothing: return 0;
    case ShellLine::First::DecodeConfig: return write_config(line.path, environment);
    case ShellLine::First::Touch: return touch(line.path);
    case ShellLine::First::Sleep: return pause(line.pause);
  }
  return kFailed;
}

/// Not the line itself: commands may carry secrets.
void refuse(std::span<const std::string> arguments, const Error& error) {
  std::fprintf(stderr,
               "sh: this image has no shell, and this line is none of those that injectors start: %s.\n"
               "It runs `[FIRST &&] vault COMMAND`, where FIRST decodes VAULT_CONFIG into a file, touches a file, or "
               "sleeps.\n",
               error.message.c_str());
  const std::string instead = arguments.size() > 1 ? notify_instead(arguments.back()) : "";
  std::fprintf(stderr,
               "A template's command needs no shell as %s%sa list of words; anything else needs the image with "
               "busybox (docs/images.md).\n",
               instead.c_str(), instead.empty() ? "a notify block or " : " or ");
}

}  // namespace

int run_shell_line(const ShellLine& line, const flags::Environment& environment,
                   const std::function<int(std::span<const std::string>)>& command) {
  if (const int failed = do_first(line, environment); failed != 0) return failed;
  return command(line.words);
}

int run_shell(std::span<const std::string> arguments, const flags::Environment& environment,
              const std::function<int(std::span<const std::string>)>& command) {
  const auto line = parse_shell(arguments);
  if (line) return run_shell_line(*line, environment, command);
  refuse(arguments, line.error());
  return kNoSuchCommand;
}

}  // namespace leasehold::agent

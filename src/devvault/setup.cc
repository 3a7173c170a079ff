#include "setup.h"

#include <algorithm>
#include <array>

#include "json_value.h"
#include "leasehold/base/text.h"
#include "leasehold/json/writer.h"

namespace leasehold::devvault {
namespace {

constexpr std::array<std::string_view, 6> kMethods = {"GET", "LIST", "POST", "PUT", "PATCH", "DELETE"};

Error at_line(std::size_t line, const std::string& what) { return invalid("line " + std::to_string(line) + ": " + what); }

Result<std::string> fill(std::string_view text, const Variables& variables, bool in_json) {
  std::string out;
  for (;;) {  // one ${NAME} a round
    const auto open = text.find("${");
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      return out + std::string(text);
    }
    const std::string_view name = text.substr(open + 2, close - open - 2);
    const auto value = variables(name);
    if (!value) {
      return invalid("${" + std::string(name) + "} is not set");
    }
    out += text.substr(0, open);
    if (in_json) {
      const std::string quoted = json::quoted(*value);
      out += quoted.substr(1, quoted.size() - 2);
    } else {
      out += *value;
    }
    text.remove_prefix(close + 1);
  }
}

/// The next word; blanks before it are skipped.
std::string_view take_word(std::string_view& text) {
  text = trim_space(text);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

Result<SetupRequest> parse_line(std::size_t number, std::string_view line, const Variables& variables) {
  SetupRequest request{.line = number, .method = std::string(take_word(line)), .path = {}, .body = {}};
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) {
    return at_line(number, "unknown method " + go_quote(request.method));
  }
  std::string_view path = take_word(line);
  if (path.starts_with("/v1/")) {
    path.remove_prefix(4);
  }
  if (path.empty()) {
    return at_line(number, "a path is missing after " + request.method);
  }
  auto filled_path = fill(path, variables, false);
  auto body = fill(trim_space(line), variables, true);
  if (!filled_path || !body) {
    return at_line(number, (filled_path ? body : filled_path).error().message);
  }
  request.path = *std::move(filled_path);
  request.body = *std::move(body);
  if (!request.body.empty()) {
    if (auto parsed = parse_json(request.body); !parsed) {
      return at_line(number, "body is not JSON: " + parsed.error().message);
    }
  }
  return request;
}

}  // namespace

Result<std::vector<SetupRequest>> parse_setup(std::string_view text, const Variables& variables) {
  std::vector<SetupRequest> requests;
  std::string pending;
  std::size_t number = 0;
  std::size_t begun = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const std::string_view trimmed = trim_space(line);
    if (pending.empty() && (trimmed.empty() || trimmed.starts_with('#'))) {
      continue;
    }
    begun = pending.empty() ? number : begun;
    if (trimmed.ends_with('\\')) {
      pending += std::string(trimmed.substr(0, trimmed.size() - 1)) + " ";
      continue;
    }
    auto request = parse_line(begun, pending + std::string(trimmed), variables);
    if (!request) {
      return request.error();
    }
    requests.push_back(*std::move(request));
    pending.clear();
  }
  if (!pending.empty()) {
    return at_line(begun, "the file ends after a '\\'");
  }
  return requests;
}

}  // namespace leasehold::devvault

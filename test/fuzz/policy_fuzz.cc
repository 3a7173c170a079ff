// A policy is tenant text: any bytes are parsed or refused, and what is parsed can judge requests.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "acl.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace leasehold::devvault;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  auto rules = parse_policy(text);
  if (!rules) {
    if (rules.error().message.empty()) std::abort();
    return 0;
  }
  std::vector<std::string> paths = {"a/b", "secret/data/x", ""};
  for (const Rule& rule : *rules) {
    paths.push_back(rule.path);
    std::string filled = rule.path;
    const bool resolved = fill_templates(filled, {{"identity.entity.id", "id"}});
    if (resolved && filled.find("{{identity.entity.id}}") != std::string::npos) std::abort();
  }
  const Acl acl(*std::move(rules), false);
  for (const std::string& path : paths) {
    Call call;
    call.operation = Operation::Write;
    call.path = path;
    call.data = Json{{"a", "x"}};
    const std::uint32_t capabilities = acl.capabilities(path);
    const bool allowed = acl.judge(call, kUpdate).allowed;
    // What is not among the capabilities is never allowed, and deny drops all others.
    if (allowed && (capabilities & kUpdate) == 0) std::abort();
    if ((capabilities & kDeny) != 0 && allowed) std::abort();
  }
  return 0;
}

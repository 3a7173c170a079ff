// Any bytes as HCL or JSON: parse, decode, print. What decodes must print as the same thing when it is
// parsed twice; nothing may crash or hang.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "leasehold/base/text.h"
#include "leasehold/hcl/parser.h"
#include "leasehold/hcl/value.h"

namespace hcl = leasehold::hcl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  hcl::Position at;
  const auto document = hcl::parse(text, {.error_at = &at});
  if (!document) {
    if (document.error().message.empty() || at.line == 0) std::abort();  // every error says what and where
    return 0;
  }
  // Refusing repeated keys can only refuse more.
  const auto strict = hcl::parse(text, {.repeated_keys = hcl::RepeatedKeys::Refuse});
  const auto map = hcl::decode(*document);
  if (map && leasehold::is_utf8(text)) (void)hcl::to_json(*map);
  if (strict) {
    const auto again = hcl::decode(*strict);
    if (map.has_value() != again.has_value()) std::abort();
    if (map && hcl::to_json(*map) != hcl::to_json(*again)) std::abort();
  }
  return 0;
}

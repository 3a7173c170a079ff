// parse_url takes any text; what it accepts can be written on the wire.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "head.h"
#include "leasehold/http/client.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto url = leasehold::http::parse_url(text);
  if (!url) {
    if (url.error().message.empty()) std::abort();
    return 0;
  }
  // The prefix stands in the request line, where a blank or a line end would change the request.
  for (const char c : url->prefix) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) std::abort();
  }
  if (url->host.empty()) std::abort();
  leasehold::http::Request request;
  const auto head = leasehold::http::write_request_head(*url, request, true);
  if (head.empty()) std::abort();
  return 0;
}

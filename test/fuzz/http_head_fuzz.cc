// The server's and the client's parser: the same bytes whole and in pieces give the same message.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "parser.h"

namespace {

using namespace leasehold::http;

constexpr ParserLimits kLimits{.header_bytes_max = 4096, .body_bytes_max = 4096};

template <class Parser>
Progress feed(Parser& parser, std::string_view bytes, std::size_t piece) {
  std::string pending;
  Fed fed{.progress = Progress::NeedMore, .used = 0};
  while (!bytes.empty() && fed.progress == Progress::NeedMore) {
    pending += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    fed = parser.feed(pending);
    if (fed.used > pending.size()) std::abort();
    pending.erase(0, fed.used);
  }
  return fed.progress;
}

template <class Message>
void compare(const Message& a, const Message& b) {
  if (a.body.expose() != b.body.expose()) std::abort();
  if (!std::equal(a.headers.begin(), a.headers.end(), b.headers.begin(), b.headers.end()))
    std::abort();
  if (a.body.size() > kLimits.body_bytes_max) std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + bytes[0] % 64U;
  const bool as_answer = bytes[1] % 2 == 1;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  if (as_answer) {
    ResponseParser whole(kLimits, false);
    ResponseParser pieces(kLimits, false);
    const bool complete = feed(whole, text, text.size()) == Progress::Complete;
    if (complete != (feed(pieces, text, piece) == Progress::Complete)) std::abort();
    if (complete) compare(whole.message(), pieces.message());
    return 0;
  }
  RequestParser whole(kLimits);
  RequestParser pieces(kLimits);
  const bool complete = feed(whole, text, text.size()) == Progress::Complete;
  if (complete != (feed(pieces, text, piece) == Progress::Complete)) std::abort();
  if (complete) {
    compare(whole.message(), pieces.message());
    if (whole.message().target != pieces.message().target) std::abort();
    if (whole.keep_alive() != pieces.keep_alive()) std::abort();
  }
  return 0;
}

#include "json_text.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "leasehold/json/writer.h"

namespace leasehold::injector {
namespace {

/// Characters that stand for themselves in Go's output.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = true;
  for (const char c : std::string_view("\"\\<>&\x7f"))
    plain[static_cast<unsigned char>(c)] = c == '\x7f';
  return plain;
}();

std::string_view short_escape(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    default:
      return {};
  }
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Two characters for every 12 bits.
constexpr auto kBase64Pairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kBase64[i >> 6], kBase64[i & 63]};
  return pairs;
}();

bool is_plain(char c) {
  return kPlain[static_cast<unsigned char>(c)];
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  const auto byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(bytes[i])};
  };
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3, to += 4) {
    const std::uint32_t group = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    std::memcpy(to, kBase64Pairs[group >> 12].data(), 2);
    std::memcpy(to + 2, kBase64Pairs[group & 4095].data(), 2);
  }
  const std::size_t rest = bytes.size() - at;
  if (rest == 0) return;
  const std::uint32_t group = byte(at) << 16 | (rest == 2 ? byte(at + 1) << 8 : 0);
  std::memcpy(to, kBase64Pairs[group >> 12].data(), 2);
  to[2] = rest == 2 ? kBase64[group >> 6 & 63] : '=';
  to[3] = '=';
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = start;
    while (end < text.size() && is_plain(text[end])) ++end;
    out.append(text, start, end - start);
    if (end == text.size()) break;
    const auto escape = short_escape(text[end]);
    if (!escape.empty()) {
      out += escape;
      start = end + 1;
      continue;
    }
    // The rare rest (controls, <>&, not ASCII) goes through the general writer, without its quotes.
    start = end;
    while (end < text.size() && !is_plain(text[end]) && short_escape(text[end]).empty()) ++end;
    const std::string quoted = json::quoted(text.substr(start, end - start));
    out.append(quoted, 1, quoted.size() - 2);
    start = end;
  }
  out += '"';
}

}  // namespace leasehold::injector

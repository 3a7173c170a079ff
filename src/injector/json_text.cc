#include "json_text.h"

#include <array>

#include "leasehold/json/writer.h"

namespace leasehold::injector {
namespace {

/// Characters that stand for themselves in Go's output.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = true;
  for (const char c : std::string_view("\"\\<>&\x7f")) plain[static_cast<unsigned char>(c)] = c == '\x7f';
  return plain;
}();

std::string_view short_escape(char c) {
  switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\t': return "\\t";
    default: return {};
  }
}

bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

}  // namespace

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

// JSON strings as Go's encoding/json writes them. In base, because log lines need it as well.
#include "leasehold/base/json_text.h"

namespace leasehold {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void put(std::string& out, std::string_view text) { out += text; }
void put(SecretBytes& out, std::string_view text) { append(out, text); }

template <class Buffer>
void put_unicode(Buffer& out, unsigned value) {
  put(out, "\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[(value >> shift) & 15]);
}

// Length of the well-formed UTF-8 sequence at the start of text, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = at(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (length == 1) return 1;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = at(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

template <class Buffer>
void put_ascii(Buffer& out, char c) {
  switch (c) {
    case '"':
      return put(out, "\\\"");
    case '\\':
      return put(out, "\\\\");
    case '\b':
      return put(out, "\\b");
    case '\f':
      return put(out, "\\f");
    case '\n':
      return put(out, "\\n");
    case '\r':
      return put(out, "\\r");
    case '\t':
      return put(out, "\\t");
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
    return put_unicode(out, static_cast<unsigned char>(c));
  }
  out.push_back(c);
}

template <class Buffer>
void quote(Buffer& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 1) {
      put_ascii(out, text[0]);
    } else if (length == 0) {
      put(out, "\\ufffd");
    } else if (text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9")) {
      put_unicode(out, text[2] == '\xa8' ? 0x2028 : 0x2029);
    } else {
      put(out, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out.push_back('"');
}

}  // namespace

void append_json_quoted(std::string& out, std::string_view text) { quote(out, text); }
void append_json_quoted(SecretBytes& out, std::string_view text) { quote(out, text); }

}  // namespace leasehold
